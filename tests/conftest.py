"""The servers that several suites share, and which tests run in one process for their sake."""

from collections.abc import Iterator

import pytest
from _pytest.nodeid import NodeId

from harness.servers.rabbitmq import RabbitServer


@pytest.fixture(scope="session")
def rabbit() -> Iterator[RabbitServer]:
    """One broker for the run; each test takes a virtual host of its own."""
    with RabbitServer() as server:
        yield server


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Name the groups of `--dist loadgroup` where the scheduler of pytest-xdist looks for them.

    pytest-xdist 3.8 writes them into an attribute that pytest 9.2 does not read any more, so that
    groups were silently torn apart. Can go once xdist knows.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group is not None and "@" not in item.nodeid.rpartition("]")[2]:
            item._id = NodeId.parse(f"{item.nodeid}@{group.args[0]}")
