"""A short run of the bench: real processes, a little of every fault, every guarantee kept."""

import pytest

from bench.faults.crash_points import POINTS
from bench.faults.mutations import REMOVALS
from bench.faults.run import Plan, run, tell
from bench.faults.scenarios import MIXED, MIXED_DOSES
from bench.faults.settings import WorkerSettings
from bench.faults.sink import Rates

pytestmark = pytest.mark.servers


@pytest.mark.timeout(240)
def test_promises_hold_under_a_little_of_everything() -> None:
    """Workers killed at random and at named points, Redis gone, the broker wiped, a mail server
    that misbehaves: nothing is lost, sent twice or early; each unknown message is explained."""
    plan = Plan(
        seed=3,
        doses=MIXED_DOSES,
        rates=Rates.usual(0.3),
        beats=2,
        campaign_leads=40,
        busy_min=50,
        leads_max=400,
        worker=WorkerSettings(seed=3, duplicate=0.2, drop=0.02, early=0.2, job_lease_seconds=8.0),
    )
    result = run(MIXED, plan, tell)
    assert result.violations == []
    assert result.unreached == []
    assert result.sent > 100
    assert (result.duplicate, result.lost, result.early) == (0, 0, 0)
    assert result.kills == MIXED_DOSES.random_kills
    assert result.died_at_points == len(MIXED_DOSES.crash_points)
    assert result.recovery_seconds is not None


def test_every_removal_of_the_simulation_that_the_bench_shows_breaks_something() -> None:
    """The names are the simulation's; each says which invariants it breaks."""
    assert {it.name for it in REMOVALS} == {
        "compare-and-set",
        "claim",
        "message lease",
        "wait for the last settlement",
        "lead lease",
        "due-time re-check",
        "once-only deltas",
    }
    assert all(it.breaks for it in REMOVALS)
    assert len(POINTS) == len(set(POINTS))
