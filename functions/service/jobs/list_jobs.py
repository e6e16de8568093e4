"""List the jobs of a campaign, and find one job by its id.

Invariant: reads only. This module must not know HTTP.
"""

from functions.service.errors import missing
from functions.service.jobs.records import StoredJob
from functions.service.services import WorkspaceServices

JOBS_LISTED_MAX = 100


async def list_jobs(services: WorkspaceServices, campaign_id: str) -> list[StoredJob]:
    """Newest first."""
    return await services.store.jobs.page(services.workspace_id, campaign_id, JOBS_LISTED_MAX)


async def find_job(
    services: WorkspaceServices, job_id: str, campaign_id: str | None = None
) -> StoredJob:
    """Raises CallerError 404. `campaign_id`: if given, the job must belong to that campaign."""
    job = await services.store.jobs.find(services.workspace_id, job_id)
    if job is None or campaign_id not in (None, job.campaign_id):
        raise missing("job", job_id)
    return job
