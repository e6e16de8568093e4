"""The leads of a metric: which leads were sent a node's e-mail, opened it or clicked in it.

Invariant: each lead is listed once. Counts are of messages, so a count may be larger than the
number of its leads if leads return to the node. Pages are ordered by lead id.
This module must not know HTTP.
"""

from enum import StrEnum

from functions.flow.event import TrackingEventKind
from functions.flow.lead import Lead
from functions.service.services import Services


class EmailMetric(StrEnum):
    SENT = "sent"
    OPENED = "opened"
    CLICKED = "clicked"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


async def leads_of_metric(
    services: Services,
    campaign_id: str,
    node_id: str,
    metric: EmailMetric,
    *,
    after_id: str,
    limit: int,
) -> list[Lead]:
    """In the order of ids, strictly after `after_id`."""
    store = services.store
    if metric is EmailMetric.SENT:
        ids = await store.messages.leads_sent(campaign_id, node_id, after_id=after_id, limit=limit)
    else:
        ids = await store.journal.leads_tracked(
            campaign_id, node_id, TrackingEventKind(metric), after_id=after_id, limit=limit
        )
    found = {it.lead.lead_id: it.lead for it in await store.leads.find(ids)}
    return [found[it] for it in ids if it in found]
