"""Workers that die repeatedly beside one that survives."""

from collections import Counter
from functools import partial

import pytest

from functions.flow.lead import State
from harness.fakes.scenes import email, flow
from harness.team.stack import scheduler, worker
from local.team.queues import RESUMES, SENDS
from tests.team.team import SMTP_CONNECTIONS_MAX, Team

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

FLOW = flow(
    [email("one", "{{ campaign.name }}, one"), email("two", "{{ campaign.name }}, two")], "one>two"
)
KILLS = 5
"""Few, for test runs; 20 rounds by hand gave the same result."""
PEOPLE = 150
"""Of each round's campaign."""
SLOW_SECONDS = 0.02


def states(team: Team, campaign_id: str) -> Counter[State]:
    leads = team.ask(
        lambda services: services.store.leads.page(campaign_id, after_seq=0, limit=PEOPLE)
    )
    return Counter(it.lead.state for it in leads)


def is_settled(team: Team, campaign_id: str) -> bool:
    """Whether all leads have ended, except those that wait for a person."""
    found = states(team, campaign_id)
    return found.total() == PEOPLE and set(found) <= {State.COMPLETED, State.UNKNOWN}


def test_worker_that_stays_does_the_work_of_those_that_die(team: Team) -> None:
    """Jobs of a killed worker come to it, and nothing is sent twice."""
    team.mailbox.seconds_per_message = SLOW_SECONDS
    survivor = worker(team.environment, "survivor")
    team.start(scheduler(team.environment), survivor)
    pid = survivor.pid
    campaigns = [f"c{number}" for number in range(KILLS)]
    for campaign_id in campaigns:
        doomed = worker(team.environment, f"doomed-{campaign_id}")
        team.start(doomed)
        team.launch(FLOW, PEOPLE, campaign_id)
        # More connections than one worker has: the doomed one is in the middle of its batches.
        team.until(lambda: team.mailbox.open_now > SMTP_CONNECTIONS_MAX)
        doomed.kill()
    for campaign_id in campaigns:
        team.until(partial(is_settled, team, campaign_id))
    # Only the survivor is left, and it gets all new work.
    team.launch(FLOW, PEOPLE, "last")
    team.until(lambda: team.is_completed("last"))
    assert (survivor.is_running, survivor.pid) == (True, pid)
    team.until(lambda: all(team.depths()[it].total == 0 for it in (RESUMES, SENDS)))
    received = team.received()
    assert {what: times for what, times in received.items() if times > 1} == {}
    unknown = sum(states(team, it)[State.UNKNOWN] for it in campaigns)
    assert unknown <= KILLS * SMTP_CONNECTIONS_MAX
    everything = 2 * PEOPLE * (KILLS + 1)
    assert everything - 2 * unknown <= len(received) <= everything
