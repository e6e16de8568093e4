"""Read the counts of one campaign as they are now, without waiting for the next roll-up.

Invariant: reads only. Each journal record is counted once: either the stored counts contain it, or
it is added here. This module must not know HTTP.
"""

from dataclasses import replace

from functions.service.reports.records import Counts
from functions.service.reports.roll_counts import RECORDS_MAX, with_records
from functions.service.services import WorkspaceServices

TRIES_MAX = 3


async def read_counts(services: WorkspaceServices, campaign_id: str) -> Counts:
    """The revision is the stored one, and what is added here counts as changed after it: whoever
    asks for changes since this revision gets these keys again, with their values of then."""
    counts = await _stored(services, campaign_id)
    for _ in range(TRIES_MAX):
        records = await services.store.journal.unrolled(campaign_id, RECORDS_MAX)
        latest = await _stored(services, campaign_id)
        if latest.revision == counts.revision:
            # A roll-up that died may have left records that it added unmarked.
            applied = frozenset(counts.applied)
            pending = [it for it in records if it.key not in applied]
            return replace(with_records(counts, pending), revision=counts.revision)
        # A roll-up came in between: the records no longer fit these counts.
        counts = latest
    return counts


async def _stored(services: WorkspaceServices, campaign_id: str) -> Counts:
    found = await services.store.counts.find([campaign_id])
    return (
        found[0] if found else Counts(workspace_id=services.workspace_id, campaign_id=campaign_id)
    )
