"""Complete campaigns, or let them wait for contacts. This is a part of the sweep.

Invariant: a campaign rests only if all its leads have ended and no job waits. This applies only to
the revision that was read before them: bringing a lead back, and enrolling contacts, change it.
This module must not know how leads end.
"""

from dataclasses import replace

from functions.flow.journal import status_key
from functions.flow.lead import ON_THEIR_WAY, LeadStatus
from functions.service.campaigns.change_campaign import change_campaign
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.campaigns.running import campaigns_anywhere, running_campaigns_anywhere
from functions.service.campaigns.transitions import status_once_through
from functions.service.errors import CallerError
from functions.service.jobs.records import JobState
from functions.service.services import Services

JOBS_LOOKED_AT = 500

_ACTIVE = (LeadStatus.PENDING, LeadStatus.RUNNING, LeadStatus.PAUSED)


async def complete_campaigns(services: Services) -> int:
    """Returns how many campaigns have a new status: those that are through, and those that waited
    for contacts until now."""
    return await _rest(services) + await _end_waiting(services)


async def _rest(services: Services) -> int:
    changed = 0
    async for running in running_campaigns_anywhere(services):
        counts = {
            it.campaign_id: it.values
            for it in await services.store.counts.find([it.campaign_id for it in running])
        }
        for campaign in running:
            values = counts.get(campaign.campaign_id, {})
            if not values or any(values.get(status_key(status), 0) for status in _ACTIVE):
                continue
            if await _is_through(services, campaign):
                changed += await _change(services, campaign)
    return changed


async def _end_waiting(services: Services) -> int:
    changed = 0
    async for waiting in campaigns_anywhere(services, CampaignStatus.WAITING):
        now = await services.store.now()
        for campaign in waiting:
            if status_once_through(campaign, now) is not CampaignStatus.WAITING:
                changed += await _change(services, campaign)
    return changed


async def _is_through(services: Services, campaign: Campaign) -> bool:
    """The counts suggest it, but they may lag, so read the leads and the jobs themselves."""
    campaign_id = campaign.campaign_id
    leads = services.store.leads
    if await leads.page(campaign_id, after_seq=0, limit=1, statuses=ON_THEIR_WAY):
        return False
    jobs = await services.store.jobs.page(campaign.workspace_id, campaign_id, JOBS_LOOKED_AT)
    return not any(job.state is JobState.WAITING for job in jobs)


async def _change(services: Services, seen: Campaign) -> bool:
    now = await services.store.now()
    try:
        await change_campaign(
            services.in_workspace(seen.workspace_id),
            seen.campaign_id,
            lambda it: replace(it, status=status_once_through(it, now)),
            if_revision=seen.revision,
        )
    except CallerError:
        return False
    return True
