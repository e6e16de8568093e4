"""Leads behind a count: who was sent a node's e-mail, opened it, clicked in it.

Invariant: each lead once, however often it came by; a count is of messages, so where leads come
back to a node it may be larger than their number. Pages go by lead id.
This module must not know HTTP.
"""

from enum import StrEnum

from functions.flow.event import TrackingEventKind
from functions.flow.lead import Lead
from functions.service.services import Services


class EmailCount(StrEnum):
    SENT = "sent"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"


async def leads_behind(
    services: Services,
    campaign_id: str,
    node_id: str,
    count: EmailCount,
    *,
    after_id: str,
    limit: int,
) -> list[Lead]:
    """In the order of ids, strictly after `after_id`."""
    store = services.store
    if count is EmailCount.SENT:
        ids = await store.messages.leads_sent(campaign_id, node_id, after_id=after_id, limit=limit)
    else:
        ids = await store.journal.leads_hit(
            campaign_id, node_id, TrackingEventKind(count), after_id=after_id, limit=limit
        )
    found = {it.lead.lead_id: it.lead for it in await store.leads.find(ids)}
    return [found[it] for it in ids if it in found]
