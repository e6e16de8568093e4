"""Overview: how everything stands, for one page that is looked at often.

Invariant: bounded reads, whatever there is: counts as the sweep last rolled them, of active
campaigns and of those whose mail was taken or refused in the last day; where there are more than
are looked at, it says so. Nothing is recounted and nothing is written.
This module must not know HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.flow.journal import status_key
from functions.flow.lead import LeadStatus, State
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.campaigns.running import running_campaigns
from functions.service.execution.records import Due
from functions.service.reports.due import first_due
from functions.service.reports.records import Counts
from functions.service.reports.sends import by_day, by_hour, hour_of
from functions.service.services import WorkspaceServices

HOURS_SHOWN = 24
ACTIVE_MAX = 200
"""Of campaigns in each active status that are looked at."""
RECENT_MAX = 500
TROUBLED_MAX = 50


@dataclass(frozen=True, slots=True)
class Troubled:
    """A campaign somebody should look at: leads that failed, that wait for a person's decision
    (unknown), or that the mail server or a limit told to come back (deferred)."""

    campaign: Campaign
    failed: int
    unknown: int
    deferred: int


@dataclass(frozen=True, slots=True)
class Overview:
    """`sent_by_hour`: of the last 24 h, the hour under way last; `sent_today`: of the UTC day.
    `next_due` lies in the past where leads are late (`overdue_seconds`). `is_whole`: no
    campaign was left out."""

    at: datetime
    campaigns: Mapping[CampaignStatus, int]
    sent_today: int
    sent_by_hour: Sequence[int]
    next_due: Due | None
    next_due_name: str | None
    overdue_seconds: float
    troubled: Sequence[Troubled]
    is_whole: bool


async def overview(services: WorkspaceServices) -> Overview:
    store = services.store
    now = await store.now()
    since = hour_of(now - timedelta(hours=HOURS_SHOWN - 1))
    recent = await store.counts.outcome_since(services.workspace_id, since, RECENT_MAX)
    active, is_whole = await _active(services)
    due = await first_due(services, running_campaigns(services))
    known = {it.campaign_id: it for it in active}
    unknown = {it.campaign_id for it in recent} | ({due.campaign_id} if due else set())
    known |= {
        it.campaign_id: it
        for it in await store.campaigns.find(services.workspace_id, sorted(unknown - known.keys()))
        if it.status is not CampaignStatus.DELETING
    }
    counts = {it.campaign_id: it for it in recent}
    counts |= {
        it.campaign_id: it for it in await store.counts.find(sorted(known.keys() - counts.keys()))
    }
    return Overview(
        at=now,
        campaigns=await store.campaigns.tally(services.workspace_id),
        sent_today=by_day([it.sent_by_day for it in recent], now, 1)[0],
        sent_by_hour=by_hour([it.sent_by_hour for it in recent], now, HOURS_SHOWN),
        next_due=due,
        next_due_name=known[due.campaign_id].name if due and due.campaign_id in known else None,
        overdue_seconds=max((now - due.at).total_seconds(), 0.0) if due else 0.0,
        troubled=_troubled(known, counts),
        is_whole=is_whole and len(recent) < RECENT_MAX,
    )


async def _active(services: WorkspaceServices) -> tuple[list[Campaign], bool]:
    """And whether they are all there are."""
    found: list[Campaign] = []
    is_whole = True
    for status in (CampaignStatus.RUNNING, CampaignStatus.PAUSED):
        page = await services.store.campaigns.with_status(
            services.workspace_id, status, after_id="", limit=ACTIVE_MAX + 1
        )
        found += page[:ACTIVE_MAX]
        is_whole &= len(page) <= ACTIVE_MAX
    return found, is_whole


def _troubled(
    campaigns: Mapping[str, Campaign], counts: Mapping[str, Counts]
) -> tuple[Troubled, ...]:
    """Those that wait for a person first, then by how many leads have failed."""
    found = []
    for campaign_id, campaign in campaigns.items():
        values = counts[campaign_id].values if campaign_id in counts else {}
        trouble = Troubled(
            campaign,
            failed=values.get(status_key(LeadStatus.FAILED), 0),
            unknown=_at(values, State.UNKNOWN),
            deferred=_at(values, State.DEFERRED),
        )
        if trouble.failed or trouble.unknown or trouble.deferred:
            found.append(trouble)
    found.sort(key=lambda it: (-it.unknown, -it.failed, -it.deferred, it.campaign.campaign_id))
    return tuple(found[:TROUBLED_MAX])


def _at(values: Mapping[str, int], state: State) -> int:
    """Leads in a state, wherever they are."""
    return sum(
        number
        for key, number in values.items()
        if key.startswith("at/") and key.endswith(f"/{state}")
    )
