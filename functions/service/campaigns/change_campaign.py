"""Find a campaign, and change it by compare-and-set.

Invariant: two people never overwrite each other's changes unnoticed. A change without an effect
writes nothing.
This module must not know why a campaign changes.
"""

from collections.abc import Callable
from dataclasses import replace

from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.errors import CallerError, conflict, missing
from functions.service.services import Services, WorkspaceServices

ATTEMPTS_MAX = 8


async def find_campaign(services: WorkspaceServices, campaign_id: str) -> Campaign:
    """Raises CallerError 404, including for a campaign that is being deleted."""
    found = await services.store.campaigns.find(services.workspace_id, [campaign_id])
    if not found or found[0].status is CampaignStatus.DELETING:
        raise missing("campaign", campaign_id)
    return found[0]


async def look_up_campaign(services: Services, campaign_id: str) -> Campaign | None:
    """Find a campaign of any workspace, even one that is being deleted. For workers."""
    found = await services.store.campaigns.find_anywhere([campaign_id])
    return found[0] if found else None


async def change_campaign(
    services: WorkspaceServices,
    campaign_id: str,
    change: Callable[[Campaign], Campaign],
    *,
    if_revision: int | None = None,
    seen: Campaign | None = None,
) -> Campaign:
    """Compare-and-set with reload. Raises CallerError.

    `change`: must return the campaign object that it was given if there is nothing to do; it may
    raise CallerError. `if_revision`: the revision that the caller saw; None accepts any. `seen`:
    the campaign that the caller saw; a later one with the same id is left alone.
    """
    for _ in range(ATTEMPTS_MAX):
        campaign = await find_campaign(services, campaign_id)
        if seen is not None and campaign.created_at != seen.created_at:
            raise missing("campaign", campaign_id)
        seen = campaign
        if if_revision is not None and campaign.revision != if_revision:
            raise CallerError(
                412,
                "changed_meanwhile",
                "The campaign has changed since you loaded it: reload it, then repeat your change.",
            )
        wanted = change(campaign)
        if wanted is campaign:
            return campaign
        now = await services.store.now()
        wanted = replace(wanted, revision=campaign.revision + 1, updated_at=now)
        if await services.store.campaigns.replace(wanted):
            return wanted
    raise conflict("busy", "Others are changing the campaign at the moment: try again.")
