"""Start a stored job.

Invariant: starting is idempotent by the job's id. A worker is notified through the broker; if the
broker is unavailable, the sweep finds the job.
This module must not know what the job does.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

from functions.service.jobs.records import JobKind, RunJob, StoredJob
from functions.service.services import WorkspaceServices


async def start_job(
    services: WorkspaceServices,
    job_id: str,
    campaign_id: str,
    kind: JobKind,
    *,
    until: int = 0,
    report: Mapping[str, object] | None = None,
) -> StoredJob:
    """Store a job and notify a worker. Idempotent by id: returns the job that is stored."""
    now = await services.store.now()
    # Jobs of a campaign run oldest first, so each must be newer than the one before. Otherwise a
    # launch could overtake an import that was started in the same millisecond.
    latest = await services.store.jobs.page(services.workspace_id, campaign_id, 1)
    if latest:
        now = max(now, latest[0].created_at + timedelta(milliseconds=1))
    job = StoredJob(
        workspace_id=services.workspace_id,
        job_id=job_id,
        campaign_id=campaign_id,
        kind=kind,
        created_at=now,
        updated_at=now,
        until=until,
        report=report or {},
    )
    if not await services.store.jobs.insert(job):
        job = await services.store.jobs.find(services.workspace_id, job_id) or job
    with suppress(Exception):
        # This only notifies: the job is stored, and the sweep finds it if the broker is away.
        await services.dispatcher.dispatch([RunJob(job_id)])
    return job
