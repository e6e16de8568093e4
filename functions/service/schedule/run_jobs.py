"""Run stored jobs: imports, enrolments, cancellations, deletions, a page at a time.

Invariant: a page's work is idempotent and its cursor is saved after it, so any worker may die
after any write and another goes on; a job lost to another worker is noticed at the next save.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import cast

from functions.flow.event import Cancelled
from functions.flow.journal import JournalRecord, status_key
from functions.flow.keys import lead_id
from functions.flow.lead import ON_THEIR_WAY, Lead, LeadStatus
from functions.service.audience.import_contacts import import_page, rejected_upload_id
from functions.service.campaigns.change_campaign import change_campaign
from functions.service.campaigns.lifecycle import delete_job_id, mark_cancelled
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.errors import CallerError
from functions.service.jobs.records import JobKind, JobState, RunJob, StoredJob
from functions.service.leads.end_leads import end_leads
from functions.service.services import Services

PAGE_LEADS = 500
ENROL_PAGE = 5000
"""Fewer, larger commits: a third faster than pages of 500."""
JOBS_AT_ONCE = 4
LEASE = timedelta(seconds=60)
STANDSTILL = timedelta(seconds=2)
FAILURES_MAX = 20

logger = logging.getLogger(__name__)

Work = Callable[[Services, StoredJob], Awaitable[StoredJob]]


async def run_jobs(services: Services) -> int:
    """How many pages were worked on. Ends after the policy's budget; jobs left unfinished are
    rung for again."""
    now = await services.store.now()
    end = now + timedelta(seconds=services.policy.job_budget_seconds)
    token = services.new_token()
    jobs = await services.store.jobs.take(now, now + LEASE, token, JOBS_AT_ONCE)
    pages = 0
    unfinished: list[StoredJob] = []
    for job in jobs:
        current: StoredJob | None = job
        while current is not None and current.state is JobState.WAITING:
            now = await services.store.now()
            if now >= end:
                unfinished.append(current)
                break
            before = current
            current = await _work(services, current)
            pages += 1
            if current is not None and _stands_still(before, current):
                rest = await services.store.now() + STANDSTILL
                await services.store.jobs.save(replace(current, lease_until=rest))
                break
    for job in unfinished:
        await services.store.jobs.save(replace(job, lease_until=None))
    if unfinished:
        await services.dispatcher.dispatch([RunJob(job.job_id) for job in unfinished])
    return pages


def _stands_still(before: StoredJob, after: StoredJob) -> bool:
    """It waits for something that takes its time; no use in asking again at once."""
    return after.state is JobState.WAITING and (before.cursor, before.until) == (
        after.cursor,
        after.until,
    )


async def _work(services: Services, job: StoredJob) -> StoredJob | None:
    """The job after one more page, or None if it is somebody else's now."""
    try:
        after = await _WORK[job.kind](services, job)
    except CallerError as refusal:
        # Somebody ends or deletes the campaign right now: the next look finds that.
        await _note_failure(services, job, refusal)
        return None
    except Exception as defect:
        logger.error(
            "stored job %s failed: %s",
            job.job_id,
            defect,
            exc_info=defect,
            extra={"job_id": job.job_id, "campaign_id": job.campaign_id},
        )
        await _note_failure(services, job, defect)
        raise
    if job.kind is not JobKind.DELETE:
        await _take_back(services, job.campaign_id)
    now = await services.store.now()
    after = replace(after, updated_at=now, lease_until=now + LEASE)
    return after if await services.store.jobs.save(after) else None


async def _take_back(services: Services, campaign_id: str) -> None:
    """Somebody deletes the campaign meanwhile, or has: what we have just written for it may have
    come too late for that, and would stay for ever. A deletion that begins after this look finds
    it by itself."""
    campaign = await _find(services, campaign_id)
    if campaign is not None and campaign.status is not CampaignStatus.DELETING:
        return
    while await services.store.leads.delete_page(campaign_id, PAGE_LEADS):
        pass
    while await services.store.contacts.delete_page(campaign_id, PAGE_LEADS):
        pass


async def _note_failure(services: Services, job: StoredJob, defect: Exception) -> None:
    """So that a job that can never succeed ends, with words, instead of going round for ever."""
    failures = cast(int, job.report.get("failures", 0)) + 1
    now = await services.store.now()
    await services.store.jobs.save(
        replace(
            job,
            report={**job.report, "failures": failures, "error": str(defect)[:500]},
            state=JobState.FAILED if failures >= FAILURES_MAX else JobState.WAITING,
            updated_at=now,
            lease_until=now + timedelta(seconds=min(failures, 30)),
        )
    )


