"""Create, list, read and change campaigns."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import JSONResponse

from functions.api.campaigns.schemas import (
    CampaignChange,
    CampaignCreate,
    CampaignCreated,
    CampaignListed,
    CampaignPage,
    CampaignRead,
    CampaignSaved,
    CampaignView,
    Duplication,
)
from functions.api.http.context import LimitsDep, MetricsDep, ServicesDep
from functions.api.http.cursor import read_cursor, write_cursor
from functions.api.http.idempotency import IdempotencyKey, once
from functions.api.http.parameters import PAGE_DEFAULT, PageLimit, SeenRevision, etag
from functions.api.http.paths import API_PREFIX
from functions.api.http.request_limits import RequestLimits
from functions.api.jobs.schemas import JobView
from functions.api.reports.schemas import CountsView
from functions.api.reports.schemas_results import RateView
from functions.service.audience.contact_json import parse_contacts_json
from functions.service.audience.contact_row import RejectedRow, Row
from functions.service.audience.contact_rows import RowReader, read_rows
from functions.service.audience.import_policy import FileReading, ImportPolicy
from functions.service.campaigns.change_campaign import change_campaign, find_campaign
from functions.service.campaigns.check_before_launch import check_emails
from functions.service.campaigns.edit import check_flow, duplicate_campaign
from functions.service.campaigns.publish import is_published
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.campaigns.set_up_campaign import NewCampaign, SetUp, set_up_campaign
from functions.service.errors import CallerError
from functions.service.reports.campaign_results import share_of
from functions.service.reports.list_campaigns import CountedCampaign
from functions.service.reports.list_campaigns import list_campaigns as find_campaigns
from functions.service.reports.read_counts import read_counts

router = APIRouter(prefix="/campaigns", tags=["campaigns"])


@router.post(
    "",
    status_code=201,
    response_model=CampaignCreated,
    summary="Create a campaign, optionally with contacts, and launch it",
    responses={
        409: {"description": "The id is taken, or the same request is still in progress."},
        413: {"description": "The request is too large."},
        422: {"description": "The request is invalid; nothing was created."},
    },
)
async def create_campaign(
    request: Request,
    body: CampaignCreate,
    services: ServicesDep,
    limits: LimitsDep,
    metrics: MetricsDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Everything is checked before anything is stored. Jobs import the contacts and enrol them;
    the answer contains these jobs."""

    async def work(name: str) -> JSONResponse:
        wanted = _wanted(body, limits, name, may_exist=idempotency_key is not None)
        made = await set_up_campaign(services, wanted)
        for job in (made.import_job, made.launch_job):
            if job is not None:
                metrics.job(job.kind)
        return _created(made)

    return await once(services, request, idempotency_key, work)


def _wanted(
    body: CampaignCreate, limits: RequestLimits, name: str, *, may_exist: bool
) -> NewCampaign:
    is_named = body.campaign_id is not None
    rows, reading = _rows(body, limits)
    return NewCampaign(
        campaign_id=body.campaign_id or f"c-{name[:12]}",
        name=body.name,
        flow=body.flow(),
        rows=rows,
        reading=reading,
        launch=body.launch,
        may_exist=may_exist and not is_named,
        strict=body.strict,
        from_email=body.from_email,
        from_name=body.from_name,
        reply_to=body.reply_to,
        lateness_max_seconds=body.lateness_max_seconds,
    )


def _rows(
    body: CampaignCreate, limits: RequestLimits
) -> tuple[Sequence[Row | RejectedRow] | None, FileReading | None]:
    """Raises CallerError, ContactFileError."""
    if body.contacts is not None and body.contact_file is not None:
        raise CallerError(
            422, "contacts_twice", "Send contacts or contact_file, not both.", "contact_file"
        )
    if body.contact_file is not None:
        reader = RowReader(ImportPolicy(encoding="utf-8"))
        rows = list(read_rows([body.contact_file.content.encode()], reader))
        return rows, reader.reading()
    if body.contacts is None:
        return None, None
    if len(body.contacts) > limits.contacts_max:
        raise CallerError(
            422,
            "too_many_contacts",
            f"This request accepts at most {limits.contacts_max} contacts, not "
            f"{len(body.contacts)}: create the campaign without them, then import them with POST "
            f"{API_PREFIX}/campaigns/{{campaign_id}}/contacts.",
            "contacts",
        )
    return list(parse_contacts_json(body.contacts)), None


