"""Find a campaign, and change it by compare-and-set.

Invariant: two people at once never overwrite each other silently; a change that changes nothing
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
    """Raises CallerError 404, also for one that is being deleted."""
    found = await services.store.campaigns.find(services.workspace_id, [campaign_id])
    if not found or found[0].status is CampaignStatus.DELETING:
        raise missing("campaign", campaign_id)
    return found[0]


async def look_up_campaign(services: Services, campaign_id: str) -> Campaign | None:
    """In any workspace, for workers; also one that is being deleted."""
    found = await services.store.campaigns.find_anywhere([campaign_id])
    return found[0] if found else None


async def change_campaign(
    services: WorkspaceServices,
    campaign_id: str,
    change: Callable[[Campaign], Campaign],
    *,
    if_revision: int | None = None,
) -> Campaign:
    """Compare-and-set with reload. `change` returns the very campaign it was given where there
    is nothing to do, and may raise CallerError. `if_revision`: the revision the caller saw."""
    for _ in range(ATTEMPTS_MAX):
        campaign = await find_campaign(services, campaign_id)
        if if_revision is not None and campaign.revision != if_revision:
            raise CallerError(
                412,
                "changed_meanwhile",
                "Somebody changed the campaign since you read it: read it again, then repeat "
                "your change.",
            )
        wanted = change(campaign)
        if wanted is campaign:
            return campaign
        now = await services.store.now()
        wanted = replace(wanted, revision=campaign.revision + 1, updated_at=now)
        if await services.store.campaigns.replace(wanted):
            return wanted
    raise conflict("busy", "The campaign is being changed by others: try again.")
