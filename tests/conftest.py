"""The broker that several suites share, and limits that grow with how busy the machine is."""

import faulthandler
import os
import sys
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from harness.patience import patience
from harness.servers.rabbitmq import RabbitServer

TEST_SECONDS_MAX = 120.0
"""Of a test that names no limit of its own."""
ERRORS = pytest.StashKey[int]()

LIMITS_OF_THE_PRODUCT = (
    "functions.adapters.sqs_dead_letters.ANSWER_SECONDS_MAX",
    "functions.adapters.sqs_dead_letters.WORK_SECONDS_MAX",
    "functions.adapters.sqs_depths.ANSWER_SECONDS_MAX",
    "functions.api.http.error_boundary.PING_SECONDS_MAX",
    "functions.api.operations.routes_health.LOOK_SECONDS_MAX",
    "functions.api.operations.routes_health.SCRAPE_SECONDS_MAX",
    "functions.api.operations.routes_system.LOOK_SECONDS_MAX",
    "functions.api.reports.routes_overview.SENDING_ACCOUNT_SECONDS_MAX",
    "functions.service.operations.doctor.LOOK_SECONDS_MAX",
    "functions.service.operations.look_at_system.LOOK_SECONDS_MAX",
    "local.inbox.server.START_SECONDS",
    "local.team.dead_letters.ANSWER_SECONDS_MAX",
    "local.team.dead_letters.WORK_SECONDS_MAX",
    "local.team.doctor.SOCKET_SECONDS_MAX",
    "local.team.redis_client.ANSWER_SECONDS_MAX",
    "local.team.sender_dns.LOOKUP_SECONDS_MAX",
)
"""What takes longer is taken for away, or is stopped half-way: right in production, and on a busy
machine a test that fails though nothing is wrong."""

# How long one example takes says nothing on a busy machine.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(scope="session")
def rabbit() -> Iterator[RabbitServer]:
    """One broker for the run; each test takes a virtual host of its own."""
    with RabbitServer() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def _product_is_patient() -> Iterator[None]:
    """The product's own limits, as far as tests have imported it, for the machine as it is."""
    with pytest.MonkeyPatch.context() as patch:
        for name in LIMITS_OF_THE_PRODUCT:
            module, _, limit = name.rpartition(".")
            if module in sys.modules:
                patch.setattr(name, patience(getattr(sys.modules[module], limit)))
        yield


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
