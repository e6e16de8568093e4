"""Work on stored jobs, a page at a time; what a page is, the kinds say.

Invariant: a page's work is idempotent and its cursor is saved after it, so any worker may die
after any write and another goes on; a job lost to another worker is noticed at the next save.
This module must not know any kind of job: they are registered from above.
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
"""Does one page of a job and returns the job with its cursor, report and state after it."""


async def work_on_jobs(services: Services, kinds: Mapping[JobKind, Work]) -> int:
    """Returns how many pages were worked on. Ends when the policy's budget of time is used up; a
    worker is notified again of jobs that are left unfinished."""
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
    """It waits for something that takes its time; no use in asking again at once."""
    return after.state is JobState.WAITING and (before.cursor, before.until) == (
        after.cursor,
        after.until,
    )


async def _work(
    services: Services, kinds: Mapping[JobKind, Work], job: StoredJob
) -> StoredJob | None:
    """The job after one more page, or None if it is somebody else's now."""
    try:
        after = await kinds[job.kind](services.in_workspace(job.workspace_id), job)
    except CallerError as refusal:
        # Somebody ends or deletes the campaign right now: the next look finds that.
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
    """So that a job that can never succeed ends, with words, instead of going round for ever."""
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
