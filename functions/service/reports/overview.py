"""The overview: the state of all campaigns, for a page that is loaded often.

Invariant: reads only, and a bounded amount. It uses the counts of the last roll-up, of active
campaigns and of those whose mail was accepted or refused in the last day. If there are more than
it reads, it says so (`is_whole`). Nothing is recounted.
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
"""Campaigns that are considered per active status."""
RECENT_MAX = 500
TROUBLED_MAX = 50


@dataclass(frozen=True, slots=True)
class Troubled:
    """A campaign that needs attention: the product paused it by itself, or leads of it need
    something. Numbers of leads: `failed`; `unknown`: a person must decide
    about their message; `deferred`: the mail server or a limit told them to try later."""

    campaign: Campaign
    failed: int
    unknown: int
    deferred: int


@dataclass(frozen=True, slots=True)
class Overview:
    """`at`: now, by the store's clock. `campaigns`: numbers by status. `sent_today`: messages sent
    on this UTC day. `sent_by_hour`: in the last 24 hours, oldest first, including the current one.
    `next_due`: lies in the past if leads are late (`overdue_seconds`); None if no lead is due.
    `is_whole`: no campaign was left out."""

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
    """The active campaigns, and whether the list is complete."""
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
    """Campaigns that the product paused first, then those with the most leads that need a decision,
    then those with the most failed leads."""
    found = []
    for campaign_id, campaign in campaigns.items():
        values = counts[campaign_id].values if campaign_id in counts else {}
        trouble = Troubled(
            campaign,
            failed=values.get(status_key(LeadStatus.FAILED), 0),
            unknown=_at(values, State.UNKNOWN),
            deferred=_at(values, State.DEFERRED),
        )
        is_held = campaign.pause_reason is not None
        if is_held or trouble.failed or trouble.unknown or trouble.deferred:
            found.append(trouble)
    found.sort(
        key=lambda it: (
            it.campaign.pause_reason is None,
            -it.unknown,
            -it.failed,
            -it.deferred,
            it.campaign.campaign_id,
        )
    )
    return tuple(found[:TROUBLED_MAX])


def _at(values: Mapping[str, int], state: State) -> int:
    """The number of leads in a state, over all nodes."""
    return sum(
        number
        for key, number in values.items()
        if key.startswith("at/") and key.endswith(f"/{state}")
    )