def _created(made: SetUp) -> JSONResponse:
    campaign = made.campaign
    view = CampaignCreated(
        **CampaignSaved.of(
            campaign,
            made.report.findings if made.report else (),
            is_published=made.launch_job is not None,
        ).model_dump(),
        import_job=JobView.of(made.import_job) if made.import_job else None,
        launch_job=JobView.of(made.launch_job) if made.launch_job else None,
    )
    return _at_its_address(view, campaign)


def _at_its_address(view: CampaignSaved, campaign: Campaign) -> JSONResponse:
    return JSONResponse(
        view.model_dump(mode="json"),
        status_code=201,
        headers={
            "location": f"{API_PREFIX}/campaigns/{campaign.campaign_id}",
            "etag": etag(campaign),
        },
    )


@router.post(
    "/{campaign_id}/duplicate",
    status_code=201,
    response_model=CampaignSaved,
    summary="Duplicate a campaign: its flow and settings, without contacts",
    responses={409: {"description": "The same request is still in progress."}},
)
async def duplicate(
    campaign_id: str,
    request: Request,
    services: ServicesDep,
    body: Duplication | None = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """The draft is copied, whether it is published or not. The original may have any status."""

    async def work(name: str) -> JSONResponse:
        new_id = f"c-{name[:12]}"
        try:
            copy = await duplicate_campaign(
                services, campaign_id, name=body.name if body else None, new_id=new_id
            )
        except CallerError as error:
            # With a key, the campaign with this id comes from an earlier try of this request.
            if error.code != "id_taken" or idempotency_key is None:
                raise
            copy = await find_campaign(services, new_id)
        report = await check_emails(services, copy.draft)
        view = CampaignSaved.of(copy, report.findings)
        return _at_its_address(view, copy)

    return await once(services, request, idempotency_key, work)


@router.get("", summary="List campaigns, newest first")
async def list_campaigns(
    services: ServicesDep,
    limit: PageLimit = PAGE_DEFAULT,
    cursor: Annotated[
        str | None, Query(max_length=300, description="`next_cursor` of the page before.")
    ] = None,
    status: CampaignStatus | None = None,
) -> CampaignPage:
    after = read_cursor(cursor)
    found = await find_campaigns(services, after=after, limit=limit + 1, status=status)
    page, more = found[:limit], len(found) > limit
    last = page[-1].campaign if more else None
    return CampaignPage(
        campaigns=[_listed(it) for it in page],
        next_cursor=write_cursor(last.created_at, last.campaign_id) if last else None,
    )


def _listed(counted: CountedCampaign) -> CampaignListed:
    return CampaignListed.model_validate(
        {
            **CampaignView.fields_of(counted.campaign),
            "leads": CountsView.of(counted.counts).leads,
            "sends_by_day": counted.sends_by_day,
            "opened": RateView.of_share(share_of(counted.messages, "opened")),
            "clicked": RateView.of_share(share_of(counted.messages, "clicked")),
        }
    )


@router.get("/{campaign_id}", summary="Read a campaign with its draft and its live counts")
async def read_campaign(
    campaign_id: str, services: ServicesDep, response: Response
) -> CampaignRead:
    campaign = await find_campaign(services, campaign_id)
    counts = await read_counts(services, campaign_id)
    response.headers["etag"] = etag(campaign)
    return CampaignRead.model_validate(
        {
            **CampaignView.fields_of(campaign),
            "draft": campaign.draft,
            "is_published": campaign.version > 0
            # What was published has been checked.
            and await is_published(services, campaign, check_flow(campaign.draft, check=None)),
            "counts": CountsView.of(counts),
        }
    )


@router.patch(
    "/{campaign_id}",
    summary="Change the settings of a campaign",
    responses={409: {"description": "Others are changing the campaign at the moment."}},
)
async def change_settings(
    campaign_id: str,
    body: CampaignChange,
    services: ServicesDep,
    seen_revision: SeenRevision,
    response: Response,
) -> CampaignView:
    wanted = body.model_dump(include=body.model_fields_set)
    if "name" in wanted and wanted["name"] is None:
        raise CallerError(422, "no_name", "A campaign needs a name.", "name")

    def change(campaign: Campaign) -> Campaign:
        changed = replace(campaign, **wanted)
        return campaign if changed == campaign else changed

    campaign = await change_campaign(services, campaign_id, change, if_revision=seen_revision)
    response.headers["etag"] = etag(campaign)
    return CampaignView.model_validate(CampaignView.fields_of(campaign))
