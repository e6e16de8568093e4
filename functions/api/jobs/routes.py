"""Long work: how far it is, and what an import could not use."""

import csv
import io
from collections.abc import AsyncIterator, Sequence

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from functions.api.http.context import ServicesDep
from functions.api.jobs.schemas import JobsView, JobView
from functions.service.audience.import_contacts import rejected_upload_id
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.errors import missing
from functions.service.jobs.records import JobKind, StoredJob
from functions.service.services import Services

router = APIRouter(tags=["jobs"])

JOBS_LISTED_MAX = 100

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@router.get("/campaigns/{campaign_id}/jobs", summary="The jobs of a campaign, newest first")
async def list_jobs(campaign_id: str, services: ServicesDep) -> JobsView:
    await find_campaign(services, campaign_id)
    jobs = await services.store.jobs.page(campaign_id, JOBS_LISTED_MAX)
    return JobsView(jobs=[JobView.of(it) for it in jobs])


@router.get("/jobs/{job_id}", summary="How far is a job? An import with its report")
async def read_job(job_id: str, services: ServicesDep) -> JobView:
    return JobView.of(await _find(services, job_id))


@router.get(
    "/campaigns/{campaign_id}/jobs/{job_id}", summary="How far is this job of the campaign?"
)
async def read_campaign_job(campaign_id: str, job_id: str, services: ServicesDep) -> JobView:
    job = await _find(services, job_id)
    if job.campaign_id != campaign_id:
        raise missing("job", job_id)
    return JobView.of(job)


@router.get(
    "/jobs/{job_id}/rejected.csv",
    summary="The rows of an import that did not become contacts",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "line, code, words, row"}},
)
async def read_rejected(job_id: str, services: ServicesDep) -> StreamingResponse:
    job = await _find(services, job_id)
    if job.kind is not JobKind.IMPORT:
        raise missing("import", job_id)
    return StreamingResponse(
        _rejected_rows(services, job),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="rejected-{job_id}.csv"'},
    )


async def _find(services: Services, job_id: str) -> StoredJob:
    job = await services.store.jobs.find(job_id)
    if job is None:
        raise missing("job", job_id)
    return job


async def _rejected_rows(services: Services, job: StoredJob) -> AsyncIterator[str]:
    yield _line(("line", "code", "words", "row"))
    for number in range(job.cursor):
        page = await services.store.uploads.read(rejected_upload_id(job.job_id), number)
        for problem in page or ():
            assert isinstance(problem, dict)
            yield _line([str(problem[key]) for key in ("line", "code", "words", "raw")])


def _line(cells: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow([_neutral(cell) for cell in cells])
    return written.getvalue()


def _neutral(cell: str) -> str:
    """A spreadsheet takes such a cell for a formula; a quote before it makes it text."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell
