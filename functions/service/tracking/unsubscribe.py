"""Unsubscribe: a reader wants no further e-mails.

Invariant: once `unsubscribe` has returned, the tracking event and the suppression are stored, so
only messages already marked `sending` still go to the address. Idempotent.
This module must not know HTTP.
"""

from dataclasses import dataclass

from functions.flow.event import TrackingEvent, TrackingEventKind
from functions.flow.lead import Lead
from functions.mail.tokens import UnsubscribeToken
from functions.service.access.records import DEFAULT_WORKSPACE, WorkspaceId
from functions.service.audience.records import SuppressionReason
from functions.service.audience.suppress import suppress
from functions.service.campaigns.change_campaign import look_up_campaign
from functions.service.services import Services
from functions.service.tracking.record_tracking_event import Reader, store_tracking_event
from functions.service.tracking.records import StoredTrackingEvent


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """`stored`: the tracking event, which the caller has to settle; None if the reader has
    unsubscribed within this minute already."""

    email: str
    stored: StoredTrackingEvent | None


async def unsubscribe(
    services: Services, token: UnsubscribeToken, reader: Reader
) -> Unsubscribed | None:
    """None if the token contains no address and its lead is gone. Store errors are raised, because
    only a stored unsubscription may be confirmed."""
    found = await services.store.leads.find([token.lead_id])
    lead = found[0].lead if found else None
    email = token.email or (lead.email if lead is not None else None)
    if email is None:
        return None
    node_id, visit, resend_number = _last_message(lead)
    tracking_event = TrackingEvent(
        TrackingEventKind.UNSUBSCRIBED, node_id, visit, await services.store.now()
    )
    stored = await store_tracking_event(
        services, token.campaign_id, token.lead_id, resend_number, tracking_event, reader
    )
    workspace_id = await _workspace_of(services, token.campaign_id)
    within = services.in_workspace(workspace_id)
    await suppress(within, email, SuppressionReason.UNSUBSCRIBED, token.campaign_id)
    return Unsubscribed(email, stored)


async def _workspace_of(services: Services, campaign_id: str) -> WorkspaceId:
    """The workspace of a campaign, or the default one if the campaign is gone: unsubscribing must
    work even then. As long as tokens do not name their workspace, there is no other one."""
    campaign = await look_up_campaign(services, campaign_id)
    return campaign.workspace_id if campaign is not None else DEFAULT_WORKSPACE


def _last_message(lead: Lead | None) -> tuple[str, int, int]:
    """(node, visit, resend number) of the latest e-mail, which is probably why the reader
    unsubscribes. The token names no e-mail, so that it stays valid for ever."""
    if lead is None:
        return "", 0, 0
    if not lead.sent_emails:
        return lead.current_node or "", lead.visit, lead.resend_number
    node_id, sent = max(lead.sent_emails.items(), key=lambda it: it[1].at)
    return node_id, sent.visit, sent.resend_number
