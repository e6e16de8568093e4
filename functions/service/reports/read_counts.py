"""Read the counts of one campaign as they are now.

Invariant: what the journal holds is added first. This module must not know HTTP.
"""

from functions.service.reports.records import Counts
from functions.service.reports.roll_counts import roll_counts
from functions.service.services import Services


async def read_counts(services: Services, campaign_id: str) -> Counts:
    await roll_counts(services, campaign_id)
    found = await services.store.counts.find([campaign_id])
    return found[0] if found else Counts(campaign_id=campaign_id)
