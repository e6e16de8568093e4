"""What becomes of a campaign: launch, pause, resume, cancel, archive, delete."""

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from functions.api.campaigns.schemas import CampaignView, CampaignWithJob
from functions.api.http.context import MetricsDep, ServicesDep
from functions.api.http.idempotency import IdempotencyKey, once
from functions.api.http.parameters import etag
from functions.api.jobs.schemas import JobView
from functions.service.campaigns import lifecycle
from functions.service.campaigns.launch import launch
from functions.service.campaigns.records import Campaign
from functions.service.jobs.records import StoredJob

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["lifecycle"])


@router.post(
    "/launch",
    status_code=202,
    response_model=CampaignWithJob,
    summary="Publish the draft and let the contacts in",
    responses={422: {"description": "The draft has errors; nothing was launched."}},
)
async def launch_campaign(
    campaign_id: str,
    request: Request,
    services: ServicesDep,
    metrics: MetricsDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Launching twice launches once: the answer is the first one's job."""

    async def work(_: str) -> JSONResponse:
        campaign, job = await launch(services, campaign_id)
        metrics.job(job.kind)
        view = _with_job(campaign, job)
        return JSONResponse(
            view.model_dump(mode="json"), status_code=202, headers={"etag": etag(campaign)}
        )

    return await once(services, request, idempotency_key, work)


@router.post("/pause", summary="Stop sending and stepping; time and readers go on")
async def pause_campaign(
    campaign_id: str, services: ServicesDep, response: Response
) -> CampaignView:
    """Once this has answered, only messages already on their way to the server leave."""
    return _view(await lifecycle.pause(services, campaign_id), response)


@router.post("/resume", summary="Go on where the pause began")
async def resume_campaign(
    campaign_id: str, services: ServicesDep, response: Response
) -> CampaignView:
    return _view(await lifecycle.resume(services, campaign_id), response)


@router.post("/cancel", status_code=202, summary="End the campaign and every lead of it")
async def cancel_campaign(
    campaign_id: str, services: ServicesDep, metrics: MetricsDep, response: Response
) -> CampaignWithJob:
    campaign, job = await lifecycle.cancel(services, campaign_id)
    metrics.job("cancel")
    response.headers["etag"] = etag(campaign)
    return _with_job(campaign, job)


@router.post("/archive", summary="Put a finished campaign away")
async def archive_campaign(
    campaign_id: str, services: ServicesDep, response: Response
) -> CampaignView:
    return _view(await lifecycle.archive(services, campaign_id), response)


@router.delete("", status_code=202, summary="Delete a campaign with its contacts and leads")
async def delete_campaign(campaign_id: str, services: ServicesDep, metrics: MetricsDep) -> JobView:
    """It is gone from every list at once; its rows are taken away by the job."""
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
