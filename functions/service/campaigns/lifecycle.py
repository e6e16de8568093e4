"""Pause, resume, end, cancel, archive and delete campaigns, and take back a schedule.

Invariant: each of these is one compare-and-set on the campaign, with a stored job if there is work
to do. A repeated request changes nothing.
This module must not know HTTP.
"""

from contextlib import suppress
from dataclasses import replace

from functions.service.campaigns.change_campaign import (
    change_campaign,
    find_campaign,
    look_up_campaign,
)
from functions.service.campaigns.job_ids import job_id_of
from functions.service.campaigns.records import (
    ACTIVE,
    ENDED,
    Campaign,
    CampaignStatus,
    Ending,
)
from functions.service.campaigns.restoration import check_not_held
from functions.service.errors import CallerError, conflict
from functions.service.jobs.records import JobKind, StoredJob
from functions.service.jobs.start_job import start_job
from functions.service.services import Services, WorkspaceServices


async def pause(services: WorkspaceServices, campaign_id: str) -> Campaign:
    """Once this has returned, only messages already marked `sending` are still sent."""

    def change(campaign: Campaign) -> Campaign:
        if campaign.status is CampaignStatus.PAUSED:
            return campaign
        if campaign.status not in (CampaignStatus.RUNNING, CampaignStatus.WAITING):
            raise conflict(
                "not_running", f"Only a running campaign can be paused; it is {campaign.status}."
            )
        return replace(campaign, status=CampaignStatus.PAUSED)

    return await change_campaign(services, campaign_id, change)


async def hold(services: Services, campaign_id: str, reason: str) -> bool:
    """Pause a campaign because of what happened to its mail, unless it is not running any more.
    `reason`: for people. Returns whether it is paused for this reason."""

    def change(campaign: Campaign) -> Campaign:
        if campaign.status is not CampaignStatus.RUNNING:
            return campaign
        return replace(campaign, status=CampaignStatus.PAUSED, pause_reason=reason)

    campaign = await look_up_campaign(services, campaign_id)
    if campaign is not None and campaign.status is CampaignStatus.RUNNING:
        # It may be deleted at this moment, or others may be changing it: the next batch repeats it.
        with suppress(CallerError):
            within = services.in_workspace(campaign.workspace_id)
            campaign = await change_campaign(within, campaign_id, change)
    return campaign is not None and campaign.pause_reason == reason


async def resume(services: WorkspaceServices, campaign_id: str) -> Campaign:
    await check_not_held(services)

    def change(campaign: Campaign) -> Campaign:
        if campaign.status is CampaignStatus.RUNNING:
            return campaign
        if campaign.status is not CampaignStatus.PAUSED:
            raise conflict(
                "not_paused", f"Only a paused campaign can be resumed; it is {campaign.status}."
            )
        return replace(campaign, status=CampaignStatus.RUNNING, pause_reason=None)

    return await change_campaign(services, campaign_id, change)


async def unschedule(services: WorkspaceServices, campaign_id: str) -> Campaign:
    """Make a scheduled campaign a draft again."""

    def change(campaign: Campaign) -> Campaign:
        if campaign.status is CampaignStatus.DRAFT:
            return campaign
        if campaign.status is not CampaignStatus.SCHEDULED:
            raise conflict(
                "not_scheduled",
                f"Only a scheduled campaign can become a draft again; it is {campaign.status}.",
            )
        return replace(campaign, status=CampaignStatus.DRAFT, launch_at=None)

    return await change_campaign(services, campaign_id, change)


async def end(services: WorkspaceServices, campaign_id: str) -> Campaign:
    """Let the campaign complete as soon as all its leads have ended, whatever was chosen at its
    launch. Its leads go on."""

    def change(campaign: Campaign) -> Campaign:
        if campaign.status is not CampaignStatus.COMPLETED and campaign.status not in ACTIVE:
            raise conflict(
                "not_active", f"Only a campaign that was launched can end; it is {campaign.status}."
            )
        ending = replace(campaign, ends=Ending.WHEN_THROUGH, ends_at=None)
        if campaign.status is CampaignStatus.WAITING:
            return replace(ending, status=CampaignStatus.COMPLETED)
        return campaign if ending == campaign else ending

    return await change_campaign(services, campaign_id, change)


async def cancel(
    services: WorkspaceServices, campaign_id: str
) -> tuple[Campaign, StoredJob | None]:
    """End the campaign, and start a job that ends its leads."""
    campaign = await find_campaign(services, campaign_id)
    if campaign.status in (CampaignStatus.COMPLETED, CampaignStatus.ARCHIVED):
        raise conflict("ended", f"The campaign is {campaign.status}: there is nothing to cancel.")
    # Store the job first: if we die after that, the job cancels the campaign.
    job_id = job_id_of(campaign, "cancel")
    job = await start_job(services, job_id, campaign_id, JobKind.CANCEL)
    return await mark_cancelled(services, campaign), job


async def mark_cancelled(services: WorkspaceServices, seen: Campaign) -> Campaign:
    def change(campaign: Campaign) -> Campaign:
        if campaign.status in ENDED:
            return campaign
        return replace(campaign, status=CampaignStatus.CANCELLED)

    return await change_campaign(services, seen.campaign_id, change, seen=seen)


async def archive(services: WorkspaceServices, campaign_id: str) -> Campaign:
    def change(campaign: Campaign) -> Campaign:
        if campaign.status is CampaignStatus.ARCHIVED:
            return campaign
        _check_not_scheduled(campaign)
        if campaign.status in ACTIVE:
            raise conflict("active", "The campaign is active: cancel it or let it end first.")
        return replace(campaign, status=CampaignStatus.ARCHIVED)

    return await change_campaign(services, campaign_id, change)


async def delete(services: WorkspaceServices, campaign_id: str) -> StoredJob:
    """Hide the campaign at once, and start a job that deletes it in pages. Raises CallerError 409
    while it is active."""

    def change(campaign: Campaign) -> Campaign:
        _check_not_scheduled(campaign)
        if campaign.status in ACTIVE:
            raise conflict("active", "The campaign is active: cancel it first, then delete it.")
        return replace(campaign, status=CampaignStatus.DELETING)

    campaign = await find_campaign(services, campaign_id)
    change(campaign)
    # Store the job first: if we die after that, the job hides the campaign.
    job = await start_job(services, job_id_of(campaign, "delete"), campaign_id, JobKind.DELETE)
    await change_campaign(services, campaign_id, change, seen=campaign)
    return job


def _check_not_scheduled(campaign: Campaign) -> None:
    if campaign.status is CampaignStatus.SCHEDULED:
        raise conflict("scheduled", "The campaign is scheduled: make it a draft again first.")
