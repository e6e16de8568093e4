"""The broker that several suites share, and limits that grow with how busy the machine is."""

from collections.abc import Iterator

import pytest

from harness.patience import patience
from harness.servers.rabbitmq import RabbitServer

TEST_SECONDS_MAX = 120.0
"""Of a test that names no limit of its own."""


@pytest.fixture(scope="session")
def rabbit() -> Iterator[RabbitServer]:
    """One broker for the run; each test takes a virtual host of its own."""
    with RabbitServer() as server:
        yield server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The limits of pytest-timeout, for the machine as it is."""
    for item in items:
        own = item.get_closest_marker("timeout")
        seconds = own.args[0] if own is not None else TEST_SECONDS_MAX
        item.add_marker(pytest.mark.timeout(patience(seconds)), append=False)
