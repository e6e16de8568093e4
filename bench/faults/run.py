"""One scenario from the start of its stack to the verdict.

Invariant: the evidence is gathered only when every lead rests, or when the time limit is over; a
lead that still moves then is a violation, not an excuse.
"""

import random  # noqa: TID251 (chance is what this is about)
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.faults.evidence import Evidence, gather
from bench.faults.feed import Feed
from bench.faults.laws import judge, lateness_ms, rejected
from bench.faults.lines import Accepted, Lines, Suppressed
from bench.faults.proxy import CALM
from bench.faults.recovery import recoveries
from bench.faults.scenarios import Bench, Doses, Scenario
from bench.faults.settings import WorkerSettings
from bench.faults.sink import Rates
from bench.faults.stack import TIMES, Shape, Stack
from bench.faults.unknowns import CRASH_POINT, KILL, unknowns
from functions.flow.lead import State
from functions.service.access.records import DEFAULT_WORKSPACE
from harness.patience import patience
from harness.simulation.story import Violation

SETTLE_SECONDS_MAX = 150.0
FIRST_MAIL_SECONDS_MAX = 60.0
EMPTY_SECONDS_MAX = 15.0
UNENDED_PER_BUSY = 4
STAND_IN_LEADS = 50
"""Leads in flight at once with the MongoDB stand-in: it writes only about twenty steps a second
here, and a lead that merely waits for it would say nothing about the faults.
"""
TICK_SECONDS = 0.1
TOLD_EVERY_SECONDS = 10.0
LEADS_MAX = 20_000
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a scenario is run: `campaign_leads` per campaign; another campaign while fewer than
    `busy_min` are in flight; `leads_max` in all.
    """

    seed: int
    doses: Doses
    rates: Rates
    workers: int = 3
    beats: int = 2
    campaign_leads: int = 100
    busy_min: int = 150
    leads_max: int = LEADS_MAX
    worker: WorkerSettings | None = None
    settle_seconds_max: float = SETTLE_SECONDS_MAX


@dataclass(frozen=True, slots=True)
class Result:
    """`unknown`: by cause. `at_server`: the unknown messages that the server did accept.
    `settled_late`: messages that were unknown until a late answer came.
    """

    scenario: str
    leads: int
    sent: int
    duplicate: int
    lost: int
    early: int
    unknown: Mapping[str, int]
    at_server: int
    settled_late: int
    rejected: int
    waiting: int
    lateness_p50_ms: int
    lateness_p99_ms: int
    recoveries: Sequence[str]
    recovery_seconds: float | None
    kills: int
    died_at_points: int
    unreached: Sequence[str]
    dead_letters: int
    redis_keys: int
    seconds: float
    violations: Sequence[Violation]

    @property
    def kept(self) -> bool:
        return not self.violations and not self.unreached


def run(scenario: Scenario, plan: Plan, told: Told, folder: Path | None = None) -> Result:
    """`folder` keeps the logs; without one, they are removed after the run."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        return _run(scenario, plan, told, folder)
    with tempfile.TemporaryDirectory(prefix="emailbuilder-faults-") as passing:
        return _run(scenario, plan, told, Path(passing))


def _run(scenario: Scenario, plan: Plan, told: Told, folder: Path) -> Result:
    began = time.monotonic()
    shape = Shape(
        store=scenario.store,
        seed=plan.seed,
        workers=plan.workers,
        beats=plan.beats,
        rates=plan.rates,
        worker=plan.worker or WorkerSettings(seed=plan.seed),
    )
    with Stack(folder, shape) as stack:
        stack.wait_ready()
        bench = Bench(stack, random.Random(f"{plan.seed}/{scenario.name}"), plan.doses)
        at_once = STAND_IN_LEADS if scenario.store == "mongodb" else plan.busy_min
        feed = Feed(
            stack.services.in_workspace(DEFAULT_WORKSPACE),
            scenario.name,
            campaign_leads=min(plan.campaign_leads, at_once),
            busy_min=min(plan.busy_min, at_once),
            unended_max=UNENDED_PER_BUSY * at_once,
            leads_max=plan.leads_max,
            suppressed=Lines(folder / Suppressed.file_name),
        )
        _Driver(scenario, bench, feed, told).drive(plan.settle_seconds_max)
        left, dead_letters = _left_behind(stack)
        evidence = stack.runtime.run(gather(stack.services.store, folder, feed.sizes, TIMES, left))
        keys = stack.redis_keys()
        stack.keep_output()
    return _result(
        scenario, evidence, sorted(bench.unreached), dead_letters, keys, time.monotonic() - began
    )


