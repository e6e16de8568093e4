"""List the messages of a campaign in the order of their keys, with what came back of them.

Invariant: reads only. This module must not know HTTP.
"""

from collections.abc import Iterable, Mapping

from functions.flow.event import TrackingEvent, TrackingEventKind
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.sending.records import Message, MessageState
from functions.service.services import WorkspaceServices

Returned = Mapping[tuple[str, str, int], TrackingEventKind]
"""What came back of messages, by lead, node and visit: a bounce or a complaint."""

_KINDS = frozenset({TrackingEventKind.BOUNCED, TrackingEventKind.COMPLAINED})


async def list_messages(
    services: WorkspaceServices,
    campaign_id: str,
    *,
    after_key: str,
    limit: int,
    state: MessageState | None,
) -> tuple[list[Message], Returned]:
    """Raises CallerError 404."""
    await find_campaign(services, campaign_id)
    found = await services.store.messages.page(
        campaign_id, after_key=after_key, limit=limit, state=state
    )
    leads = sorted({it.lead_id for it in found})
    return found, returned_of(await services.store.tracking_events.of_leads(leads))


def returned_of(events: Mapping[str, Iterable[TrackingEvent]]) -> Returned:
    """`events`: by lead."""
    return {
        (lead_id, it.node_id, it.visit): it.kind
        for lead_id, of_lead in events.items()
        for it in of_lead
        if it.kind in _KINDS
    }
