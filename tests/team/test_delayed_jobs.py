"""However many leads are due within the horizon, broker and workers hold only a few jobs."""

import pytest

from functions.flow.lead import State
from functions.service.policy import HORIZON_SECONDS_MAX, Policy
from functions.service.services import Services
from harness.fakes.scenes import email, flow, wait
from harness.team.stack import scheduler, worker
from local.team.batches import BATCH_MAX, SLOTS
from local.team.queues import RESUMES, SENDS
from tests.team.team import Team

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

PEOPLE = 3000
WORKERS = 2
SHORT_SECONDS, LONG_SECONDS = 3, int(HORIZON_SECONDS_MAX)
"""Waits that end during the test, and waits that do not, however busy the machine is."""
DELAYED_MAX = WORKERS * Policy("http://x", "ann@example.com").delayed_jobs_max
WINDOW_JOBS_MAX = DELAYED_MAX + 200
"""Delayed jobs occupy the window until their leads are due; some space must be left."""
IN_FLIGHT_MAX = WORKERS * WINDOW_JOBS_MAX
"""Workers that top up at the same moment fill the same space; usually the window is the limit."""
IN_BATCHES_MAX = 2 * WORKERS * SLOTS * BATCH_MAX
"""Finished jobs of unfinished batches, for both queues: a batch is acknowledged as a whole."""


@pytest.fixture
def settings() -> dict[str, str]:
    """A horizon beyond every pause."""
    return {
        "HORIZON_SECONDS": str(LONG_SECONDS),
        "WINDOW_JOBS_MAX": str(WINDOW_JOBS_MAX),
        # No job may get lost here and be dispatched again, because it would be one too many.
        "LEAD_LEASE_SECONDS": "600",
        "SMTP_CONNECTIONS_MAX": "16",
    }


def test_jobs_held_stay_within_the_window(team: Team) -> None:
    """Of thousands that wait within the horizon, a few hundred have a delayed job; all end."""
    workers = [worker(team.environment, f"w{number}") for number in range(WORKERS)]
    team.start(scheduler(team.environment), *workers)
    held: list[int] = []
    in_flight: list[int] = []

    def looked(condition: bool) -> bool:
        held.append(jobs_held(team))
        in_flight.append(team.ask(leads_in_flight))
        return condition

    team.launch(waiting(SHORT_SECONDS), PEOPLE, "short")
    team.until(lambda: looked(team.is_completed("short")))
    received = team.received()
    assert (len(received), set(received.values())) == (PEOPLE, {1})
    team.launch(waiting(LONG_SECONDS), PEOPLE, "long")
    team.until(lambda: looked(team.active("long") == {State.WAITING: PEOPLE}))
    # All batches are over, so only delayed jobs are held now.
    team.until(lambda: 0 < jobs_held(team) <= DELAYED_MAX)
    assert max(in_flight) <= IN_FLIGHT_MAX
    assert max(held) <= IN_FLIGHT_MAX + IN_BATCHES_MAX < PEOPLE


def waiting(seconds: int) -> dict[str, object]:
    return flow([wait("wait", seconds), email("mail")], "wait>mail")


def jobs_held(team: Team) -> int:
    """In the broker and in the workers."""
    depths = team.depths()
    return depths[RESUMES].total + depths[SENDS].total


async def leads_in_flight(services: Services) -> int:
    return await services.store.leads.in_flight(await services.store.now(), PEOPLE)
