"""Find a lead of a campaign.

Invariant: a lead of another campaign is never returned. This module must not know its callers.
"""

from functions.service.errors import missing
from functions.service.execution.records import StoredLead
from functions.service.services import Services


async def find_lead(services: Services, campaign_id: str, lead_id: str) -> StoredLead:
    """Raises CallerError 404, including for a lead of another campaign."""
    found = await services.store.leads.find([lead_id])
    if not found or found[0].lead.campaign_id != campaign_id:
        raise missing("lead", lead_id)
    return found[0]
