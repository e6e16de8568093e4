"""How the system is, as people look at it: checks with their remedies, queues, workers.

Invariant: a report is plain values; what is not known is None, never a guess, and what holds
addresses or passwords is not in it. This module must not know who looks, nor how.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from functions.flow.journal import LATENESS_BUCKETS_MS
from functions.service.reports.records import Counts

LOOK_SECONDS_MAX = 3.0
"""For each thing that is looked at; all are looked at at once."""


class CheckState(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """It works, or may work; somebody should look at it."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SystemCheck:
    """`words`: what was found. `remedy`: what to do, a sentence; empty where all is well."""

    name: str
    state: CheckState
    words: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """`waiting` is None where there is no such queue. The others are None where its broker does
    not say: `in_flight` (handed out, not done), `delayed`, `consumers` (who takes from it)."""

    name: str
    waiting: int | None
    in_flight: int | None = None
    delayed: int | None = None
    consumers: int | None = None
    holds_dead_letters: bool = False


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    """A worker that is alive, by its last heartbeat."""

    name: str
    seen_at: datetime
    started_at: datetime
    jobs_done: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Swept:
    """The last sweep. `by`: the worker that did it, None where workers have no names."""

    at: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a doctor found. `queues` and `workers` are None where nobody could be asked, or nobody
    knows; no worker at all is an empty list."""

    checks: Sequence[SystemCheck]
    queues: Sequence[QueueDepth] | None = None
    workers: Sequence[WorkerSeen] | None = None
    swept: Swept | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    """Pages of neighbours that people may open: `rabbitmq`, `metrics`."""

    @property
    def dead_letters(self) -> int | None:
        """How many there are, over all queues that hold them."""
        told = [it for it in self.queues or () if it.holds_dead_letters]
        if not told:
            return None
        # Somebody may be looking at some: they are there all the same.
        return sum((it.waiting or 0) + (it.in_flight or 0) for it in told)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How long after their due time pauses ended: of `pauses`, half were at most `p50_ms` late,
    all but one in a hundred at most `p99_ms`. Bounds of buckets; None beyond the largest."""

    pauses: int
    p50_ms: int | None
    p99_ms: int | None


def lateness_of(counts: Iterable[Counts]) -> Lateness | None:
    """Over all these campaigns, since each began; None before the first pause has ended."""
    late = [0] * (len(LATENESS_BUCKETS_MS) + 1)
    places = {f"late/{bound}": place for place, bound in enumerate(LATENESS_BUCKETS_MS)}
    for it in counts:
        for key, value in it.values.items():
            if key.startswith("late/"):
                late[places.get(key, -1)] += value
    pauses = sum(late)
    if not pauses:
        return None
    return Lateness(pauses, _bound(late, 0.5 * pauses), _bound(late, 0.99 * pauses))


def _bound(late: Sequence[int], rank: float) -> int | None:
    """The bound that so many are within."""
    within = 0
    for bound, count in zip(LATENESS_BUCKETS_MS, late, strict=False):
        within += count
        if within >= rank:
            return bound
    return None
