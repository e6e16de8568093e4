"""The lifecycle of a campaign: launch, unschedule, pause, resume, end, cancel, archive, delete."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from functions.api.campaigns.schemas import CampaignView, CampaignWithJob, Launch
from functions.api.http.context import MetricsDep, ServicesDep
from functions.api.http.idempotency import IdempotencyKey, once
from functions.api.http.parameters import etag
from functions.api.jobs.schemas import JobView
from functions.service.campaigns import lifecycle
from functions.service.campaigns.launch import launch
from functions.service.campaigns.records import Campaign
from functions.service.jobs.records import StoredJob

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["lifecycle"])

_REFUSED: dict[int | str, dict[str, Any]] = {
    409: {"description": "Not possible in the campaign's status, or others are changing it."}
}


@router.post(
    "/launch",
    status_code=202,
    response_model=CampaignWithJob,
    summary="Launch, now or at a time: publish the draft and enrol the contacts",
    responses={
        409: {
            "description": "There are warnings that `accepts` does not name, or nobody to send to."
        },
        422: {"description": "The draft has errors, or a time is wrong; nothing was launched."},
    },
)
async def launch_campaign(
    campaign_id: str,
    request: Request,
    services: ServicesDep,
    metrics: MetricsDep,
    body: Launch | None = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """A second launch has no effect and returns the job of the first one. With `at`, the campaign
    is `scheduled` and there is no job yet. Its flow can't be changed until it starts; contacts that
    are imported until then are included. If nothing runs at that time, it starts late."""

    async def work(_: str) -> JSONResponse:
        wanted = body or Launch()
        campaign, job = await launch(
            services, campaign_id, accepts=wanted.accepts, timing=wanted.timing()
        )
        if job is not None:
            metrics.job(job.kind)
        view = _with_job(campaign, job)
        return JSONResponse(
            view.model_dump(mode="json"), status_code=202, headers={"etag": etag(campaign)}
        )

    return await once(services, request, idempotency_key, work)


@router.post("/unschedule", summary="Make a scheduled campaign a draft again", responses=_REFUSED)
async def unschedule_campaign(
    campaign_id: str, services: ServicesDep, response: Response
) -> CampaignView:
    return _view(await lifecycle.unschedule(services, campaign_id), response)


@router.post("/pause", summary="Pause: stop sending and stepping leads", responses=_REFUSED)
async def pause_campaign(
    campaign_id: str, services: ServicesDep, response: Response
) -> CampaignView:
    """Once this has answered, only messages already being sent still leave. Waits go on, and
    tracking events are recorded."""
    return _view(await lifecycle.pause(services, campaign_id), response)


@router.post("/resume", summary="Resume a paused campaign", responses=_REFUSED)
async def resume_campaign(
    campaign_id: str, services: ServicesDep, response: Response
) -> CampaignView:
    return _view(await lifecycle.resume(services, campaign_id), response)


@router.post(
    "/end",
    summary="End: complete the campaign as soon as all leads have ended",
    responses=_REFUSED,
)
async def end_campaign(campaign_id: str, services: ServicesDep, response: Response) -> CampaignView:
    """Whatever was chosen at its launch. Leads go on to their end; cancel the campaign to stop
    them."""
    return _view(await lifecycle.end(services, campaign_id), response)


@router.post(
    "/cancel",
    status_code=202,
    summary="Cancel: end the campaign and all its leads",
    responses=_REFUSED,
)
async def cancel_campaign(
    campaign_id: str, services: ServicesDep, metrics: MetricsDep, response: Response
) -> CampaignWithJob:
    campaign, job = await lifecycle.cancel(services, campaign_id)
    metrics.job("cancel")
    response.headers["etag"] = etag(campaign)
    return _with_job(campaign, job)


@router.post("/archive", summary="Archive a campaign that is not active", responses=_REFUSED)
async def archive_campaign(
    campaign_id: str, services: ServicesDep, response: Response
) -> CampaignView:
    return _view(await lifecycle.archive(services, campaign_id), response)


@router.delete(
    "",
    status_code=202,
    summary="Delete a campaign with its contacts and leads",
    responses=_REFUSED,
)
async def delete_campaign(campaign_id: str, services: ServicesDep, metrics: MetricsDep) -> JobView:
    """The campaign disappears from all lists at once. The job deletes its data."""
    job = await lifecycle.delete(services, campaign_id)
    metrics.job(job.kind)
    return JobView.of(job)


def _view(campaign: Campaign, response: Response) -> CampaignView:
    response.headers["etag"] = etag(campaign)
    return CampaignView.model_validate(CampaignView.fields_of(campaign))


def _with_job(campaign: Campaign, job: StoredJob | None) -> CampaignWithJob:
    return CampaignWithJob(
        campaign=CampaignView.model_validate(CampaignView.fields_of(campaign)),
        job=JobView.of(job) if job else None,
    )
