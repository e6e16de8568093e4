"""What operators look at: checks, queues and workers of a system, and dead letters.

Invariant: records are plain values. What is not known is None, never a guess, and nothing here
holds an address or a password. Whatever a dead letter contains, reading it never raises, and
nothing of it is shown that a terminal or a page could take for an instruction; all that is shown
is bounded.
This module must not know who looks, nor brokers.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

CLEARED_MAX = 1000
"""Letters that one call requeues or drops."""
NAMED_MAX = 100
"""Letters that an answer names one by one."""
TEXT_BYTES_MAX = 4096
"""Of a body, shown."""
READ_BYTES_MAX = 65_536
"""A larger body is no job of ours: nobody looks for names in it."""
NAME_CHARS_MAX = 400

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)

Place = tuple[datetime, str]
"""Where a letter stands in a list: (at, letter_id)."""


class CheckState(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """It works, or may work; somebody should look at it."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemCheck:
    """`words`: what was found. `remedy`: what to do, a sentence; empty where all is well.

    `latency_ms`: how long one question took; None where the check is more than that. `problem`:
    the kind of the error that made it fail; empty without one.
    """

    name: str
    state: CheckState
    words: str
    remedy: str = ""
    latency_ms: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepth:
    """`waiting` is None where there is no such queue. The others are None where its broker does
    not say: `in_flight` (handed out, not done), `delayed`, `consumers` (who takes from it)."""

    name: str
    waiting: int | None
    in_flight: int | None = None
    delayed: int | None = None
    consumers: int | None = None
    holds_dead_letters: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True)
class JobNames:
    """What a job is about, as far as its body says so."""

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
    """`letter_id`: stays the same for as long as the letter lies there. Letters that are alike
    in everything have one id and count as `copies`; what is done to one is done to all of them.

    `source`: the queue it died in. `reason`: the broker's word, `rejected` or `delivery_limit`
    as a rule. `at`: when it died, or when it was sent where the broker does not say.
    `deliveries`: how often it was handed out, looks at the dead letters included, where the
    broker says. `kind`: send, resume or run_job, or the name of a task that nobody knows.
    """

    letter_id: str
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
        return self.at or UNDATED, self.letter_id


@dataclass(frozen=True, slots=True)
class OpenedLetter:
    """`text`: the body, or as much of it as is shown; `is_cut`: there is more."""

    letter: DeadLetter
    text: str
    is_cut: bool


@dataclass(frozen=True, slots=True)
class LetterPage:
    """`total`: how many letters there are. `unseen`: how many of them the look did not reach
    within its bounds, or found in somebody else's hands; they are on no page."""

    letters: Sequence[DeadLetter]
    total: int
    unseen: int


@dataclass(frozen=True, slots=True)
class Cleared:
    """`count`: letters requeued or dropped. `left`: those there are now. `missing`: ids that
    were asked for and not found. `stuck`: ids of letters that cannot go back, because nobody
    knows a queue they came from. At most `NAMED_MAX` ids each."""

    count: int
    left: int
    missing: Sequence[str] = ()
    stuck: Sequence[str] = ()


def page_of(
    found: Iterable[DeadLetter], after: Place | None, limit: int
) -> tuple[list[DeadLetter], int]:
    """Up to `limit` of the letters found, strictly after a place; and how many were found."""
    letters: dict[str, DeadLetter] = {}
    copies: Counter[str] = Counter()
    for it in found:
        letters.setdefault(it.letter_id, it)
        copies[it.letter_id] += it.copies
    rest = [it for it in letters.values() if after is None or it.place > after]
    rest.sort(key=lambda it: it.place)
    page = [replace(it, copies=copies[it.letter_id]) for it in rest[:limit]]
    return page, copies.total()


def opened(letter: DeadLetter, body: bytes) -> OpenedLetter:
    return OpenedLetter(letter, shown(body[:TEXT_BYTES_MAX]), is_cut=len(body) > TEXT_BYTES_MAX)


def document_of(body: bytes | str) -> object:
    """The JSON value, or None for anything else."""
    if len(body) > READ_BYTES_MAX:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def name_of(value: object) -> str | None:
    """A name that can be shown, or None for anything else."""
    return shown(value[:NAME_CHARS_MAX]) if isinstance(value, str) and value else None


def shown(text: bytes | str) -> str:
    """Text as it is, but for what is no text: bytes and characters without a face (escapes of
    terminals, marks that turn the direction of writing) stand as `\\x1b` and the like."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    return "".join(it if it.isprintable() or it in "\n\t" else _escaped(it) for it in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
