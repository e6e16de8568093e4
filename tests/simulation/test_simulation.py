"""Some hundred seeded worlds of faults in every test run; `make simulate` plays thousands."""

import logging

import pytest

from tests.simulation.loop import run
from tests.simulation.scenario import open_sqlite, play

SEEDS_PER_TEST = 25

ONCE_BROKEN = [43, 141]
"""Seeds that found a defect: an enrolment cancelled half-way, a sent message never told."""


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """The garbage on the queues is reported each time; that is tested elsewhere."""
    caplog.set_level(logging.CRITICAL)


@pytest.mark.parametrize("first", range(0, 200, SEEDS_PER_TEST))
def test_no_promise_breaks(first: int) -> None:
    """Whatever crashes, is lost, late or doubled, the invariants hold once all has drained."""
    for seed in range(first, first + SEEDS_PER_TEST):
        result = run(play(seed, open_sqlite))
        assert result.violations == [], f"seed {seed}"


@pytest.mark.parametrize("seed", ONCE_BROKEN)
def test_once_broken_stays_mended(seed: int) -> None:
    """A seed that found a defect goes on being played."""
    assert run(play(seed, open_sqlite)).violations == []
