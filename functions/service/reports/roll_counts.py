"""Roll journal deltas up into the counts of campaigns, each exactly once.

Invariant: the counts and the list of records just added to them are one write, and those records
are marked before the next read. So nothing is added twice if a roll-up is interrupted, or if two
run at once: the second one finds another revision and starts over. What the records add to the
results of e-mails is in that write too, and is added there before the records are marked.
"""

from collections import Counter
from collections.abc import Sequence

from functions.flow.journal import IN_VERSION, LINK_PREFIX, JournalRecord
from functions.service.reports.add_to_results import add_to_results
from functions.service.reports.email_results import tallies
from functions.service.reports.pause_automatically import pause_automatically
from functions.service.reports.records import Counts
from functions.service.reports.returned_mail import with_returned
from functions.service.reports.sends import (
    DAYS_KEPT,
    HOURS_KEPT,
    day_of,
    has_outcome,
    hour_of,
    sent_in,
    with_sends,
)
from functions.service.reports.tell_sending_account import tell_sending_account
from functions.service.services import Services

RECORDS_MAX = 2000
_IN_VERSION = IN_VERSION + "/"
CAMPAIGNS_MAX = 50
ROUNDS_MAX = 20


async def roll_counts(services: Services, campaign_id: str | None = None) -> int:
    """Return how many records were added. `campaign_id`: None rolls up all campaigns that need it.
    Bounded, so call it again while it returns many."""
    if campaign_id is not None:
        return await _roll_campaign(services, campaign_id)
    campaign_ids = await services.store.journal.unrolled_campaigns(CAMPAIGNS_MAX)
    return sum([await _roll_campaign(services, it) for it in campaign_ids])


async def _roll_campaign(services: Services, campaign_id: str) -> int:
    total = 0
    for _ in range(ROUNDS_MAX):
        added = await _roll_once(services, campaign_id)
        total += added
        if added < RECORDS_MAX:
            break
    return total


async def _roll_once(services: Services, campaign_id: str) -> int:
    found = await services.store.counts.find([campaign_id])
    if found and found[0].applied and not await _finish(services, found[0]):
        return 0
    # Read after the marking, so that records which this revision contains are not read again.
    records = await services.store.journal.unrolled(campaign_id, RECORDS_MAX)
    if not records:
        return 0
    counts = found[0] if found else await _first_counts(services, campaign_id)
    if counts is None:
        # Written by a worker that was suspended while the campaign was deleted.
        await services.store.journal.mark_rolled([record.key for record in records])
        return 0
    added = await pause_automatically(services, with_records(counts, records))
    won = await services.store.counts.save(added)
    if not won:
        return 0
    await tell_sending_account(services, records)
    return len(records) if await _finish(services, added) else 0


async def _finish(services: Services, counts: Counts) -> bool:
    """What follows a saved revision. False: others change the results at this moment, and the next
    roll-up finishes it."""
    if not await add_to_results(services, counts):
        return False
    await services.store.journal.mark_rolled(counts.applied)
    return True


def with_records(counts: Counts, records: Sequence[JournalRecord]) -> Counts:
    """The next revision of `counts`, with the deltas of `records` added."""
    revision = counts.revision + 1
    values, changed = dict(counts.values), dict(counts.changed)
    for record in records:
        for key, amount in record.delta.items():
            if not amount or key.startswith(LINK_PREFIX):
                continue
            values[key] = values.get(key, 0) + amount
            if not key.startswith(_IN_VERSION):
                changed[key] = revision
            elif not values[key]:
                # So there are no more of these than leads on their way, however many versions.
                del values[key]
    by_hour, by_day = _sends(records)
    outcome_hours = [hour_of(record.at) for record in records if has_outcome(record.delta)]
    return Counts(
        workspace_id=counts.workspace_id,
        campaign_id=counts.campaign_id,
        revision=revision,
        values=values,
        changed=changed,
        applied=tuple(record.key for record in records),
        sent_by_hour=with_sends(counts.sent_by_hour, by_hour, HOURS_KEPT),
        sent_by_day=with_sends(counts.sent_by_day, by_day, DAYS_KEPT),
        tallies=tallies(records),
        last_outcome_hour=max([counts.last_outcome_hour, *outcome_hours]),
        returned=with_returned(counts.returned, records),
    )


async def _first_counts(services: Services, campaign_id: str) -> Counts | None:
    campaigns = await services.store.campaigns.find_anywhere([campaign_id])
    if not campaigns:
        return None
    return Counts(workspace_id=campaigns[0].workspace_id, campaign_id=campaign_id)


def _sends(records: Sequence[JournalRecord]) -> tuple[Counter[str], Counter[str]]:
    """Messages sent, by hour and by day."""
    by_hour: Counter[str] = Counter()
    by_day: Counter[str] = Counter()
    for record in records:
        sent = sent_in(record.delta)
        if sent:
            by_hour[hour_of(record.at)] += sent
            by_day[day_of(record.at)] += sent
    return by_hour, by_day
