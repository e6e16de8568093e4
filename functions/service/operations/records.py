"""What operators see: checks, queues and workers of a system, and dead letters.

Invariant: records are plain values. What is not known is None, never a guess, and no record
contains an address or a password of the system. Reading a dead letter never raises, whatever it
contains; what is shown of it is bounded, and harmless for a terminal or a page.
This module must not know brokers, or who reads the records.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

CLEARED_MAX = 1000
"""Dead letters that one call requeues or drops at most."""
NAMED_MAX = 100
"""Dead letters whose ids are listed in an answer at most."""
TEXT_BYTES_MAX = 4096
"""How much of a body is shown."""
READ_BYTES_MAX = 65_536
"""A larger body is not one of our jobs, so it is not parsed."""
NAME_CHARS_MAX = 400

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)

Place = tuple[datetime, str]
"""The position of a dead letter in a list: (at, dead_letter_id)."""


class CheckState(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """It works, or may work, but somebody should look at it."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemCheck:
    """`message`: what was found. `remedy`: a sentence that says what to do; empty if all is well.

    `latency_ms`: how long the request took; None if the check is not a single request. `problem`:
    the type of the error that made it fail; empty if there was none.
    """

    name: str
    state: CheckState
    message: str
    remedy: str = ""
    latency_ms: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepth:
    """Numbers of messages. `waiting`: None if there is no such queue. `in_flight`: delivered but
    not done. `delayed`: not to be delivered yet. `consumers`: how many read from the queue. These
    are None if the broker does not report them."""

    name: str
    waiting: int | None
    in_flight: int | None = None
    delayed: int | None = None
    consumers: int | None = None
    holds_dead_letters: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSeen:
    """A live worker, according to its last heartbeat."""

    name: str
    seen_at: datetime
    started_at: datetime
    jobs_done: int
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Swept:
    """The last sweep. `by`: the worker that did it; None if workers have no names."""

    at: datetime
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What a doctor found. `queues` and `workers`: None if they cannot be known; if there are none,
    the list is empty. `swept`: None if there was no sweep, or none is known."""

    checks: Sequence[SystemCheck]
    queues: Sequence[QueueDepth] | None = None
    workers: Sequence[WorkerSeen] | None = None
    swept: Swept | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    """Pages of other systems that people may open: `rabbitmq`, `metrics`."""

    @property
    def dead_letters(self) -> int | None:
        """The number of dead letters over all queues; None if no queue for them is known."""
        told = [it for it in self.queues or () if it.holds_dead_letters]
        if not told:
            return None
        # Letters that somebody is looking at are in flight for a moment. They count too.
        return sum((it.waiting or 0) + (it.in_flight or 0) for it in told)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How long after their due time pauses ended. Of `pauses`, half were at most `p50_ms` late and
    99 in 100 at most `p99_ms`. Both are bounds of buckets; None is above the largest bucket."""

    pauses: int
    p50_ms: int | None
    p99_ms: int | None


@dataclass(frozen=True, slots=True)
class JobNames:
    """The ids that the body of a job names; None if it does not."""

    lead_id: str | None = None
    campaign_id: str | None = None
    node_id: str | None = None
    job_id: str | None = None

    @classmethod
    def of(cls, document: object) -> "JobNames":
        if not isinstance(document, Mapping):
            return cls()
        return cls(
            lead_id=name_of(document.get("lead_id")),
            campaign_id=name_of(document.get("campaign_id")),
            node_id=name_of(document.get("node_id")),
            job_id=name_of(document.get("job_id")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """`dead_letter_id`: stays the same as long as the letter exists. Identical letters share
    one id and are counted in `copies`; what is done to one is done to all of them.

    `source`: the queue in which it died. `reason`: as stated by the broker, usually `rejected` or
    `delivery_limit`. `at`: when it died or, if the broker does not say, when it was sent.
    `deliveries`: how often it was delivered, including to people who looked at dead letters.
    `kind`: send, resume or run_job, or the name of an unknown task. Each is None if not known.
    """

    dead_letter_id: str
    source: str | None
    reason: str | None
    at: datetime | None
    size_bytes: int
    kind: str | None = None
    names: JobNames = field(default_factory=JobNames)
    deliveries: int | None = None
    copies: int = 1

    @property
    def place(self) -> Place:
        return self.at or UNDATED, self.dead_letter_id


@dataclass(frozen=True, slots=True)
class OpenedDeadLetter:
    """`text`: the body, or its beginning. `is_cut`: the body is longer."""

    dead_letter: DeadLetter
    text: str
    is_cut: bool


@dataclass(frozen=True, slots=True)
class DeadLetterPage:
    """`total`: how many letters there are. `unseen`: how many of them could not be read, because of
    the bounds of a call or because another operator holds them; they are on no page."""

    dead_letters: Sequence[DeadLetter]
    total: int
    unseen: int


@dataclass(frozen=True, slots=True)
class Cleared:
    """`count`: how many letters were requeued or dropped. `left`: how many remain. `missing`:
    requested ids that were not found. `stuck`: ids of letters that cannot be requeued, because
    their queue is unknown. Both list at most `NAMED_MAX` ids."""

    count: int
    left: int
    missing: Sequence[str] = ()
    stuck: Sequence[str] = ()


def page_of(
    found: Iterable[DeadLetter], after: Place | None, limit: int
) -> tuple[list[DeadLetter], int]:
    """Up to `limit` letters of `found`, strictly after `after`, and how many were found."""
    dead_letters: dict[str, DeadLetter] = {}
    copies: Counter[str] = Counter()
    for it in found:
        dead_letters.setdefault(it.dead_letter_id, it)
        copies[it.dead_letter_id] += it.copies
    rest = [it for it in dead_letters.values() if after is None or it.place > after]
    rest.sort(key=lambda it: it.place)
    page = [replace(it, copies=copies[it.dead_letter_id]) for it in rest[:limit]]
    return page, copies.total()


def opened(dead_letter: DeadLetter, body: bytes) -> OpenedDeadLetter:
    return OpenedDeadLetter(
        dead_letter, shown(body[:TEXT_BYTES_MAX]), is_cut=len(body) > TEXT_BYTES_MAX
    )


def document_of(body: bytes | str) -> object:
    """The JSON value of the body; None if it is not JSON or too large."""
    if len(body) > READ_BYTES_MAX:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def name_of(value: object) -> str | None:
    """The value made safe to show; None if it is not a name."""
    return shown(value[:NAME_CHARS_MAX]) if isinstance(value, str) and value else None


def shown(text: bytes | str) -> str:
    """The text with bytes and characters that are not printable (terminal escapes, marks that
    change the writing direction) replaced by `\\x1b` and the like."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    return "".join(it if it.isprintable() or it in "\n\t" else _escaped(it) for it in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
