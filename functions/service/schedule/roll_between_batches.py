"""Roll up the counts of the campaigns in a batch, for deployments that sweep rarely.

Invariant: this happens after a batch, at most once per worker in `ROLL_SECONDS`, and not at all
if sweeps are as frequent. Counts are correct without it, because readers add the records that are
not rolled up yet (`reports/read_counts.py`); it only limits how many there are. The sweep rolls up
the rest. This module must not know what a batch did.
"""

from collections.abc import Iterable
from datetime import timedelta

from functions.service.reports.roll_counts import roll_counts
from functions.service.services import Services

ROLL_SECONDS = 1.0


async def roll_between_batches(services: Services, campaign_ids: Iterable[str]) -> int:
    """Return how many journal records were rolled up."""
    if services.policy.sweep_seconds <= ROLL_SECONDS:
        return 0
    now = await services.store.now()
    last = services.worker_state.rolled_at
    # If the clock has been set back, roll up now rather than wait.
    if last is not None and last <= now < last + timedelta(seconds=ROLL_SECONDS):
        return 0
    services.worker_state.rolled_at = now
    return sum([await roll_counts(services, it) for it in sorted(set(campaign_ids))])
