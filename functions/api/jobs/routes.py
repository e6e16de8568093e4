"""Stored jobs: their progress, and the rows that an import rejected."""

from collections.abc import AsyncIterator, Mapping

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from functions.api.http.context import ServicesDep
from functions.api.http.csv_lines import csv_line
from functions.api.jobs.schemas import JobsView, JobView
from functions.service.audience.rejected_rows import find_import, rejected_rows
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.jobs.list_jobs import find_job
from functions.service.jobs.list_jobs import list_jobs as find_jobs

router = APIRouter(tags=["jobs"])


@router.get("/campaigns/{campaign_id}/jobs", summary="List the jobs of a campaign, newest first")
async def list_jobs(campaign_id: str, services: ServicesDep) -> JobsView:
    await find_campaign(services, campaign_id)
    return JobsView(jobs=[JobView.of(it) for it in await find_jobs(services, campaign_id)])


@router.get("/jobs/{job_id}", summary="Read a job: its progress and its report")
async def read_job(job_id: str, services: ServicesDep) -> JobView:
    return JobView.of(await find_job(services, job_id))


@router.get("/campaigns/{campaign_id}/jobs/{job_id}", summary="Read a job of this campaign")
async def read_campaign_job(campaign_id: str, job_id: str, services: ServicesDep) -> JobView:
    return JobView.of(await find_job(services, job_id, campaign_id))


@router.get(
    "/jobs/{job_id}/rejected.csv",
    summary="Download the rows of an import that did not become contacts",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "line, code, words, row"}},
)
async def read_rejected(job_id: str, services: ServicesDep) -> StreamingResponse:
    job = await find_import(services, job_id)
    return StreamingResponse(
        _csv(rejected_rows(services, job)),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="rejected-{job_id}.csv"'},
    )


async def _csv(rows: AsyncIterator[Mapping[str, object]]) -> AsyncIterator[str]:
    yield csv_line(("line", "code", "words", "row"))
    async for row in rows:
        yield csv_line([str(row[key]) for key in ("line", "code", "words", "raw")])
