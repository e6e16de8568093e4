"""Import contacts into a campaign: check that it accepts them, and do the work of an import job.

Invariant: once an import into a campaign that was launched is done, its contacts are enrolled; one
that waits for contacts or has completed runs again.
This module must not know files.
"""

from dataclasses import replace

from functions.service.audience.import_contacts import Upload, add_page
from functions.service.audience.import_policy import ImportPolicy
from functions.service.campaigns import check_open
from functions.service.campaigns.change_campaign import find_campaign, look_up_campaign
from functions.service.campaigns.job_ids import job_id_of
from functions.service.campaigns.records import ACTIVE, Campaign, CampaignStatus
from functions.service.campaigns.restoration import ENROL_OF_IMPORT
from functions.service.jobs.records import JobKind, JobState, StoredJob
from functions.service.jobs.start_job import start_job
from functions.service.services import WorkspaceServices

ENROLS = ACTIVE | {CampaignStatus.COMPLETED}
"""Campaigns whose new contacts enter at once."""


async def begin_upload(
    services: WorkspaceServices, campaign_id: str, policy: ImportPolicy | None = None
) -> Upload:
    """Raises CallerError if the campaign accepts no contacts."""
    campaign = await check_takes_contacts(services, campaign_id)
    job_id = job_id_of(campaign, f"import.{services.new_token()[:20]}")
    return Upload(services, campaign_id, policy, job_id)


async def check_takes_contacts(services: WorkspaceServices, campaign_id: str) -> Campaign:
    """Raises CallerError if the campaign is cancelled or archived, or does not exist."""
    campaign = await find_campaign(services, campaign_id)
    check_open.check_takes_contacts(campaign)
    return campaign


async def import_page(services: WorkspaceServices, job: StoredJob) -> StoredJob:
    """Do one page of the job. The last call starts the enrolment if the campaign is active."""
    if job.cursor < job.until:
        return await add_page(services, job)
    await services.store.uploads.drop(job.workspace_id, job.job_id)
    campaign = await look_up_campaign(services, job.campaign_id)
    if campaign is not None and campaign.status in ENROLS:
        await start_job(services, f"{job.job_id}{ENROL_OF_IMPORT}", job.campaign_id, JobKind.ENROL)
    return replace(job, state=JobState.DONE)
