"""Read the current counts of one campaign, without waiting for the next roll-up.

Invariant: reads only. Each journal record is counted once: it is either in the stored counts, or
added here. This module must not know HTTP.
"""

from dataclasses import replace

from functions.service.reports.records import Counts
from functions.service.reports.roll_counts import RECORDS_MAX, with_records
from functions.service.services import WorkspaceServices

ATTEMPTS_MAX = 3


async def read_counts(services: WorkspaceServices, campaign_id: str) -> Counts:
    """The revision is that of the stored counts, and keys added here count as changed after it. A
    client that asks for changes since this revision gets these keys again, with newer values."""
    counts = await _stored(services, campaign_id)
    for _ in range(ATTEMPTS_MAX):
        records = await services.store.journal.unrolled(campaign_id, RECORDS_MAX)
        latest = await _stored(services, campaign_id)
        if latest.revision == counts.revision:
            # An interrupted roll-up may have added records without marking them.
            applied = frozenset(counts.applied)
            pending = [it for it in records if it.key not in applied]
            return replace(with_records(counts, pending), revision=counts.revision)
        # A roll-up came in between, so the records do not fit these counts.
        counts = latest
    return counts


async def _stored(services: WorkspaceServices, campaign_id: str) -> Counts:
    found = await services.store.counts.find([campaign_id])
    return (
        found[0] if found else Counts(workspace_id=services.workspace_id, campaign_id=campaign_id)
    )
