"""The broker that several suites share, and time limits that scale with the machine's load."""

import faulthandler
import os
import sys
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from harness.patience import patience
from harness.servers.rabbitmq import RabbitServer

TEST_SECONDS_MAX = 120.0
"""The limit of a test that does not set its own."""
ERRORS = pytest.StashKey[int]()

LIMITS_OF_THE_PRODUCT = (
    "functions.adapters.sqs_dead_letters.ANSWER_SECONDS_MAX",
    "functions.adapters.sqs_dead_letters.WORK_SECONDS_MAX",
    "functions.adapters.sqs_depths.ANSWER_SECONDS_MAX",
    "functions.api.http.error_boundary.PING_SECONDS_MAX",
    "functions.api.operations.readiness.LOOK_SECONDS_MAX",
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
"""Beyond these limits, the product takes something for down, or stops it half-way. That is right in
production, but on a busy machine it would fail tests although nothing is wrong.
"""

# On a busy machine, the duration of one example means nothing.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(scope="session")
def rabbit() -> Iterator[RabbitServer]:
    """One broker for the whole run; each test uses its own virtual host."""
    with RabbitServer() as server:
        yield server


@pytest.fixture(scope="session", autouse=True)
def _product_is_patient() -> Iterator[None]:
    """Scales the product's own limits, in imported modules, to the machine's load."""
    with pytest.MonkeyPatch.context() as patch:
        for name in LIMITS_OF_THE_PRODUCT:
            module, _, limit = name.rpartition(".")
            if module in sys.modules:
                patch.setattr(name, patience(getattr(sys.modules[module], limit)))
        yield


def pytest_configure(config: pytest.Config) -> None:
    """While tests run, their output is captured; this is where it would go otherwise."""
    config.stash[ERRORS] = os.dup(2)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test that takes too long ends its process and prints the stacks of all threads.

    An exception thrown into running code would look like an error of that code, and leave clients
    that wait for ever. pytest-xdist reports the test and continues in another process.
    """
    own = item.get_closest_marker("timeout")
    seconds = patience(own.args[0] if own is not None else TEST_SECONDS_MAX)
    faulthandler.dump_traceback_later(seconds, exit=True, file=item.config.stash[ERRORS])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()
