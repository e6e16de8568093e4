"""Start a stored job.

Invariant: starting is idempotent by the job's id; a worker is notified, and the sweep finds the job
where no broker hears of it.
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
    """Store a job and ring for a worker; the sweep finds it too. Idempotent by id."""
    now = await services.store.now()
    # Jobs of a campaign run oldest first: one asked for later must not seem as old, or a launch
    # might overtake the import that came in the same millisecond.
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
        # Only a bell: the job is stored, and the sweep finds it when the broker is away.
        await services.dispatcher.dispatch([RunJob(job_id)])
    return job
