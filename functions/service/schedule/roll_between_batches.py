"""Roll up the counts of the campaigns that a batch worked on, where sweeps are rare.

Invariant: at most once in `ROLL_SECONDS` per worker, after the batch, and never where sweeps come
as often. Readers of counts need none of it (`reports/read_counts.py`); it keeps short what they
have to add up between two sweeps. The sweep does the rest. This module must not know what a batch
did.
"""

from collections.abc import Iterable
from datetime import timedelta

from functions.service.reports.roll_counts import roll_counts
from functions.service.services import Services

ROLL_SECONDS = 1.0


async def roll_between_batches(services: Services, campaign_ids: Iterable[str]) -> int:
    """How many journal records were added."""
    if services.policy.sweep_seconds <= ROLL_SECONDS:
        return 0
    now = await services.store.now()
    last = services.worker_state.rolled_at
    # If the clock was set back, roll rather than wait.
    if last is not None and last <= now < last + timedelta(seconds=ROLL_SECONDS):
        return 0
    services.worker_state.rolled_at = now
    return sum([await roll_counts(services, it) for it in sorted(set(campaign_ids))])
