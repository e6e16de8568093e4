"""The flow of a campaign: replace the draft, validate it, publish it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import JSONResponse

from functions.api.campaigns.schemas import CampaignPublished, CampaignSaved
from functions.api.campaigns.schemas_flow import FindingsView, FlowDocument, FlowVersionView
from functions.api.campaigns.schemas_move import (
    LeadsMove,
    MoveImpactView,
    Publication,
)
from functions.api.http.context import MetricsDep, ServicesDep
from functions.api.http.idempotency import IdempotencyKey, once
from functions.api.http.parameters import COUNT_MAX, SeenRevision, etag
from functions.api.jobs.schemas import JobView
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.check_before_launch import check_before_launch, check_emails
from functions.service.campaigns.edit import replace_draft
from functions.service.campaigns.publish import find_version, is_published, publish
from functions.service.leads.publish_and_move import move_leads, publish_and_move
from functions.service.reports.move_impact import move_impact

router = APIRouter(tags=["flows"])


@router.put(
    "/campaigns/{campaign_id}/flow",
    summary="Replace the draft flow, valid or not",
    responses={
        409: {
            "description": "The campaign is scheduled, cancelled or archived, or others are "
            "changing it at the moment."
        },
        412: {"description": "The campaign has changed since the ETag in If-Match."},
    },
)
async def replace_flow(
    campaign_id: str,
    body: FlowDocument,
    services: ServicesDep,
    seen_revision: SeenRevision,
    response: Response,
) -> CampaignSaved:
    """Leads stay with the version that they walk. Publish the draft to make new leads walk it."""
    campaign = await replace_draft(services, campaign_id, body.flow() or {}, seen_revision)
    response.headers["etag"] = etag(campaign)
    report = await check_emails(services, campaign.draft)
    published = await is_published(services, campaign, report)
    return CampaignSaved.of(campaign, report.findings, is_published=published)


@router.get("/campaigns/{campaign_id}/versions/{version}", summary="Read a published flow")
async def read_version(
    campaign_id: str, version: Annotated[int, Path(ge=1, le=COUNT_MAX)], services: ServicesDep
) -> FlowVersionView:
    return FlowVersionView.of(await find_version(services, campaign_id, version))


@router.post(
    "/campaigns/{campaign_id}/validate", summary="Find what to know before a launch of the draft"
)
async def validate_draft(
    campaign_id: str,
    services: ServicesDep,
    contacts: Annotated[
        bool,
        Query(description="false: look at the flow and its e-mails only, as each saving does."),
    ] = True,
) -> FindingsView:
    """What is wrong with the flow and its e-mails, and what contacts of the campaign do not have:
    missing attributes, dates that cannot be read, values that do not compare. At most 100,000
    contacts are looked at."""
    campaign = await find_campaign(services, campaign_id)
    if not contacts:
        return FindingsView.of((await check_emails(services, campaign.draft)).findings)
    return FindingsView.of((await check_before_launch(services, campaign)).findings)


@router.post("/validate", summary="Validate a flow without storing it")
async def validate_flow(body: FlowDocument, services: ServicesDep) -> FindingsView:
    return FindingsView.of((await check_emails(services, body.flow() or {})).findings)


@router.post(
    "/campaigns/{campaign_id}/publish",
    response_model=CampaignPublished,
    summary="Make the draft the version that new leads walk",
    responses={
        409: {
            "description": "The campaign is scheduled, cancelled or archived, or others are "
            "changing it at the moment."
        },
        422: {"description": "The draft has errors; each names its node and field."},
    },
)
async def publish_flow(
    campaign_id: str,
    request: Request,
    services: ServicesDep,
    metrics: MetricsDep,
    body: Publication | None = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Publishing an unchanged draft again does nothing. With `move`, a job moves the leads on their
    way to the new version. Nobody is sent an e-mail again that they had, unless it lies on a cycle
    of the new flow. Leads whose message is being sent move once it has settled."""

    async def work(name: str) -> JSONResponse:
        move, job = body.move if body is not None else None, None
        if move is None:
            campaign, report = await publish(services, campaign_id)
        else:
            campaign, report, job = await publish_and_move(
                services, campaign_id, name, move.chosen()
            )
        if job is not None:
            metrics.job(job.kind)
        saved = CampaignSaved.of(campaign, report.findings, is_published=True)
        view = CampaignPublished(
            **saved.model_dump(), move_job=JobView.of(job) if job is not None else None
        )
        return JSONResponse(view.model_dump(mode="json"), headers={"etag": etag(campaign)})

    return await once(services, request, idempotency_key, work)


@router.get(
    "/campaigns/{campaign_id}/move-impact",
    summary="See what moving leads to a new version would do",
    responses={422: {"description": "The draft has errors; each names its node and field."}},
)
async def read_move_impact(
    campaign_id: str,
    services: ServicesDep,
    of: Annotated[
        Literal["draft", "published"],
        Query(description="`draft`: publish it and move to it. `published`: the latest version."),
    ] = "draft",
) -> MoveImpactView:
    """How many leads are at each step of earlier versions, and how many of them stand on steps that
    the new version lacks."""
    return MoveImpactView.of(await move_impact(services, campaign_id, of_draft=of == "draft"))


@router.post(
    "/campaigns/{campaign_id}/move-leads",
    status_code=202,
    response_model=JobView,
    summary="Move the leads of earlier versions to the latest one",
    responses={409: {"description": "The campaign is neither running nor paused."}},
)
async def move_leads_to_latest(
    campaign_id: str,
    request: Request,
    services: ServicesDep,
    metrics: MetricsDep,
    body: LeadsMove | None = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """As when publishing, for leads that were kept in their version. A job that is still moving
    leads stops, and this one takes over."""
    wanted = body or LeadsMove.model_validate({})

    async def work(name: str) -> JSONResponse:
        job = await move_leads(services, campaign_id, name, wanted.chosen())
        metrics.job(job.kind)
        return JSONResponse(JobView.of(job).model_dump(mode="json"), status_code=202)

    return await once(services, request, idempotency_key, work)
