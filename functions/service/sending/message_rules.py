"""What a message means for its lead, and how a claim or a lost message is recorded.

Invariant: pure rules about one message. Every event names the visit and resend number of its job.
This module must not know stores or mail servers.
"""

from dataclasses import replace
from datetime import datetime

from functions.flow import keys
from functions.flow.event import (
    EmailDeferred,
    EmailRejected,
    EmailSent,
    EmailSuppressed,
    EmailUnknown,
    EmailUnrenderable,
    MessageEvent,
)
from functions.service.audience.records import Suppression, SuppressionReason
from functions.service.jobs.records import SendJob
from functions.service.policy import Policy
from functions.service.sending.records import Message, MessageChange, MessageState
from functions.service.sending.token_bucket import Deferral

LEASE_RAN_OUT = "the worker that was sending it stopped before the server's answer was stored"


def refuses(suppression: Suppression, is_transactional: bool) -> bool:
    """Whether an address must not get a message. A reader who unsubscribed still gets receipts and
    the like; an address that does not exist, or whose reader complained, gets nothing."""
    return not (is_transactional and suppression.reason is SuppressionReason.UNSUBSCRIBED)


def known_outcome(job: SendJob, existing: Message | None, now: datetime) -> MessageEvent | None:
    """The event for the lead if its message has already ended or is deferred; otherwise None."""
    if existing is None:
        return None
    match existing.state:
        case MessageState.SENT:
            return EmailSent(job.node_id, job.visit, job.resend_number, existing.changed_at)
        case MessageState.REJECTED:
            return event_of(job, EmailRejected, existing.outcome_reason)
        case MessageState.SUPPRESSED:
            return event_of(job, EmailSuppressed, existing.outcome_reason)
        case MessageState.UNKNOWN:
            return event_of(job, EmailUnknown, existing.outcome_reason)
        case MessageState.DEFERRED if existing.retry_at is not None and existing.retry_at > now:
            return put_off(job, existing.retry_at, existing.outcome_reason)
    return None


def message_of(
    policy: Policy,
    job: SendJob,
    recipient: str,
    existing: Message | None,
    *,
    state: MessageState,
    token: str,
    now: datetime,
) -> Message:
    """The message that a claim writes for a job. `existing`: the stored one; None if there is
    none yet."""
    return Message(
        key=keys.send_key(job.lead_id, job.node_id, job.visit, job.resend_number),
        campaign_id=job.campaign_id,
        lead_id=job.lead_id,
        node_id=job.node_id,
        visit=job.visit,
        resend_number=job.resend_number,
        recipient=recipient,
        state=state,
        token=token,
        lease_until=now + policy.send_lease,
        changed_at=now,
        # A message that was only deferred has not been tried yet.
        first_attempt_at=existing.first_attempt_at
        if existing and existing.delivery_attempts
        else now,
        delivery_attempts=existing.delivery_attempts if existing else 0,
    )


def defer(message: Message, wait: Deferral) -> Message:
    """The message, deferred until `wait.at`."""
    return replace(
        message, state=MessageState.DEFERRED, retry_at=wait.at, outcome_reason=wait.reason
    )


def may_take_over(existing: Message, now: datetime) -> bool:
    """Whether it is a claim with an expired lease, or a deferred message. (`known_outcome` has
    already dealt with those deferred to a later time.)"""
    if existing.state is MessageState.CLAIMED:
        return existing.lease_until <= now
    return existing.state is MessageState.DEFERRED


def lost_in_sending(existing: Message, now: datetime) -> MessageChange:
    return MessageChange(
        key=existing.key,
        token=existing.token,
        from_states=frozenset({MessageState.SENDING}),
        state=MessageState.UNKNOWN,
        at=now,
        outcome_reason=LEASE_RAN_OUT,
    )


_Worded = type[EmailRejected | EmailSuppressed | EmailUnknown | EmailUnrenderable]


def event_of(job: SendJob, kind: _Worded, reason: str) -> MessageEvent:
    return kind(job.node_id, job.visit, job.resend_number, reason)


def put_off(job: SendJob, until: datetime, reason: str) -> EmailDeferred:
    return EmailDeferred(job.node_id, job.visit, job.resend_number, until, reason)