class _Driver:
    """Feeds campaigns, follows the scenario, restarts dead processes, and waits until everything
    rests.
    """

    def __init__(self, scenario: Scenario, bench: Bench, feed: Feed, told: Told) -> None:
        self._scenario = scenario
        self._bench = bench
        self._feed = feed
        self._told = told
        self._told_at = time.monotonic()

    def drive(self, settle_seconds_max: float) -> None:
        stack = self._bench.stack
        feeding = threading.Thread(target=stack.runtime.run, args=(self._feed.run(),), daemon=True)
        feeding.start()
        deadline = time.monotonic() + patience(FIRST_MAIL_SECONDS_MAX)
        while not Accepted.read(stack.folder):
            if time.monotonic() > deadline:
                raise RuntimeError("no mail is sent, although no fault was injected yet")
            self._let_pass(TICK_SECONDS)
        for pause_seconds in self._scenario.run(self._bench):
            self._let_pass(pause_seconds)
        self._feed.is_over = True
        if stack.proxy is not None:
            stack.proxy.weather = CALM
        while feeding.is_alive():
            self._let_pass(TICK_SECONDS)
        deadline = time.monotonic() + patience(settle_seconds_max)
        while not self._rests():
            if time.monotonic() > deadline:
                self._told("  it has not come to rest: what is judged next may still be moving")
                return
            self._let_pass(0.5)

    def _rests(self) -> bool:
        try:
            return self._bench.stack.runtime.run(self._feed.rests())
        except Exception:
            return False

    def _let_pass(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while True:
            self._bench.stack.restart_dead()
            self._tell()
            rest = until - time.monotonic()
            if rest <= 0:
                return
            time.sleep(min(rest, TICK_SECONDS))

    def _tell(self) -> None:
        if time.monotonic() - self._told_at < TOLD_EVERY_SECONDS:
            return
        self._told_at = time.monotonic()
        doing = "settling" if self._feed.is_over else self._bench.done
        self._told(f"  {self._scenario.name}: {doing}, {self._feed.leads:,} leads")


def _left_behind(stack: Stack) -> tuple[dict[str, int], int]:
    """The jobs in the queues, once the management's numbers have had time to follow, and separately
    the dead letters. The sweep's own queue always contains its next job.
    """
    deadline = time.monotonic() + patience(EMPTY_SECONDS_MAX)
    while True:
        try:
            depths = stack.depths()
        except httpx.HTTPError:
            depths = {}
        dead = sum(depth for name, depth in depths.items() if "dead" in name)
        left = {
            f"jobs in {name}": depth
            for name, depth in depths.items()
            if depth and name in ("celery", "send_email")
        }
        if not left or time.monotonic() > deadline:
            return left, dead
        time.sleep(1)


def _result(
    scenario: Scenario,
    evidence: Evidence,
    unreached: Sequence[str],
    dead_letters: int,
    redis_keys: int,
    seconds: float,
) -> Result:
    violations = judge(evidence)
    unknown = unknowns(evidence)
    causes = Counter(it.cause or "UNEXPLAINED" for it in unknown if it.rests)
    late = lateness_ms(evidence)
    found = recoveries(evidence)
    recovered = [it.seconds for it in found]
    broken = Counter(it.invariant for it in violations)
    accepted = Counter(it.message_id for it in evidence.accepted)
    leads = [lead for it in evidence.campaigns for lead in it.leads]
    return Result(
        scenario=scenario.title,
        leads=sum(it.wanted for it in evidence.campaigns),
        sent=len(evidence.accepted),
        duplicate=sum(times - 1 for times in accepted.values()),
        lost=broken["I1"] + sum(it.message.startswith("is sent, but") for it in violations),
        early=broken["I5"],
        unknown=causes,
        at_server=sum(it.is_at_server for it in unknown if it.rests),
        settled_late=sum(not it.rests for it in unknown),
        rejected=rejected(evidence),
        waiting=sum(lead.state is State.DEFERRED for lead in leads),
        lateness_p50_ms=_percentile(late, 0.5),
        lateness_p99_ms=_percentile(late, 0.99),
        recoveries=[str(it) for it in found],
        recovery_seconds=max(recovered) if recovered else None,
        kills=sum(it.kind == KILL for it in evidence.faults),
        died_at_points=sum(it.kind == CRASH_POINT for it in evidence.faults),
        unreached=unreached,
        dead_letters=dead_letters,
        redis_keys=redis_keys,
        seconds=seconds,
        violations=violations,
    )


def _percentile(ordered: Sequence[int], share: float) -> int:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
