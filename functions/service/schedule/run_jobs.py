"""Run stored jobs, and define which function does the work of which kind of job.

Invariant: every kind of job has its function here. If a campaign is deleted while a page is
written for it, that page is removed again, and a job of a deleted campaign leaves a later one with
the same id alone. This module must not know who started a job.
"""

from collections.abc import Mapping
from dataclasses import replace

from functions.service.campaigns.change_campaign import look_up_campaign
from functions.service.campaigns.delete_campaign import delete_page, take_back
from functions.service.campaigns.enrol_contacts import enrol_page
from functions.service.campaigns.import_into_campaign import import_page
from functions.service.campaigns.job_ids import is_of
from functions.service.campaigns.restoration import is_held
from functions.service.jobs.records import JobKind, JobState, StoredJob
from functions.service.jobs.work_on_jobs import Work, work_on_jobs
from functions.service.leads.cancel_leads import cancel_page
from functions.service.leads.move_to_version import move_page
from functions.service.leads.retry_failed_leads import retry_page
from functions.service.services import Services, WorkspaceServices


async def run_jobs(services: Services) -> int:
    """Return how many pages were worked on; none while the store is held."""
    if await is_held(services):
        return 0
    return await work_on_jobs(services, KINDS)


def _unless_deleted(work: Work) -> Work:
    async def page(services: WorkspaceServices, job: StoredJob) -> StoredJob:
        campaign = await look_up_campaign(services, job.campaign_id)
        if campaign is not None and not is_of(job, campaign):
            return replace(job, state=JobState.DONE, report={**job.report, "stopped": "deleted"})
        after = await work(services, job)
        await take_back(services, job.campaign_id)
        return after

    return page


KINDS: Mapping[JobKind, Work] = {
    JobKind.IMPORT: _unless_deleted(import_page),
    JobKind.ENROL: _unless_deleted(enrol_page),
    JobKind.CANCEL: _unless_deleted(cancel_page),
    JobKind.DELETE: delete_page,
    JobKind.RETRY: _unless_deleted(retry_page),
    JobKind.MOVE: _unless_deleted(move_page),
}
