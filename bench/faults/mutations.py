"""Removes the mechanisms behind the guarantees from real workers, one at a time: each removal must
be detected.

`python -m bench.faults.mutations` prints which invariant broke. The removals are those of the
simulation, wrapped around the ports of each worker. The control run has every disturbance but
nothing removed, and must pass.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.faults.disturbed import mutation_named
from bench.faults.run import Plan, Result, run, tell
from bench.faults.scenarios import Doses, Scenario, kills_and_points, nothing, points, random_kills
from bench.faults.settings import WorkerSettings
from bench.faults.sink import Rates

QUIET = Scenario("mutation", "nothing done by the bench", nothing, store="sqlite")
COUNTING = Scenario("mutation", "workers killed amid counting", points, store="sqlite")
KILLS = Scenario("mutation", "workers killed at random", random_kills, store="sqlite")
KILLS_AND_COUNTING = Scenario("mutation", "both", kills_and_points, store="sqlite")
SLOW = Rates(stall=0.1)
"""Slow answers: other workers look at the same message meanwhile."""
SETTLE_SECONDS_MAX = 45.0
SEEDS_MAX = 3


@dataclass(frozen=True, slots=True)
class Removal:
    """`name`: the simulation's mutation, None for the control. `disturbance`: the fault that
    reveals its absence.
    """

    name: str | None
    disturbance: WorkerSettings
    scenario: Scenario = QUIET
    rates: Rates = SLOW

    @property
    def breaks(self) -> frozenset[str]:
        return mutation_named(self.name).breaks


REPEATED = WorkerSettings(duplicate=0.7)
SETTLING = WorkerSettings(settle_seconds=0.5)
DOSES = Doses(random_kills=4, crash_points=("after count",) * 4)

CONTROL = Removal(None, replace(SETTLING, duplicate=0.7, drop=0.1, early=0.7), KILLS_AND_COUNTING)
REMOVALS = (
    Removal("compare-and-set", REPEATED),
    Removal("claim", REPEATED),
    Removal("message lease", REPEATED),
    Removal("wait for the last settlement", SETTLING, KILLS),
    Removal("lead lease", WorkerSettings(drop=0.1)),
    Removal("due-time re-check", WorkerSettings(early=0.7)),
    Removal("once-only deltas", WorkerSettings(), COUNTING),
)


def tried(removal: Removal, seed: int) -> Result:
    plan = Plan(
        seed=seed,
        doses=DOSES,
        rates=removal.rates,
        campaign_leads=60,
        busy_min=90,
        leads_max=180,
        settle_seconds_max=SETTLE_SECONDS_MAX,
        worker=replace(
            removal.disturbance, seed=seed, mutation=removal.name, job_lease_seconds=8.0
        ),
    )
    return run(removal.scenario, plan, lambda _: None)


def caught(removal: Removal, seeds: Sequence[int]) -> str | None:
    """The violation of the first of `seeds` that broke one of its invariants, or None."""
    for seed in seeds:
        for violation in tried(removal, seed).violations:
            if violation.invariant in removal.breaks:
                return f"{violation.invariant:4} seed {seed}: {violation.message[:90]}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(
        description="removes one mechanism at a time and expects a broken guarantee"
    )
    parser.add_argument("--only", help="names, with commas; `control` among them")
    given = parser.parse_args()
    names = given.only.split(",") if given.only else None
    is_whole = True
    if names is None or "control" in names:
        tell("control …")
        result = tried(CONTROL, 1)
        is_whole &= not result.violations
        print(f"{'nothing removed':28} {'green' if not result.violations else 'RED'}")
        for violation in result.violations[:5]:
            print(f"  {violation.invariant} {violation.about}: {violation.message}")
    for removal in REMOVALS:
        if names is not None and removal.name not in names:
            continue
        tell(f"without {removal.name} …")
        message = caught(removal, range(1, SEEDS_MAX + 1))
        is_whole &= message is not None
        print(f"{removal.name:28} {message or 'nothing broke'}", flush=True)
    return 0 if is_whole else 1


if __name__ == "__main__":
    raise SystemExit(main())
