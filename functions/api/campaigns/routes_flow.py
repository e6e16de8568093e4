"""The flow of a campaign: replace the draft, validate it, publish it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from functions.api.campaigns.schemas import CampaignSaved
from functions.api.campaigns.schemas_flow import FindingsView, FlowDocument, FlowVersionView
from functions.api.http.context import ServicesDep
from functions.api.http.parameters import COUNT_MAX, SeenRevision, etag
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.check_before_launch import check_before_launch, check_emails
from functions.service.campaigns.edit import replace_draft
from functions.service.campaigns.publish import find_version, is_published, publish

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
    campaign_id: str, services: ServicesDep, response: Response
) -> CampaignSaved:
    """Publishing an unchanged draft again does nothing."""
    campaign, report = await publish(services, campaign_id)
    response.headers["etag"] = etag(campaign)
    return CampaignSaved.of(campaign, report.findings, is_published=True)
