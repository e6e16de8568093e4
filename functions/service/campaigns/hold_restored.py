"""Hold a store that has just been restored, before anybody uses it.

Invariant: every step may be repeated. Campaigns that ran are paused, and say why. A backup of
MongoDB is no snapshot: campaigns are read before their leads, and jobs before both, so a campaign
may be older than its leads, and an enrolment may be missing; both are corrected here.
This module must not know how a backup is read.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime

from functions.flow.lead import ON_THEIR_WAY
from functions.service.campaigns.job_ids import job_id_of
from functions.service.campaigns.records import Campaign, CampaignStatus, Restoration
from functions.service.campaigns.restoration import HELD_REASON
from functions.service.campaigns.transitions import is_due, started
from functions.service.jobs.records import JobKind, JobState, StoredJob
from functions.service.store import Store

PAGE = 500
JOBS_LOOKED_AT = 1000


async def hold_restored(store: Store, backup_at: datetime) -> Restoration:
    """`backup_at`: see `Restoration`. If the backup is that of a held store, that of its own
    backup counts."""
    restored_at = await store.now()
    before = await store.restorations.find()
    if before is not None and before.is_held:
        backup_at = min(backup_at, before.backup_at)
    restoration = Restoration(backup_at=backup_at, restored_at=restored_at)
    await store.restorations.begin(restoration)
    async for campaign in _with_status(store, CampaignStatus.RUNNING):
        await _hold(store, campaign)
    async for campaign in _with_status(store, CampaignStatus.SCHEDULED):
        if is_due(campaign, restored_at):
            # It may have started since the backup, so it is held like those that ran.
            await _hold(store, started(campaign, restored_at))
    for status in (CampaignStatus.WAITING, CampaignStatus.COMPLETED):
        async for campaign in _with_status(store, status):
            if await store.leads.page(
                campaign.campaign_id, after_seq=0, limit=1, statuses=ON_THEIR_WAY
            ):
                await _hold(store, campaign)
    async for campaign in _with_status(store, CampaignStatus.PAUSED):
        await _enrol_rest(store, campaign, restored_at)
    return restoration


async def _with_status(store: Store, status: CampaignStatus) -> AsyncIterator[Campaign]:
    after_id = ""
    while page := await store.campaigns.with_status_anywhere(status, after_id=after_id, limit=PAGE):
        for campaign in page:
            yield campaign
        after_id = page[-1].campaign_id


async def _hold(store: Store, campaign: Campaign) -> None:
    held = replace(
        campaign,
        status=CampaignStatus.PAUSED,
        pause_reason=HELD_REASON,
        revision=campaign.revision + 1,
    )
    await store.campaigns.replace(held)


async def _enrol_rest(store: Store, campaign: Campaign, at: datetime) -> None:
    """Store an enrol job if contacts are left and no job would enrol them."""
    campaign_id, workspace_id = campaign.campaign_id, campaign.workspace_id
    if await store.contacts.last_seq(workspace_id, campaign_id) <= campaign.enrolled_seq:
        return
    jobs = await store.jobs.page(workspace_id, campaign_id, JOBS_LOOKED_AT)
    enrolling = (JobKind.ENROL, JobKind.IMPORT)
    if any(it.state is JobState.WAITING and it.kind in enrolling for it in jobs):
        return
    await store.jobs.insert(
        StoredJob(
            workspace_id=workspace_id,
            job_id=job_id_of(campaign, f"restored.{int(at.timestamp())}"),
            campaign_id=campaign_id,
            kind=JobKind.ENROL,
            created_at=at,
            updated_at=at,
        )
    )
