"""Remove a lead: a person takes it out of its campaign.

Invariant: a lead that has ended is left as it is, so a repeated removal changes nothing.
This module must not know its callers.
"""

from functions.flow.event import Removed
from functions.flow.lead import Lead
from functions.service.errors import conflict
from functions.service.execution.find_lead import find_lead
from functions.service.leads.end_leads import end_leads
from functions.service.services import Services


async def remove_lead(services: Services, campaign_id: str, lead_id: str, reason: str) -> Lead:
    """`reason`: who removed it or why, for the lead's journal. Raises CallerError."""
    stored = await find_lead(services, campaign_id, lead_id)
    if await end_leads(services, [stored], Removed(reason)):
        raise conflict(
            "being_sent", "A message to this lead is being sent right now: try again in a moment."
        )
    return (await find_lead(services, campaign_id, lead_id)).lead
