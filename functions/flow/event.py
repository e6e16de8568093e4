"""Events: the facts that go into a step.

Invariant: an event states what happened and when; the executor decides what follows from it.
Message events carry the fence (node, visit, resend number), so that a late one is recognised as
stale.
This module must not know where events come from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class TrackingEventKind(StrEnum):
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    """The message came back."""
    COMPLAINED = "complained"
    """Its reader reported it as spam."""


@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """What happened to one e-mail after it was sent: what its reader did, as recorded by the
    tracking endpoint, or what a returned mail says.

    `at`: when (UTC). `link`: the URL as written in the body of the e-mail. `url`: the URL rendered
    for this lead. Both are None except for clicks. `reason`: the words of a returned mail.
    """

    kind: TrackingEventKind
    node_id: str
    visit: int
    at: datetime
    link: str | None = None
    url: str | None = None
    reason: str = ""


TrackingEvents = Sequence[TrackingEvent]

TRACKING_EVENT_STORED_WITHIN = timedelta(seconds=1)
"""How long after its time a tracking event may become visible to every reader of the store.

It gets its time before it is stored, so one that happened at a deadline may be stored later.
Therefore a condition answers "no" only this long after its deadline.
"""


@dataclass(frozen=True, slots=True)
class Entered:
    """The lead may start."""

    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class Resumed:
    """The pause should be over; the executor checks the due time again."""

    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class Tracked:
    """New tracking events were stored for this lead."""

    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class EmailSent:
    node_id: str
    visit: int
    resend_number: int
    at: datetime
    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class EmailDeferred:
    """`retry_at`: when the same message may be tried again (UTC)."""

    node_id: str
    visit: int
    resend_number: int
    retry_at: datetime
    reason: str = ""
    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class EmailRejected:
    """The server refused the message for good, or the retry schedule is exhausted."""

    node_id: str
    visit: int
    resend_number: int
    reason: str
    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class EmailUnrenderable:
    """The template could not be rendered for this contact."""

    node_id: str
    visit: int
    resend_number: int
    reason: str
    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class EmailSuppressed:
    """The address is on the suppression list (unsubscribed, complained, bounced)."""

    node_id: str
    visit: int
    resend_number: int
    reason: str = ""
    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class EmailUnknown:
    """It is not known whether the server accepted the message."""

    node_id: str
    visit: int
    resend_number: int
    reason: str = ""
    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class SendAgain:
    """A person decided that the unknown message counts as lost, so a new one is sent."""

    node_id: str
    visit: int
    resend_number: int
    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class TreatAsSent:
    """A person decided that the unknown message counts as sent. `at`: when it was tried."""

    node_id: str
    visit: int
    resend_number: int
    at: datetime
    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The campaign was cancelled."""

    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """The lead is removed from the campaign. `reason`: who removed it or why."""

    reason: str = ""
    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class WaitSkipped:
    """A person ends this pause now. `reason`, here and below: who did it or why."""

    node_id: str
    visit: int
    reason: str = ""
    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """A person moves the lead to `target`, where it makes a new visit. `node_id` and `visit`: where
    it was; None and 0 before its first step."""

    target: str
    node_id: str | None
    visit: int
    reason: str = ""
    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class Retried:
    """A person decided to send the e-mail that failed the lead again, as a new message. `job_id`:
    the stored job that retries leads together; empty if this lead is retried alone."""

    node_id: str
    visit: int
    resend_number: int
    reason: str = ""
    tracking_events: TrackingEvents = ()
    job_id: str = ""


@dataclass(frozen=True, slots=True)
class PresumedSent:
    """The store was restored from a backup, and a person decided that e-mails which may have left
    since the backup count as sent. `visits`: by e-mail node, the last visit whose message may have
    left; of a message that the lead is waiting for, the current one."""

    visits: Mapping[str, int]
    tracking_events: TrackingEvents = ()


@dataclass(frozen=True, slots=True)
class MovedToVersion:
    """A person moves the lead to a later flow version, `version`. Its executor takes the step.

    `node_id` and `visit`: where the lead was seen; None and 0 before its first step. `target`: the
    node at which it arrives; None: it stays where it is. `is_end`: it ends instead, in its own
    version. `waits_anew`: if it stays in a pause, the end of that pause is computed anew, from its
    arrival there. `job_id`: the stored job that moves the leads.

    Before a lead that is sending or deferred arrives anywhere or ends, its message must be held.
    """

    version: int
    node_id: str | None
    visit: int
    target: str | None = None
    is_end: bool = False
    waits_anew: bool = False
    job_id: str = ""
    tracking_events: TrackingEvents = ()


MessageEvent = (
    EmailSent | EmailDeferred | EmailRejected | EmailUnrenderable | EmailSuppressed | EmailUnknown
)
Decision = SendAgain | TreatAsSent
Intervention = WaitSkipped | Moved | Retried
LeadEvent = (
    Entered
    | Resumed
    | Tracked
    | MessageEvent
    | Decision
    | Intervention
    | PresumedSent
    | MovedToVersion
    | Cancelled
    | Removed
)
