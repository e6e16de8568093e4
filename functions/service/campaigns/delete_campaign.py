"""Delete a campaign and everything that belongs to it, a page at a time. This is the work of a
delete job.

Invariant: leads are deleted first, then contacts, then the campaign, so that an interrupted
deletion continues where it stopped. What is written for a campaign while it is being deleted is
removed again.
This module must not know who deletes.
"""

from dataclasses import replace

from functions.service.audience.import_contacts import rejected_upload_id
from functions.service.campaigns.change_campaign import change_campaign, look_up_campaign
from functions.service.campaigns.job_ids import is_of
from functions.service.campaigns.records import CampaignStatus
from functions.service.jobs.records import JobState, StoredJob
from functions.service.services import WorkspaceServices

PAGE_LEADS = 500


async def delete_page(services: WorkspaceServices, job: StoredJob) -> StoredJob:
    """Delete the next page: leads first, then contacts, then the campaign itself."""
    store = services.store
    campaign = await look_up_campaign(services, job.campaign_id)
    if campaign is not None and not is_of(job, campaign):
        # The campaign of this job is gone, and a later one has the same id.
        return replace(job, state=JobState.DONE)
    if campaign is not None and campaign.status is not CampaignStatus.DELETING:
        await change_campaign(
            services,
            job.campaign_id,
            lambda it: replace(it, status=CampaignStatus.DELETING),
            seen=campaign,
        )
    deleted = await store.leads.delete_page(job.campaign_id, PAGE_LEADS)
    if not deleted:
        deleted = await store.contacts.delete_page(job.workspace_id, job.campaign_id, PAGE_LEADS)
    if deleted:
        return replace(job, cursor=job.cursor + deleted)
    for other in await store.jobs.page(job.workspace_id, job.campaign_id, 1000):
        await store.uploads.drop(other.workspace_id, other.job_id)
        await store.uploads.drop(other.workspace_id, rejected_upload_id(other.job_id))
    await store.campaigns.delete(job.campaign_id)
    return replace(job, state=JobState.DONE)


async def take_back(services: WorkspaceServices, campaign_id: str) -> None:
    """Remove leads and contacts of a campaign that is being deleted or is already gone. Those that
    a caller has just written may have come too late for the deletion and would stay for ever. A
    deletion that begins later finds them itself."""
    campaign = await look_up_campaign(services, campaign_id)
    if campaign is not None and campaign.status is not CampaignStatus.DELETING:
        return
    while await services.store.leads.delete_page(campaign_id, PAGE_LEADS):
        pass
    while await services.store.contacts.delete_page(services.workspace_id, campaign_id, PAGE_LEADS):
        pass
