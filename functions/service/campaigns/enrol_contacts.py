"""Enrol contacts: turn them into leads, a page at a time. This is the work of an enrol job.

Invariant: a contact becomes one lead, however often a page is repeated. The first page starts the
campaign and fixes where the job ends; it starts nothing if the job is of a schedule that was taken
back. This module must not know who launched the campaign.
"""

from collections import Counter
from dataclasses import replace
from typing import cast

from functions.flow.journal import JournalRecord, status_key, version_key
from functions.flow.keys import lead_id
from functions.flow.lead import Lead, LeadStatus, State
from functions.flow.presume import Presumption
from functions.service.campaigns.change_campaign import change_campaign, look_up_campaign
from functions.service.campaigns.job_ids import is_withdrawn
from functions.service.campaigns.records import CLOSED, Campaign, CampaignStatus
from functions.service.campaigns.restoration import to_skip
from functions.service.campaigns.transitions import started
from functions.service.jobs.records import JobState, StoredJob
from functions.service.services import WorkspaceServices

ENROL_PAGE = 5000
"""Contacts per page. Fewer, larger commits are a third faster than pages of 500."""

_RESTS = frozenset({CampaignStatus.WAITING, CampaignStatus.COMPLETED})
"""Only new contacts start it again."""


async def enrol_page(services: WorkspaceServices, job: StoredJob) -> StoredJob:
    """Enrol the next page. The first one starts the campaign and fixes where the job ends."""
    campaign = await look_up_campaign(services, job.campaign_id)
    if campaign is None or campaign.status is CampaignStatus.DELETING:
        return replace(job, state=JobState.DONE)
    is_stopped = campaign.status in CLOSED
    # A campaign without an epoch was stopped before its first launch and never had leads.
    is_begun = campaign.epoch is not None and 0 <= job.cursor < job.until
    if is_stopped and not is_begun:
        return _stopped(job, campaign.status.value)
    if is_withdrawn(job, campaign):
        return _stopped(job, "unscheduled")
    if job.until == 0:
        last_seq = await services.store.contacts.last_seq(job.workspace_id, job.campaign_id)
        if campaign.status not in _RESTS or last_seq > campaign.enrolled_seq:
            campaign = await _start(services, campaign, job)
            if is_withdrawn(job, campaign):
                return _stopped(job, "unscheduled")
        return replace(
            job,
            cursor=campaign.enrolled_seq,
            until=last_seq,
            state=JobState.DONE if last_seq <= campaign.enrolled_seq else JobState.WAITING,
            report={"enrolled": 0, "version": campaign.version},
        )
    if job.cursor >= job.until:
        await change_campaign(
            services,
            job.campaign_id,
            lambda it: it if it.enrolled_seq >= job.until else replace(it, enrolled_seq=job.until),
            seen=campaign,
        )
        return replace(job, state=JobState.DONE)
    # This also runs for a campaign that was stopped: if a worker has begun this page, its leads
    # must be counted. The cancel job comes after this job and ends them.
    enrolled, cursor = await _enrol(services, campaign, job)
    so_far = cast(int, job.report.get("enrolled", 0))
    return replace(
        job,
        cursor=job.until if is_stopped else cursor,
        report={**job.report, "enrolled": so_far + enrolled},
    )


def _stopped(job: StoredJob, why: str) -> StoredJob:
    return replace(job, state=JobState.DONE, report={**job.report, "stopped": why})


async def _start(services: WorkspaceServices, campaign: Campaign, job: StoredJob) -> Campaign:
    now = await services.store.now()

    def change(it: Campaign) -> Campaign:
        return it if is_withdrawn(job, it) else started(it, now)

    return await change_campaign(services, campaign.campaign_id, change, seen=campaign)


async def _enrol(
    services: WorkspaceServices, campaign: Campaign, job: StoredJob
) -> tuple[int, int]:
    """Returns (number of leads of this page, cursor after it)."""
    limit = min(ENROL_PAGE, job.until - job.cursor)
    contacts = await services.store.contacts.page(
        job.workspace_id, job.campaign_id, after_seq=job.cursor, limit=limit
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
    restoration = await to_skip(services, job)
    if restoration is not None:
        # They may have been enrolled before, after the backup.
        flow = (await services.flows.load(leads[0])).executor.flow
        emails = Presumption(flow).emails(leads[0], restoration.backup_at, restoration.restored_at)
        leads = [replace(it, presumed_sent=emails) for it in leads]
    await services.store.leads.enrol(leads, due_at=now)
    versions = Counter({campaign.version: len(leads)})
    if job.report.get("version") != campaign.version:
        # An earlier attempt at this page may have enrolled some of them in an earlier version.
        stored = await services.store.leads.find([it.lead_id for it in leads])
        versions = Counter(it.lead.flow_version for it in stored)
    record = JournalRecord(
        key=f"{job.job_id}#{job.cursor}",
        campaign_id=job.campaign_id,
        lead_id=None,
        revision=0,
        at=now,
        entries=(),
        delta={
            status_key(LeadStatus.PENDING): len(leads),
            **{version_key(it, None, State.PENDING): n for it, n in versions.items()},
        },
    )
    await services.store.journal.insert([record])
    return len(leads), contacts[-1].seq
