"""Start the campaigns whose time has come. This is a part of the sweep.

Invariant: the job that enrols is stored before the campaign is changed, so whoever dies in between,
the campaign starts. The compare-and-set decides between this and a person who makes it a draft
again; in the latter case the job starts nothing.
This module must not know how contacts are enrolled.
"""

from contextlib import suppress

from functions.service.campaigns.change_campaign import change_campaign
from functions.service.campaigns.job_ids import scheduled_job_id
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.campaigns.running import campaigns_anywhere
from functions.service.campaigns.transitions import is_due, started
from functions.service.errors import CallerError
from functions.service.jobs.records import JobKind
from functions.service.jobs.start_job import start_job
from functions.service.services import Services


async def start_scheduled(services: Services) -> int:
    """Return how many campaigns were due. A late call starts them late."""
    due = 0
    async for page in campaigns_anywhere(services, CampaignStatus.SCHEDULED):
        now = await services.store.now()
        for campaign in page:
            if is_due(campaign, now):
                due += 1
                await _start(services, campaign)
    return due


async def _start(services: Services, campaign: Campaign) -> None:
    within = services.in_workspace(campaign.workspace_id)
    job_id = scheduled_job_id(campaign)
    await start_job(within, job_id, campaign.campaign_id, JobKind.ENROL)
    now = await services.store.now()

    def change(it: Campaign) -> Campaign:
        is_same = it.status is CampaignStatus.SCHEDULED and scheduled_job_id(it) == job_id
        return started(it, now) if is_same else it

    # Others may be changing or deleting it right now. The job starts it, or finds it withdrawn.
    with suppress(CallerError):
        await change_campaign(within, campaign.campaign_id, change, seen=campaign)
