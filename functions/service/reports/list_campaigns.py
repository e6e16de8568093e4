"""List campaigns with their counts as of the last roll-up.

Invariant: reads only. The cost is that of one page, whatever the size of the campaigns.
This module must not know HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.reports.campaign_results import messages_in
from functions.service.reports.records import Counts
from functions.service.reports.sends import by_day
from functions.service.services import WorkspaceServices

DAYS_LISTED = 14


@dataclass(frozen=True, slots=True)
class CountedCampaign:
    """`sends_by_day`: messages sent on each of the last `DAYS_LISTED` UTC days, oldest first.
    `messages`: of all its e-mails, by each of `WHATS`."""

    campaign: Campaign
    counts: Counts
    sends_by_day: Sequence[int]
    messages: Mapping[str, int]


async def list_campaigns(
    services: WorkspaceServices,
    *,
    after: tuple[datetime, str] | None,
    limit: int,
    status: CampaignStatus | None,
) -> list[CountedCampaign]:
    """Newest first by (created_at, campaign_id), strictly after `after`."""
    store = services.store
    campaigns = await store.campaigns.page(
        services.workspace_id, after=after, limit=limit, status=status
    )
    found = await store.counts.find([it.campaign_id for it in campaigns])
    counts = {it.campaign_id: it for it in found}
    now = await store.now()
    return [_counted(it, counts.get(it.campaign_id, _uncounted(it)), now) for it in campaigns]


def _uncounted(campaign: Campaign) -> Counts:
    return Counts(workspace_id=campaign.workspace_id, campaign_id=campaign.campaign_id)


def _counted(campaign: Campaign, counts: Counts, now: datetime) -> CountedCampaign:
    return CountedCampaign(
        campaign=campaign,
        counts=counts,
        sends_by_day=by_day([counts.sent_by_day], now, DAYS_LISTED),
        messages=messages_in(counts.values),
    )
