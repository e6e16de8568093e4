"""The servers that several suites share."""

from collections.abc import Iterator

import pytest

from tests.servers.rabbitmq import RabbitServer


@pytest.fixture(scope="session")
def rabbit() -> Iterator[RabbitServer]:
    """One broker for the run; each test takes a virtual host of its own."""
    with RabbitServer() as server:
        yield server
