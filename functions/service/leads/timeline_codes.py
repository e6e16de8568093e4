"""The codes of a lead's timeline, and the parameters that fill them in.

Invariant: nothing here is a sentence, and an instant has no zone of its own: whoever shows a
timeline chooses language, zone and format. Pure. This module must not know how a timeline is shown;
it imports next to nothing, so that the command line starts quickly.
"""

from datetime import datetime
from enum import StrEnum

from typing_extensions import TypedDict


class TimelineCode(StrEnum):
    ENTERED = "entered"
    SENDING = "sending"
    SENT = "sent"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    UNRENDERABLE = "unrenderable"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"
    WAITED = "waited"
    DATE_MISSING = "date_missing"
    """A wait for a date that the contact lacks."""
    DATE_PAST = "date_past"
    """A wait for an instant that had passed."""
    TOOK_CLICKED = "took_clicked"
    TOOK_OPENED = "took_opened"
    TOOK_NOT_CLICKED = "took_not_clicked"
    TOOK_NOT_OPENED = "took_not_opened"
    TOOK_NOT_SENT = "took_not_sent"
    TOOK_ATTRIBUTE = "took_attribute"
    """A condition with one rule."""
    TOOK_ATTRIBUTES = "took_attributes"
    TOOK_SPLIT = "took_split"
    PASSED = "passed"
    """The node is switched off."""
    SEND_AGAIN_DECIDED = "send_again_decided"
    TREAT_AS_SENT_DECIDED = "treat_as_sent_decided"
    WAIT_SKIPPED = "wait_skipped"
    WATCH_SKIPPED = "watch_skipped"
    MOVED = "moved"
    RETRIED = "retried"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"
    ENDED_END = "ended_end"
    ENDED_NO_CONNECTION = "ended_no_connection"
    ENDED_SUPPRESSED = "ended_suppressed"
    ENDED_CANCELLED = "ended_cancelled"
    ENDED_REMOVED = "ended_removed"
    ENDED_GOAL = "ended_goal"
    FAILED_REJECTED = "failed_rejected"
    FAILED_TEMPLATE = "failed_template"
    FAILED_POISON = "failed_poison"


class NextCode(StrEnum):
    ENTERS = "enters"
    ON_ITS_WAY = "on_its_way"
    """A message is being sent."""
    WAITS = "waits"
    WATCHES = "watches"
    TRIES_AGAIN = "tries_again"
    """The e-mail was deferred."""
    NEEDS_DECISION = "needs_decision"
    """A message whose outcome is unknown: a person decides."""


class NodeName(TypedDict):
    """`type`: null where the flow version has no such node. `title`: an e-mail's subject as this
    contact gets it (or its template's id); null for all others."""

    node_id: str
    type: str | None
    title: str | None


class TimelineParameters(TypedDict, total=False):
    """A code has those that it needs; lengths are whole seconds.

    `node`: where it happened. `email`: whose readers a condition looks at. `to`: where a person
    moved the lead. `next_node`: what follows a wait; absent where nothing does. `message_number`:
    from 2 on, where an e-mail was sent again. `reason`: in the words of a mail server, a person or
    the flow's author. `zone`: the IANA zone that decided `until`. `past`: the instant that a wait
    was for. `after_seconds`: since the e-mail was sent. `link`: as the condition or the reader's
    click names it. `value`: null where the contact lacks the attribute. `is_paused`: the campaign
    is, so nothing moves.
    """

    node: NodeName
    email: NodeName
    to: NodeName
    next_node: NodeName
    message_number: int
    reason: str
    until: datetime
    zone: str
    past: datetime
    waited_seconds: int
    late_seconds: int
    after_seconds: int
    port: str
    event: str
    link: str
    attribute: str
    value: str | int | None
    match: str
    is_paused: bool
