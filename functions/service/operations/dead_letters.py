"""Dead letters as people see them: what a broker gave up on, read as far as it can be read.

Invariant: whatever a letter holds, reading it never raises, and nothing of it is shown that a
terminal or a page could take for an order; all that is shown has a bound.
This module must not know brokers.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

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


class BrokerAwayError(Exception):
    """The broker does not answer, or somebody else has hold of its dead letters. Only for logs:
    the text may hold addresses."""


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


@dataclass(frozen=True, slots=True)
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
