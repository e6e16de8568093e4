"""The leads of a campaign: lists, one with its story, and taking one out."""

from typing import Annotated

from fastapi import APIRouter, Query

from functions.api.lead_views import LeadPage, LeadRead, LeadView, MessageView, TimelineView
from functions.api.schemas import Identifier, Removal
from functions.api.wanted import COUNT_MAX, PAGE_DEFAULT, Given, PageLimit
from functions.flow.lead import Lead, LeadStatus
from functions.service.addressed import addressed
from functions.service.campaigns import find_campaign
from functions.service.records import CampaignStatus
from functions.service.remove_lead import find_lead, remove_lead
from functions.service.timeline import timeline, what_next

router = APIRouter(prefix="/campaigns/{campaign_id}/leads", tags=["leads"])

RECORDS_SHOWN_MAX = 1000
MESSAGES_SHOWN_MAX = 200


@router.get("", summary="List leads by their place; filter by status, node, address")
async def list_leads(
    campaign_id: str,
    services: Given,
    status: LeadStatus | None = None,
    node: Annotated[Identifier | None, Query(description="Leads that are there now.")] = None,
    email: Annotated[str | None, Query(max_length=254, description="How it begins.")] = None,
    after_seq: Annotated[
        int, Query(ge=0, le=COUNT_MAX, description="Jump: leads after this place.")
    ] = 0,
    limit: PageLimit = PAGE_DEFAULT,
) -> LeadPage:
    await find_campaign(services, campaign_id)
    found = await services.store.leads.page(
        campaign_id,
        after_seq=after_seq,
        limit=limit + 1,
        status=status,
        node_id=node,
        email_prefix=email or None,
    )
    page = [it.lead for it in found[:limit]]
    return LeadPage(
        leads=[_view(it) for it in page],
        next_after_seq=page[-1].seq if len(found) > limit else None,
    )


@router.get("/{lead_id}", summary="One lead: what happened, why, and what comes next")
async def read_lead(campaign_id: str, lead_id: str, services: Given) -> LeadRead:
    campaign = await find_campaign(services, campaign_id)
    stored = await find_lead(services, campaign_id, lead_id)
    loaded = await services.flows.load(services, stored.lead)
    records = await services.store.journal.of_lead(lead_id, RECORDS_SHOWN_MAX)
    messages = await services.store.messages.of_lead(lead_id, MESSAGES_SHOWN_MAX)
    now = await services.store.now()
    flow = addressed(loaded.executor.flow, stored.lead, campaign_id, campaign.name)
    # A record may still wait on the lead itself, when its worker was cut short.
    known = {record.key for record in records}
    records += [record for record in stored.records if record.key not in known]
    return LeadRead.model_validate(
        {
            **LeadView.fields_of(stored.lead),
            "timeline": [TimelineView.of(it) for it in timeline(flow, records, now)],
            "next": what_next(
                flow, stored.lead, now, is_paused=campaign.status is CampaignStatus.PAUSED
            ),
            "messages": [MessageView.of(it) for it in messages],
        }
    )


@router.post("/{lead_id}/remove", summary="Take a lead out of the campaign")
async def remove(
    campaign_id: str, lead_id: str, services: Given, body: Removal | None = None
) -> LeadView:
    """A lead that has ended stays as it ended. While a message to it is being sent: 409."""
    await find_campaign(services, campaign_id)
    words = body.words if body is not None else ""
    return _view(await remove_lead(services, campaign_id, lead_id, words))


def _view(lead: Lead) -> LeadView:
    return LeadView.model_validate(LeadView.fields_of(lead))
