"""Work on stored jobs, a page at a time. The kind of a job defines what a page is.

Invariant: the work of a page is idempotent and the cursor is saved after it, so a worker may die
after any write and another continues. A worker that has lost a job notices at its next save.
This module must not know any kind of job: higher areas register them.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import cast

from functions.service.errors import CallerError
from functions.service.jobs.records import JobKind, JobState, RunJob, StoredJob
from functions.service.services import Services, WorkspaceServices

JOBS_AT_ONCE = 4
LEASE = timedelta(seconds=60)
STANDSTILL = timedelta(seconds=2)
FAILURES_MAX = 20

logger = logging.getLogger(__name__)

Work = Callable[[WorkspaceServices, StoredJob], Awaitable[StoredJob]]
"""Does one page of a job, and returns the job with its new cursor, report and state."""


async def work_on_jobs(services: Services, kinds: Mapping[JobKind, Work]) -> int:
    """Return how many pages were worked on. Stops when the time of `Policy.job_budget_seconds` is
    used up, and then notifies a worker of the unfinished jobs."""
    now = await services.store.now()
    end = now + timedelta(seconds=services.policy.job_budget_seconds)
    token = services.new_token()
    jobs = await services.store.jobs.take_anywhere(now, now + LEASE, token, JOBS_AT_ONCE)
    pages = 0
    unfinished: list[StoredJob] = []
    for job in jobs:
        current: StoredJob | None = job
        while current is not None and current.state is JobState.WAITING:
            now = await services.store.now()
            if now >= end:
                unfinished.append(current)
                break
            before = current
            current = await _work(services, kinds, current)
            pages += 1
            if current is not None and _stands_still(before, current):
                rest = await services.store.now() + STANDSTILL
                await services.store.jobs.save(replace(current, lease_until=rest))
                break
    for job in unfinished:
        await services.store.jobs.save(replace(job, lease_until=None))
    if unfinished:
        await services.dispatcher.dispatch([RunJob(job.job_id) for job in unfinished])
    return pages


def _stands_still(before: StoredJob, after: StoredJob) -> bool:
    """Whether the page made no progress: the job is waiting for something, so rest a while."""
    return after.state is JobState.WAITING and (before.cursor, before.until) == (
        after.cursor,
        after.until,
    )


async def _work(
    services: Services, kinds: Mapping[JobKind, Work], job: StoredJob
) -> StoredJob | None:
    """The job after one more page; None if the page failed or another worker has the job now."""
    try:
        after = await kinds[job.kind](services.in_workspace(job.workspace_id), job)
    except CallerError as refusal:
        # The campaign is being ended or deleted right now. The next attempt will see that.
        await _note_failure(services, job, refusal)
        return None
    except Exception as defect:
        logger.error(
            "stored job %s failed: %s",
            job.job_id,
            defect,
            exc_info=defect,
            extra={"job_id": job.job_id, "campaign_id": job.campaign_id},
        )
        await _note_failure(services, job, defect)
        raise
    now = await services.store.now()
    after = replace(after, updated_at=now, lease_until=now + LEASE)
    return after if await services.store.jobs.save(after) else None


async def _note_failure(services: Services, job: StoredJob, defect: Exception) -> None:
    """Count the failure, so that a job that can never succeed ends with an error message instead
    of being retried for ever."""
    failures = cast(int, job.report.get("failures", 0)) + 1
    now = await services.store.now()
    await services.store.jobs.save(
        replace(
            job,
            report={**job.report, "failures": failures, "error": str(defect)[:500]},
            state=JobState.FAILED if failures >= FAILURES_MAX else JobState.WAITING,
            updated_at=now,
            lease_until=now + timedelta(seconds=min(failures, 30)),
        )
    )
