"""The broker that several suites share, and limits that grow with how busy the machine is."""

import faulthandler
import os
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from harness.patience import patience
from harness.servers.rabbitmq import RabbitServer

TEST_SECONDS_MAX = 120.0
"""Of a test that names no limit of its own."""
ERRORS = pytest.StashKey[int]()

# How long one example takes says nothing on a busy machine.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(scope="session")
def rabbit() -> Iterator[RabbitServer]:
    """One broker for the run; each test takes a virtual host of its own."""
    with RabbitServer() as server:
        yield server


def pytest_configure(config: pytest.Config) -> None:
    """While tests run, their output is caught; this is where it goes otherwise."""
    config.stash[ERRORS] = os.dup(2)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test that takes too long ends its process, with the stacks of all threads.

    An exception thrown into running code would look like an error of that code, and leave clients
    behind that wait for ever. pytest-xdist reports the test and goes on in another process.
    """
    own = item.get_closest_marker("timeout")
    seconds = patience(own.args[0] if own is not None else TEST_SECONDS_MAX)
    faulthandler.dump_traceback_later(seconds, exit=True, file=item.config.stash[ERRORS])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()
