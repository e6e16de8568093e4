"""List the leads of a campaign, in the order of `seq`.

Invariant: reads only. This module must not know HTTP.
"""

from collections.abc import Collection

from functions.flow.lead import Lead, LeadStatus
from functions.service.services import Services


async def list_leads(
    services: Services,
    campaign_id: str,
    *,
    after_seq: int,
    limit: int,
    statuses: Collection[LeadStatus],
    node_id: str | None,
    email_prefix: str | None,
) -> list[Lead]:
    found = await services.store.leads.page(
        campaign_id,
        after_seq=after_seq,
        limit=limit,
        statuses=statuses,
        node_id=node_id,
        email_prefix=email_prefix,
    )
    return [it.lead for it in found]
