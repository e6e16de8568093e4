"""The leads of a campaign: list them, read one with its timeline, and intervene in one."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AliasChoices

from functions.api.http.context import ServicesDep
from functions.api.http.fields import Identifier
from functions.api.http.parameters import COUNT_MAX, PAGE_DEFAULT, PageLimit
from functions.api.leads.english import next_sentence
from functions.api.leads.schemas import (
    LeadIntervention,
    LeadMove,
    LeadPage,
    LeadRead,
    LeadView,
    NextStepView,
    Removal,
    SuppressedView,
    TimelineView,
)
from functions.api.sending.schemas import MessageView
from functions.flow.lead import Lead, LeadStatus
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.errors import CallerError
from functions.service.leads.intervene import move_lead, retry_lead, skip_wait
from functions.service.leads.leads_of_metric import EmailMetric, leads_of_metric
from functions.service.leads.list_leads import list_leads as find_leads
from functions.service.leads.read_lead import read_lead as find_story
from functions.service.leads.remove_lead import remove_lead
from functions.service.services import Services

router = APIRouter(prefix="/campaigns/{campaign_id}/leads", tags=["leads"])


@router.get("", summary="List leads; filter by status, node, address or metric")
async def list_leads(
    campaign_id: str,
    services: ServicesDep,
    status: Annotated[
        frozenset[LeadStatus],
        Query(description="May be repeated, for leads in any of several statuses."),
    ] = frozenset(),
    node: Annotated[
        Identifier | None, Query(description="Leads that are at this node now.")
    ] = None,
    email: Annotated[
        str | None, Query(max_length=254, description="The beginning of the address.")
    ] = None,
    after_seq: Annotated[
        int, Query(ge=0, le=COUNT_MAX, description="Only leads after this `seq`.")
    ] = 0,
    metric: Annotated[
        EmailMetric | None,
        Query(
            validation_alias=AliasChoices("metric", "behind"),
            description="Requires `node`: the leads that this metric of the node's e-mail counts, "
            "wherever they are now, each once, in the order of ids. Excludes the other filters.",
        ),
    ] = None,
    after: Annotated[
        str,
        Query(max_length=200, description="With `metric`: `next_after` of the page before."),
    ] = "",
    limit: PageLimit = PAGE_DEFAULT,
) -> LeadPage:
    """To list the leads behind a figure of a node, set `node`. For `sent`, `opened`, `clicked`,
    `unsubscribed`, `bounced` and `complained` use `metric`; for failed leads `status=failed`; for
    the leads that are at the node now `status=running&status=paused`."""
    await find_campaign(services, campaign_id)
    if metric is not None:
        if node is None:
            message = "metric needs node: name the node of the e-mail."
            raise CallerError(422, "no_node", message, "node")
        if status or email or after_seq:
            message = "metric allows only node and after: leave status, email and after_seq out."
            raise CallerError(422, "filters_clash", message, "metric")
        return await _of_metric(services, campaign_id, node, metric, after, limit)
    found = await find_leads(
        services,
        campaign_id,
        after_seq=after_seq,
        limit=limit + 1,
        statuses=status,
        node_id=node,
        email_prefix=email or None,
    )
    page = found[:limit]
    return LeadPage(
        leads=[_view(it) for it in page],
        next_after_seq=page[-1].seq if len(found) > limit else None,
    )


async def _of_metric(
    services: Services, campaign_id: str, node_id: str, metric: EmailMetric, after: str, limit: int
) -> LeadPage:
    found = await leads_of_metric(
        services, campaign_id, node_id, metric, after_id=after, limit=limit + 1
    )
    page = found[:limit]
    return LeadPage(
        leads=[_view(it) for it in page],
        next_after_seq=None,
        next_after=page[-1].lead_id if len(found) > limit else None,
    )


@router.get("/{lead_id}", summary="Read a lead: what happened, why, and what comes next")
async def read_lead(campaign_id: str, lead_id: str, services: ServicesDep) -> LeadRead:
    story = await find_story(services, campaign_id, lead_id)
    step = story.next_step
    return LeadRead.model_validate(
        {
            **LeadView.fields_of(story.lead),
            "timeline": [TimelineView.of(it, story.at) for it in story.timeline],
            "next_step": NextStepView.of(step) if step else None,
            "next": next_sentence(step.code, step.parameters, story.at) if step else None,
            "messages": [MessageView.of(it, story.returned) for it in story.messages],
            "suppressed": SuppressedView.of(story.suppression) if story.suppression else None,
        }
    )


@router.post(
    "/{lead_id}/remove",
    summary="Remove a lead from the campaign",
    responses={409: {"description": "A message to the lead is being sent."}},
)
async def remove(
    campaign_id: str, lead_id: str, services: ServicesDep, body: Removal | None = None
) -> LeadView:
    """A lead that has already ended is left unchanged. While a message to it is being sent, the
    answer is 409."""
    await find_campaign(services, campaign_id)
    reason = body.reason if body is not None else ""
    return _view(await remove_lead(services, campaign_id, lead_id, reason))


_REFUSED: dict[int | str, dict[str, Any]] = {
    409: {"description": "Not possible in the lead's present state; the problem says why."}
}


@router.post("/{lead_id}/skip-wait", summary="End a lead's wait now", responses=_REFUSED)
async def skip_lead_wait(
    campaign_id: str, lead_id: str, body: LeadIntervention, services: ServicesDep
) -> LeadView:
    """The lead goes on as if the time had come. A condition on behaviour decides by what the reader
    has done so far."""
    return _view(await skip_wait(services, campaign_id, lead_id, body.revision, body.reason))


@router.post("/{lead_id}/move", summary="Move a lead to another node", responses=_REFUSED)
async def move(campaign_id: str, lead_id: str, body: LeadMove, services: ServicesDep) -> LeadView:
    """The lead makes a new visit to the node, so an e-mail that it was already sent is sent again.
    A failed lead can be moved too; if its campaign was completed, it runs again."""
    return _view(
        await move_lead(services, campaign_id, lead_id, body.node_id, body.revision, body.reason)
    )


@router.post("/{lead_id}/retry", summary="Retry a failed lead", responses=_REFUSED)
async def retry(
    campaign_id: str, lead_id: str, body: LeadIntervention, services: ServicesDep
) -> LeadView:
    """The e-mail that failed is rendered and sent as a new message. If the campaign was completed,
    it runs again."""
    return _view(await retry_lead(services, campaign_id, lead_id, body.revision, body.reason))


def _view(lead: Lead) -> LeadView:
    return LeadView.model_validate(LeadView.fields_of(lead))
