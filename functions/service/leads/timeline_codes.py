"""The codes of a lead's timeline, and the parameters that fill them in.

Invariant: nothing here is a sentence, and times are UTC: whoever shows a timeline chooses the
language, the time zone and the format. Pure. This module must not know how a timeline is shown. It
imports almost nothing, so that the command line starts quickly.
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
    """The contact has no date for this wait."""
    DATE_PAST = "date_past"
    """The time that this wait was for had already passed."""
    TOOK_CLICKED = "took_clicked"
    TOOK_OPENED = "took_opened"
    TOOK_NOT_CLICKED = "took_not_clicked"
    TOOK_NOT_OPENED = "took_not_opened"
    TOOK_NOT_SENT = "took_not_sent"
    TOOK_ATTRIBUTE = "took_attribute"
    """The condition has one rule."""
    TOOK_ATTRIBUTES = "took_attributes"
    TOOK_SPLIT = "took_split"
    PASSED = "passed"
    """The node is switched off."""
    SEND_AGAIN_DECIDED = "send_again_decided"
    TREAT_AS_SENT_DECIDED = "treat_as_sent_decided"
    WAIT_SKIPPED = "wait_skipped"
    WATCH_SKIPPED = "watch_skipped"
    MOVED = "moved"
    MOVED_TO_VERSION = "moved_to_version"
    HAD_ALREADY = "had_already"
    """The lead had the e-mail before it was moved to this version."""
    RETRIED = "retried"
    RESTORED = "restored"
    """The store was restored, and e-mails that may have left before are skipped."""
    PRESUMED = "presumed"
    """The store was restored, and the e-mail counts as sent."""
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ENDED_END = "ended_end"
    ENDED_NO_CONNECTION = "ended_no_connection"
    ENDED_SUPPRESSED = "ended_suppressed"
    ENDED_CANCELLED = "ended_cancelled"
    ENDED_REMOVED = "ended_removed"
    ENDED_STEP_GONE = "ended_step_gone"
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
    """The outcome of a message is unknown, and a person must decide."""


class NodeName(TypedDict):
    """`type`: null if the flow version has no such node. `title`: an e-mail's subject as this
    contact gets it, or the id of its template; null for other nodes."""

    node_id: str
    type: str | None
    title: str | None


class TimelineParameters(TypedDict, total=False):
    """Each code has the parameters that it needs. Durations are whole seconds, times are UTC.

    `node`: where it happened. `email`: the e-mail that a condition watches. `to`: where a person
    moved the lead. `version`: of the flow, to which the lead was moved, or which lacks its step;
    `previous_version`: the one from which it was moved. `next_node`: the node behind a wait; absent
    if there is none. `message_number`: 2 or more, if an e-mail was sent again. `retry_of`: the
    number of the message that was refused. `job_id`: of the job that retried this lead together
    with others. `reason`: text from a mail server, a person or the author of the flow. `zone`: the
    IANA time zone in which `until` was computed. `past`: the time that a wait was for.
    `after_seconds`: the time since the e-mail was sent. `link`: as written in the condition, or the
    link that was clicked. `value`: null if the contact lacks the attribute. `branch`: what people
    call the branch of the `port`; absent if they gave it no name. `is_paused`: the campaign is
    paused, so nothing moves.
    """

    node: NodeName
    email: NodeName
    to: NodeName
    next_node: NodeName
    version: int
    previous_version: int
    message_number: int
    retry_of: int
    job_id: str
    reason: str
    until: datetime
    zone: str
    past: datetime
    waited_seconds: int
    late_seconds: int
    after_seconds: int
    port: str
    branch: str
    event: str
    link: str
    attribute: str
    value: str | int | None
    match: str
    is_paused: bool
