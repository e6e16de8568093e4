"""`python -m bench.faults`: every kind of fault, one after the other, and a table.

Exit code 1 if a guarantee was broken or a crash point was not reached. `--seed` determines the
schedule and the mail server's misbehaviour; the timing of the operating system differs from run to
run, so the faults are logged as they happen (`--keep FOLDER`).
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from bench.faults.run import LEADS_MAX, Plan, Result, run, tell
from bench.faults.scenarios import SCENARIOS, SMALL, Doses
from bench.faults.sink import Rates
from bench.faults.stack import TIMES

VIOLATIONS_SHOWN_MAX = 8
SMALL_RATES = Rates.usual(0.3)


def small(plan: Plan) -> Plan:
    """A few minutes of every kind."""
    return replace(plan, doses=SMALL, rates=SMALL_RATES, campaign_leads=40, busy_min=60)


def table(results: Sequence[Result]) -> str:
    """The table for people."""
    head = (
        f"{'fault':34}{'leads':>7}{'sent':>7}{'dup':>5}{'lost':>5}{'early':>6}{'unknown':>8}"
        f"{'kept':>5}{'refused':>8}{'waiting':>8}{'late p50':>9}{'p99 ms':>8}{'recovery':>9}"
        f"{'s':>6}"
    )
    lines = [head, "-" * len(head)]
    for it in results:
        recovery = "" if it.recovery_seconds is None else f"{it.recovery_seconds:.1f} s"
        lines.append(
            f"{it.scenario:34}{it.leads:7,}{it.sent:7,}{it.duplicate:5}{it.lost:5}{it.early:6}"
            f"{sum(it.unknown.values()):8}{it.at_server:5}{it.rejected:8}{it.waiting:8}"
            f"{it.lateness_p50_ms:9,}{it.lateness_p99_ms:8,}{recovery:>9}{it.seconds:6.0f}"
        )
    for it in results:
        causes = ", ".join(f"{cause} {n}" for cause, n in sorted(it.unknown.items())) or "none"
        lines.append(
            f"{it.scenario}: {it.kills} workers killed at random, {it.died_at_points} at points; "
            f"unknown: {causes}, settled late {it.settled_late}; "
            f"dead letters {it.dead_letters}, Redis keys {it.redis_keys}"
        )
        lines += [f"  {message}" for message in it.recoveries]
        if it.unreached:
            lines.append(f"  not reached: {', '.join(it.unreached)}")
        for violation in it.violations[:VIOLATIONS_SHOWN_MAX]:
            lines.append(f"  BROKEN {violation.invariant} {violation.about}: {violation.message}")
        if len(it.violations) > VIOLATIONS_SHOWN_MAX:
            lines.append(f"  … and {len(it.violations) - VIOLATIONS_SHOWN_MAX} more")
    lines.append(
        f"recovery ≤ {TIMES.recovery_max:g} s (lease {TIMES.lead_lease:g} + sweep {TIMES.sweep:g}"
        " + 5); kept: unknown messages that the mail server did accept"
    )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description="injects faults into real processes and checks the guarantees"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", help="names, with commas: " + ",".join(it.name for it in SCENARIOS)
    )
    parser.add_argument("--small", action="store_true", help="a few of each")
    parser.add_argument("--leads", type=int, default=LEADS_MAX, help="of each kind, at most")
    parser.add_argument("--store", choices=("sqlite", "mongodb"), help="where it is not killed")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", type=Path, help="a folder for the logs")
    given = parser.parse_args()
    plan = Plan(given.seed, Doses(), Rates.usual(), leads_max=given.leads)
    if given.small:
        plan = small(plan)
    names = given.only.split(",") if given.only else [it.name for it in SCENARIOS]
    unknown = set(names) - {it.name for it in SCENARIOS}
    if unknown:
        parser.error(f"no such kind of fault: {', '.join(sorted(unknown))}")
    results, undone = [], list[str]()
    for scenario in SCENARIOS:
        if scenario.name not in names:
            continue
        if given.store is not None and scenario.name != "store":
            scenario = replace(scenario, store=given.store)
        tell(f"{scenario.title} …")
        folder = None if given.keep is None else given.keep / scenario.name
        try:
            result = run(scenario, plan, tell, folder)
        except RuntimeError as problem:
            tell(f"{scenario.title}: could not be done: {problem}")
            undone.append(scenario.name)
            continue
        tell(table([result]))
        results.append(result)
    if given.json:
        print(json.dumps([asdict(it) for it in results], indent=1))
    else:
        print(table(results))
    return 0 if not undone and all(it.kept for it in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
