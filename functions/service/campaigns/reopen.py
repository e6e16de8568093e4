"""Reopen a campaign: it runs again once a person has brought back one of its failed leads.

Invariant: this happens after the lead was committed and before that commit is drained, so the
sweep repairs a crash in between. The campaign is written even if it is running: a worker that
wants to complete it has then either seen the lead, or loses its compare-and-set.
This module must not know why a lead was brought back.
"""

from collections.abc import Sequence
from dataclasses import replace

from functions.flow.journal import EntryKind, JournalRecord
from functions.flow.lead import State
from functions.service.campaigns.change_campaign import change_campaign, look_up_campaign
from functions.service.campaigns.job_ids import job_id_of
from functions.service.campaigns.records import CLOSED, Campaign, CampaignStatus
from functions.service.errors import CallerError
from functions.service.jobs.records import JobKind
from functions.service.jobs.start_job import start_job
from functions.service.services import Services

_RESTS = frozenset({CampaignStatus.COMPLETED, CampaignStatus.WAITING})


async def reopen_campaigns(services: Services, records: Sequence[JournalRecord]) -> None:
    """`records`: of commits. Only campaigns with one that brought back a failed lead cost round
    trips."""
    for record in {it.campaign_id: it for it in records if _brings_back(it)}.values():
        seen = await look_up_campaign(services, record.campaign_id)
        if seen is None:
            continue  # Deleted, along with its leads.
        narrowed = services.in_workspace(seen.workspace_id)
        try:
            campaign = await change_campaign(narrowed, record.campaign_id, _open)
        except CallerError as refusal:
            if refusal.status == 404:
                continue  # Being deleted.
            raise
        if campaign.status in CLOSED:
            # The lead came back after the cancel job had passed it: a new job ends it.
            job_id = job_id_of(campaign, f"cancel.{record.key}")
            await start_job(narrowed, job_id, record.campaign_id, JobKind.CANCEL)


def _brings_back(record: JournalRecord) -> bool:
    return any(
        entry.kind is EntryKind.RETRIED
        or (entry.kind is EntryKind.MOVED and entry.detail.get("was") == State.FAILED)
        for entry in record.entries
    )


def _open(campaign: Campaign) -> Campaign:
    if campaign.status in CLOSED:
        return campaign
    if campaign.status in _RESTS:
        return replace(campaign, status=CampaignStatus.RUNNING)
    return replace(campaign)
