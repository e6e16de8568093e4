"""All campaigns that run, a page at a time.

Invariant: a campaign that runs throughout is among them, once.
This module must not know what is done with them.
"""

from collections.abc import AsyncIterator

from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.services import Services

PAGE = 500


async def running_campaigns(services: Services) -> AsyncIterator[list[Campaign]]:
    """No page is empty."""
    after_id = ""
    while running := await services.store.campaigns.with_status(
        CampaignStatus.RUNNING, after_id=after_id, limit=PAGE
    ):
        yield running
        if len(running) < PAGE:
            return
        after_id = running[-1].campaign_id
