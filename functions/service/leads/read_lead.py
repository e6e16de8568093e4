"""Read one lead with its timeline, its next step and its messages.

Invariant: reads only. Journal records that are still on the lead, because they have not been
written to the journal yet, are included. This module must not know HTTP.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.flow.lead import Lead
from functions.mail.address import email_key
from functions.service.audience.records import Suppression
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.records import CampaignStatus
from functions.service.content.addressed import addressed
from functions.service.execution.find_lead import find_lead
from functions.service.leads.next_step import NextStep, next_step
from functions.service.leads.timeline import TimelineItem, timeline, versions_walked
from functions.service.sending.list_messages import Returned, returned_of
from functions.service.sending.records import Message
from functions.service.services import WorkspaceServices

RECORDS_SHOWN_MAX = 1000
MESSAGES_SHOWN_MAX = 200
VERSIONS_MAX = 20
"""Flow versions of one lead whose nodes are named."""


@dataclass(frozen=True, slots=True)
class LeadStory:
    """`next_step`: None if the lead has ended. `returned`: what came back of the messages.
    `suppression`: of the contact's address; None if it may be written to. `at`: now, by the store's
    clock."""

    lead: Lead
    timeline: Sequence[TimelineItem]
    next_step: NextStep | None
    messages: Sequence[Message]
    returned: Returned
    suppression: Suppression | None
    at: datetime


async def read_lead(services: WorkspaceServices, campaign_id: str, lead_id: str) -> LeadStory:
    """Raises CallerError 404."""
    campaign = await find_campaign(services, campaign_id)
    stored = await find_lead(services, campaign_id, lead_id)
    records = await services.store.journal.of_lead(lead_id, RECORDS_SHOWN_MAX)
    messages = await services.store.messages.of_lead(lead_id, MESSAGES_SHOWN_MAX)
    events = await services.store.tracking_events.of_leads([lead_id])
    address = (services.workspace_id, email_key(stored.lead.email))
    suppressions = await services.store.suppressions.find([address])
    now = await services.store.now()
    # If a worker was interrupted, a record may still be on the lead only.
    known = {record.key for record in records}
    records += [record for record in stored.records if record.key not in known]
    flows = {}
    for version in dict.fromkeys(versions_walked(stored.lead, records)[-VERSIONS_MAX:]):
        loaded = await services.flows.load(stored.lead, version)
        flows[version] = addressed(loaded.executor.flow, stored.lead, campaign_id, campaign.name)
    is_paused = campaign.status is CampaignStatus.PAUSED
    return LeadStory(
        lead=stored.lead,
        timeline=timeline(flows, stored.lead, records),
        next_step=next_step(flows[stored.lead.flow_version], stored.lead, is_paused=is_paused),
        messages=messages,
        returned=returned_of(events),
        suppression=suppressions[0] if suppressions else None,
        at=now,
    )
