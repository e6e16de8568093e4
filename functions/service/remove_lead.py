"""Remove a lead: a person takes it out of its campaign, where it stands.

Invariant: an ended lead stays as it ended, so a repeated removal changes nothing.
This module must not know who asks.
"""

from functions.flow.event import Removed
from functions.flow.lead import Lead
from functions.service.advance import advance
from functions.service.errors import conflict, missing
from functions.service.records import StoredLead
from functions.service.send_email import learn_outcomes
from functions.service.services import Services


async def find_lead(services: Services, campaign_id: str, lead_id: str) -> StoredLead:
    """Raises CallerError 404, also for a lead of another campaign."""
    found = await services.store.leads.find([lead_id])
    if not found or found[0].lead.campaign_id != campaign_id:
        raise missing("lead", lead_id)
    return found[0]


async def remove_lead(services: Services, campaign_id: str, lead_id: str, words: str) -> Lead:
    """`words`: by whom or why, for the lead's journal. Raises CallerError."""
    stored = await find_lead(services, campaign_id, lead_id)
    if await learn_outcomes(services, [stored]):
        raise conflict(
            "being_sent", "A message to this lead is being sent right now: try again in a moment."
        )
    stored = await find_lead(services, campaign_id, lead_id)
    advanced = await advance(services, {lead_id: (stored, Removed(words))})
    for defect in advanced.failures.values():
        raise defect
    step = advanced.steps.get(lead_id)
    return stored.lead if step is None else step.lead
