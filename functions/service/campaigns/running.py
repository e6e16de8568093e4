"""All running campaigns, or those with another status, a page at a time.

Invariant: a campaign that has the status the whole time appears exactly once.
This module must not know what is done with the campaigns.
"""

from collections.abc import AsyncIterator, Awaitable, Callable

from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.services import Services, WorkspaceServices

PAGE = 500


def running_campaigns(services: WorkspaceServices) -> AsyncIterator[list[Campaign]]:
    """Pages of running campaigns. No page is empty."""
    find, workspace_id = services.store.campaigns.with_status, services.workspace_id
    return _pages(
        lambda after_id: find(workspace_id, CampaignStatus.RUNNING, after_id=after_id, limit=PAGE)
    )


def running_campaigns_anywhere(services: Services) -> AsyncIterator[list[Campaign]]:
    """Pages of running campaigns of all workspaces, for the sweep. No page is empty."""
    return campaigns_anywhere(services, CampaignStatus.RUNNING)


def campaigns_anywhere(services: Services, status: CampaignStatus) -> AsyncIterator[list[Campaign]]:
    """The same for another status."""
    find = services.store.campaigns.with_status_anywhere
    return _pages(lambda after_id: find(status, after_id=after_id, limit=PAGE))


async def _pages(
    find: Callable[[str], Awaitable[list[Campaign]]],
) -> AsyncIterator[list[Campaign]]:
    after_id = ""
    while running := await find(after_id):
        yield running
        if len(running) < PAGE:
            return
        after_id = running[-1].campaign_id
