"""Record what a returned mail says about a message: that it bounced, or that its reader complained.

Invariant: a report acts only together with a valid return path or a signature, and once per
message, however often it is delivered: the tracking event has the message's key as its id, and
everything after it is idempotent. A report that names another original than the message that its
return path names changes nothing. This module must not know mail servers, or how reports are read.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import assert_never

from functions.flow import keys
from functions.flow.event import TrackingEvent, TrackingEventKind
from functions.mail.address import email_key
from functions.mail.bounce_kinds import BounceKind
from functions.mail.message_id import read_message_id
from functions.mail.reports import Bounce, Complaint, Original
from functions.mail.return_path import ReturnToken, read_return_path
from functions.mail.tokens import TokenInvalid
from functions.service.audience.records import FullMailbox, SuppressionReason
from functions.service.audience.suppress import suppress
from functions.service.campaigns.records import Campaign
from functions.service.sending.records import Message
from functions.service.services import Services, WorkspaceServices
from functions.service.tracking.record_tracking_event import settle_tracking_events
from functions.service.tracking.records import StoredTrackingEvent

SAME_INSTANT_MAX = 10
"""Campaigns that were created within one millisecond."""
MESSAGES_PER_LEAD_MAX = 1_000
FULL_TIMES_MAX = 5
FULL_WITHIN = timedelta(days=30)


class Recorded(StrEnum):
    """What became of a report, for the log."""

    RECORDED = "recorded"
    NO_MESSAGE = "no_message"
    """The message is not known any more, or was a test."""
    ANOTHER_MESSAGE = "another_message"
    """The report is about a message that is not ours."""
    ANOTHER_RECIPIENT = "another_recipient"
    """The message went to somebody else."""
    NO_REPORT = "no_report"
    """Nothing follows from what was said."""
    CONFIRMED = "confirmed"
    """It asked whether reports are wanted. They are."""


@dataclass(frozen=True, slots=True)
class _Found:
    campaign: Campaign
    message: Message


async def record_return(
    services: Services, token: ReturnToken, report: Bounce | Complaint
) -> Recorded:
    """`token`: from the return path that the report came to, or from the Message-ID in a report
    that is signed. Store errors are raised: then whoever brought the report must bring it again."""
    original = report.original.message_id
    if original is not None and not token.fits_message_id(original):
        return Recorded.ANOTHER_MESSAGE
    found = await _find(services, token)
    if found is None:
        return Recorded.NO_MESSAGE
    message = found.message
    recipient = report.original.recipient
    if recipient is not None and email_key(recipient) != email_key(message.recipient):
        return Recorded.ANOTHER_RECIPIENT
    stored = await _event(services, message, report)
    await services.store.tracking_events.insert([stored])
    within = services.in_workspace(found.campaign.workspace_id)
    reason = await _reason_to_suppress(within, message, report)
    if reason is not None:
        await suppress(within, message.recipient, reason, message.campaign_id, report.reason)
    await settle_tracking_events(services, [stored])
    return Recorded.RECORDED


def token_of(services: Services, original: Original) -> ReturnToken | None:
    """The message that a signed report is about, by its return path or its Message-ID."""
    domain = services.policy.bounce_domain
    try:
        return read_return_path(services.keyring, domain, original.return_path or "")
    except TokenInvalid:
        return read_message_id(original.message_id or "")


async def _find(services: Services, token: ReturnToken) -> _Found | None:
    campaigns = await services.store.campaigns.created_at_anywhere(
        token.campaign_created_at, SAME_INSTANT_MAX
    )
    for campaign in campaigns:
        if campaign.epoch is None:
            continue
        lead_id = keys.lead_id(campaign.campaign_id, token.seq, campaign.epoch)
        messages = await services.store.messages.of_lead(lead_id, MESSAGES_PER_LEAD_MAX)
        for message in messages:
            if token.fits(message.key):
                return _Found(campaign, message)
    return None


async def _event(
    services: Services, message: Message, report: Bounce | Complaint
) -> StoredTrackingEvent:
    is_bounce = isinstance(report, Bounce)
    kind = TrackingEventKind.BOUNCED if is_bounce else TrackingEventKind.COMPLAINED
    now = await services.store.now()
    return StoredTrackingEvent(
        tracking_event_id=f"{message.key}/{kind}",
        campaign_id=message.campaign_id,
        lead_id=message.lead_id,
        resend_number=message.resend_number,
        tracking_event=TrackingEvent(
            kind, message.node_id, message.visit, now, reason=report.reason
        ),
        user_agent="",
        address="",
        look_at=now,
        sent_at=message.changed_at,
        bounce=report.kind if isinstance(report, Bounce) else None,
    )


async def _reason_to_suppress(
    services: WorkspaceServices, message: Message, report: Bounce | Complaint
) -> SuppressionReason | None:
    if isinstance(report, Complaint):
        return SuppressionReason.COMPLAINT
    match report.kind:
        case BounceKind.HARD:
            return SuppressionReason.HARD_BOUNCE
        case BounceKind.FULL:
            is_given_up = await _is_full_for_long(services, message)
            return SuppressionReason.HARD_BOUNCE if is_given_up else None
        case BounceKind.POLICY | BounceKind.OTHER:
            return None
        case _:
            assert_never(report.kind)


async def _is_full_for_long(services: WorkspaceServices, message: Message) -> bool:
    """Count this message, and say whether the mailbox was full for enough messages lately."""
    now = await services.store.now()
    key = email_key(message.recipient)
    full = FullMailbox(
        workspace_id=services.workspace_id, email_key=key, message_key=message.key, at=now
    )
    mailboxes = services.store.full_mailboxes
    await mailboxes.add(full)
    await mailboxes.forget(services.workspace_id, key, now - FULL_WITHIN)
    times = await mailboxes.count(services.workspace_id, key, FULL_TIMES_MAX)
    return times == FULL_TIMES_MAX
