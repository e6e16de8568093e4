"""Import contacts into a campaign: whether it takes any, and the work of an import job.

Invariant: contacts of a campaign that runs are enrolled once their import is done.
This module must not know files.
"""

from dataclasses import replace

from functions.service.audience.import_contacts import Upload, add_page
from functions.service.campaigns.change_campaign import find_campaign, look_up_campaign
from functions.service.campaigns.records import ACTIVE, ENDED, CampaignStatus
from functions.service.errors import conflict
from functions.service.jobs.records import JobKind, JobState, StoredJob
from functions.service.jobs.start_job import start_job
from functions.service.services import WorkspaceServices


async def begin_upload(services: WorkspaceServices, campaign_id: str) -> Upload:
    """Raises CallerError for a campaign that takes no contacts (any more)."""
    await check_takes_contacts(services, campaign_id)
    return Upload(services, campaign_id)


async def check_takes_contacts(services: WorkspaceServices, campaign_id: str) -> None:
    """Raises CallerError."""
    campaign = await find_campaign(services, campaign_id)
    if campaign.status in ENDED:
        raise conflict("ended", f"The campaign is {campaign.status}: copy it to go on.")


async def import_page(services: WorkspaceServices, job: StoredJob) -> StoredJob:
    """One page of the job; the last call hands over to enrolment where the campaign runs."""
    if job.cursor < job.until:
        return await add_page(services, job)
    await services.store.uploads.drop(job.workspace_id, job.job_id)
    campaign = await look_up_campaign(services, job.campaign_id)
    # A campaign may have completed while its last import was on the way: it goes on then.
    if campaign is not None and campaign.status in (*ACTIVE, CampaignStatus.COMPLETED):
        await start_job(services, f"{job.job_id}.enrol", job.campaign_id, JobKind.ENROL)
    return replace(job, state=JobState.DONE)
