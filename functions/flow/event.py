"""Events: the facts that go into a step.

Invariant: an event states what happened and when; what follows from it is the executor's.
Message events carry the fence (node, visit, attempt), so that a late one finds no target.
This module must not know where events come from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class HitKind(StrEnum):
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True)
class Hit:
    """A reader's action on one e-mail, as the tracking endpoint saw it.

    `link` is the address as written in the e-mail's body, `url` as rendered for this lead.
    """

    kind: HitKind
    node_id: str
    visit: int
    at: datetime
    link: str | None = None
    url: str | None = None


Hits = Sequence[Hit]

HIT_STORED_WITHIN = timedelta(seconds=1)
"""How long a hit may take from its time to the moment at which every reader of the store sees it.

A condition answers "no" only when its deadline is this long past: a hit gets its time before it is
stored, so one that happened at the deadline may still be on its way to the store.
"""


@dataclass(frozen=True, slots=True)
class Entered:
    """The lead may begin its walk."""

    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class Resumed:
    """Somebody believes a pause is over; the executor checks the due time again."""

    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class Tracked:
    """New hits were stored for this lead."""

    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class EmailSent:
    node_id: str
    visit: int
    attempt: int
    at: datetime
    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class EmailDeferred:
    """`retry_at`: when the same message may be tried again (UTC)."""

    node_id: str
    visit: int
    attempt: int
    retry_at: datetime
    words: str = ""
    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class EmailRejected:
    """Refused for good by the server, or given up after the retry schedule."""

    node_id: str
    visit: int
    attempt: int
    words: str
    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class EmailUnrenderable:
    """The template could not be rendered for this contact."""

    node_id: str
    visit: int
    attempt: int
    words: str
    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class EmailSuppressed:
    """The address must not be written to (unsubscribed, complained, bounced)."""

    node_id: str
    visit: int
    attempt: int
    words: str = ""
    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class EmailUnknown:
    """Nobody knows whether the server took the message."""

    node_id: str
    visit: int
    attempt: int
    words: str = ""
    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class SendAgain:
    """A person decided: the unknown message counts as lost, write a new one."""

    node_id: str
    visit: int
    attempt: int
    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class TreatAsSent:
    """A person decided: the unknown message counts as received. `at`: when it was tried."""

    node_id: str
    visit: int
    attempt: int
    at: datetime
    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The campaign was cancelled."""

    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """The lead is taken out of the campaign; `words` say by whom or why."""

    words: str = ""
    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class WaitSkipped:
    """A person decided: this pause ends now. `words` say by whom or why, here and below."""

    node_id: str
    visit: int
    words: str = ""
    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """A person put the lead elsewhere: it arrives at `target` anew. (node_id, visit): where it
    was; None and 0 before its first step."""

    target: str
    node_id: str | None
    visit: int
    words: str = ""
    hits: Hits = ()


@dataclass(frozen=True, slots=True)
class Retried:
    """A person has the e-mail that a lead failed at tried again, as a new message."""

    node_id: str
    visit: int
    attempt: int
    words: str = ""
    hits: Hits = ()


MessageEvent = (
    EmailSent | EmailDeferred | EmailRejected | EmailUnrenderable | EmailSuppressed | EmailUnknown
)
Decision = SendAgain | TreatAsSent
Steering = WaitSkipped | Moved | Retried
Event = Entered | Resumed | Tracked | MessageEvent | Decision | Steering | Cancelled | Removed