async def enrol_page(services: Services, job: StoredJob) -> StoredJob:
    """Let contacts in as leads. The first page starts the campaign and fixes where to end."""
    campaign = await _find(services, job.campaign_id)
    if campaign is None or campaign.status is CampaignStatus.DELETING:
        return replace(job, state=JobState.DONE)
    is_cancelled = campaign.status is CampaignStatus.CANCELLED
    # Without an epoch it was cancelled before its first launch, and never had leads.
    is_begun = campaign.epoch is not None and 0 <= job.cursor < job.until
    if is_cancelled and not is_begun:
        return replace(job, state=JobState.DONE, report={**job.report, "stopped": "cancelled"})
    if job.until == 0:
        last_seq = await services.store.contacts.last_seq(job.campaign_id)
        if campaign.status is not CampaignStatus.COMPLETED or last_seq > campaign.enrolled_seq:
            campaign = await _start(services, campaign)
        return replace(
            job,
            cursor=campaign.enrolled_seq,
            until=last_seq,
            state=JobState.DONE if last_seq <= campaign.enrolled_seq else JobState.WAITING,
            report={"enrolled": 0},
        )
    if job.cursor >= job.until:
        await change_campaign(
            services,
            job.campaign_id,
            lambda it: it if it.enrolled_seq >= job.until else replace(it, enrolled_seq=job.until),
        )
        return replace(job, state=JobState.DONE)
    # Of a cancelled campaign too: a page somebody began has leads that must be counted. The
    # cancellation waits its turn behind this job and ends them.
    enrolled, cursor = await _enrol(services, campaign, job)
    so_far = cast(int, job.report.get("enrolled", 0))
    return replace(
        job,
        cursor=job.until if is_cancelled else cursor,
        report={**job.report, "enrolled": so_far + enrolled},
    )


async def _start(services: Services, campaign: Campaign) -> Campaign:
    now = await services.store.now()

    def change(it: Campaign) -> Campaign:
        if it.status not in (CampaignStatus.DRAFT, CampaignStatus.COMPLETED):
            return it
        return replace(it, status=CampaignStatus.RUNNING, epoch=it.epoch or int(now.timestamp()))

    return await change_campaign(services, campaign.campaign_id, change)


async def _enrol(services: Services, campaign: Campaign, job: StoredJob) -> tuple[int, int]:
    """(leads of this page, the cursor after it)"""
    limit = min(ENROL_PAGE, job.until - job.cursor)
    contacts = await services.store.contacts.page(
        job.campaign_id, after_seq=job.cursor, limit=limit
    )
    contacts = [it for it in contacts if it.seq <= job.until]
    if not contacts:
        return 0, job.until
    assert campaign.epoch is not None
    now = await services.store.now()
    leads = [
        Lead(
            lead_id=lead_id(job.campaign_id, it.seq, campaign.epoch),
            campaign_id=job.campaign_id,
            seq=it.seq,
            email=it.email,
            attributes=it.attributes,
            flow_version=campaign.version,
            enrolled_at=now,
        )
        for it in contacts
    ]
    await services.store.leads.enrol(leads, due_at=now)
    record = JournalRecord(
        key=f"{job.job_id}#{job.cursor}",
        campaign_id=job.campaign_id,
        lead_id=None,
        revision=0,
        at=now,
        entries=(),
        delta={status_key(LeadStatus.PENDING): len(leads)},
    )
    await services.store.journal.insert([record])
    return len(leads), contacts[-1].seq


async def cancel_page(services: Services, job: StoredJob) -> StoredJob:
    """End the leads that are still on their way; a deletion needs no such courtesy."""
    campaign = await _find(services, job.campaign_id)
    if campaign is None or campaign.status is CampaignStatus.DELETING:
        return replace(job, state=JobState.DONE)
    await mark_cancelled(services, job.campaign_id)
    store = services.store
    leads = await store.leads.page(
        job.campaign_id, after_seq=job.cursor, limit=PAGE_LEADS, statuses=ON_THEIR_WAY
    )
    if not leads:
        return replace(job, state=JobState.DONE)
    busy = await end_leads(services, leads, Cancelled())
    # Up to the first lead whose message is on its way: its outcome is waited for.
    last = min((it.lead.seq - 1 for it in leads if it.lead.lead_id in busy), default=None)
    cursor = max(it.lead.seq for it in leads) if last is None else last
    so_far = cast(int, job.report.get("cancelled", 0))
    ended = sum(it.lead.seq <= cursor for it in leads)
    return replace(job, cursor=cursor, report={"cancelled": so_far + ended})


async def delete_page(services: Services, job: StoredJob) -> StoredJob:
    """Take away leads first, then contacts, then the campaign itself."""
    store = services.store
    campaign = await _find(services, job.campaign_id)
    if campaign is not None and job.job_id != delete_job_id(campaign):
        # Ours is gone, and somebody has given its id to another one.
        return replace(job, state=JobState.DONE)
    if campaign is not None and campaign.status is not CampaignStatus.DELETING:
        await change_campaign(
            services,
            job.campaign_id,
            lambda it: replace(it, status=CampaignStatus.DELETING),
        )
    deleted = await store.leads.delete_page(job.campaign_id, PAGE_LEADS)
    if not deleted:
        deleted = await store.contacts.delete_page(job.campaign_id, PAGE_LEADS)
    if deleted:
        return replace(job, cursor=job.cursor + deleted)
    for other in await store.jobs.page(job.campaign_id, 1000):
        await store.uploads.drop(other.job_id)
        await store.uploads.drop(rejected_upload_id(other.job_id))
    await store.campaigns.delete(job.campaign_id)
    return replace(job, state=JobState.DONE)


async def _find(services: Services, campaign_id: str) -> Campaign | None:
    found = await services.store.campaigns.find([campaign_id])
    return found[0] if found else None


_WORK: Mapping[JobKind, Work] = {
    JobKind.IMPORT: import_page,
    JobKind.ENROL: enrol_page,
    JobKind.CANCEL: cancel_page,
    JobKind.DELETE: delete_page,
}
