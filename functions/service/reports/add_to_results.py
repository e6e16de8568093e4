"""Add the tallies of a campaign's counts to the results of its e-mails.

Invariant: the results of an e-mail name the latest revision of the counts that is in them, so each
tally is added once, however often this is repeated or interrupted. The counts keep their tallies
until this is done, and get no further revision before.
This module must not know what is counted.
"""

from functions.service.reports.email_results import with_tally
from functions.service.reports.records import Counts, EmailResults
from functions.service.services import Services

ATTEMPTS_MAX = 3


async def add_to_results(services: Services, counts: Counts) -> bool:
    """Whether all of them are added now. No round trip if there are none."""
    for _ in range(ATTEMPTS_MAX):
        if await _try(services, counts):
            return True
    return False


async def _try(services: Services, counts: Counts) -> bool:
    if not counts.tallies:
        return True
    store = services.store.results
    campaign_id = counts.campaign_id
    found = {it.node_id: it for it in await store.find(campaign_id, sorted(counts.tallies))}
    changed, new = [], []
    for node_id, tally in counts.tallies.items():
        known = found.get(node_id)
        if known is None:
            first = EmailResults(campaign_id=campaign_id, node_id=node_id)
            new.append(with_tally(first, tally, counts.revision))
        elif known.counted < counts.revision:
            changed.append(with_tally(known, tally, counts.revision))
    won = await store.change(changed) if changed else 0
    if new:
        won += await store.add(new)
        # After the insertion, because the counts are deleted before the results.
        if not await services.store.counts.find([campaign_id]):
            await store.delete(campaign_id)
            return True
    return won == len(changed) + len(new)
