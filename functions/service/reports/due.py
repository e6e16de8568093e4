"""The earliest due time of the leads of running campaigns, and how overdue it is.

Invariant: reads only. This module must not know who resumes leads.
"""

from collections.abc import AsyncIterator

from functions.service.campaigns.records import Campaign
from functions.service.campaigns.running import running_campaigns_anywhere
from functions.service.execution.records import Due
from functions.service.services import Services


async def oldest_overdue_seconds(services: Services) -> float:
    """How late the most overdue lead of a running campaign is; 0 if none is late."""
    first = await first_due(services, running_campaigns_anywhere(services))
    if first is None:
        return 0.0
    return max((await services.store.now() - first.at).total_seconds(), 0.0)


async def first_due(services: Services, pages: AsyncIterator[list[Campaign]]) -> Due | None:
    """The earliest due time among the leads of these campaigns; None if no lead has one."""
    firsts = [
        due
        async for page in pages
        if (due := await services.store.leads.oldest_due([it.campaign_id for it in page]))
    ]
    return min(firsts, key=lambda it: it.at, default=None)
