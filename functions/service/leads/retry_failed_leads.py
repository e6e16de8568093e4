"""Retry failed leads together, a page at a time. This is the work of a retry job.

Invariant: a job retries a lead once, and only if it had failed before the job was stored: if a
worker dies after a page and the page is repeated, leads that failed again in between are left
alone. A lead that somebody moves in the meantime keeps that move. The retried leads are due at
once and have no job in a queue yet, so the window bounds how many are in flight, as always.
This module must not know HTTP.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import cast

from functions.flow.event import LeadEvent, Retried
from functions.flow.lead import Reason
from functions.service.campaigns.change_campaign import find_campaign, look_up_campaign
from functions.service.campaigns.job_ids import job_id_of
from functions.service.campaigns.records import ACTIVE, CampaignStatus
from functions.service.campaigns.restoration import check_not_held, to_skip
from functions.service.errors import conflict
from functions.service.execution.advance import advance
from functions.service.execution.records import StoredLead
from functions.service.jobs.records import JobKind, JobState, StoredJob
from functions.service.jobs.start_job import start_job
from functions.service.leads.failed_leads import PAGE_LEADS, Chosen, FailedLead, failed_page
from functions.service.services import WorkspaceServices

RETRYABLE = ACTIVE | {CampaignStatus.COMPLETED}
"""Campaigns whose leads can be retried. A completed one runs again."""
CHOSEN_MAX = 200


async def retry_failed_leads(
    services: WorkspaceServices,
    campaign_id: str,
    name: str,
    chosen: Sequence[Chosen],
    reason: str = "",
) -> StoredJob:
    """Start the job that retries all failed leads, or those of the chosen groups. Idempotent by
    `name`, which is the request's. Raises CallerError."""
    await check_not_held(services)
    campaign = await find_campaign(services, campaign_id)
    if campaign.status not in RETRYABLE:
        raise conflict(
            "ended", f"The campaign is {campaign.status}: its leads stay where they are."
        )
    until = await services.store.contacts.last_seq(services.workspace_id, campaign_id)
    return await start_job(
        services,
        job_id_of(campaign, f"retry.{name[:32]}"),
        campaign_id,
        JobKind.RETRY,
        until=until,
        report={"retried": 0, "chosen": [asdict(it) for it in chosen], "reason": reason},
    )


async def retry_page(services: WorkspaceServices, job: StoredJob) -> StoredJob:
    """Retry the next page of failed leads. The report counts those that were retried, and why
    others that were chosen were not; a page that was cut short is counted by what is left of it."""
    campaign = await look_up_campaign(services, job.campaign_id)
    if campaign is None or campaign.status not in RETRYABLE:
        return replace(job, state=JobState.DONE)
    if await to_skip(services, job):
        # It may have retried these leads before the restoration, after the backup.
        return replace(job, state=JobState.DONE, report={**job.report, "stopped": "restored"})
    page = await failed_page(services, job.campaign_id, job.cursor)
    chosen = _chosen(job)
    counts: Counter[str] = Counter()
    moves: dict[str, tuple[StoredLead, LeadEvent]] = {}
    for it in page:
        if it.stored.lead.seq > job.until or not any(one.includes(it.group) for one in chosen):
            continue
        if it.obstacle is not None:
            counts[it.obstacle] += 1
        elif it.failed_at is not None and it.failed_at < job.created_at:
            moves[it.stored.lead.lead_id] = (it.stored, _retried(it, job))
    advanced = await advance(services, moves, again=False, in_turn=True)
    for defect in advanced.failures.values():
        raise defect
    counts["retried"] = sum(step.ignored is None for step in advanced.steps.values())
    last = len(page) < PAGE_LEADS or page[-1].stored.lead.seq >= job.until
    return replace(
        job,
        cursor=job.until if last else page[-1].stored.lead.seq,
        state=JobState.DONE if last else JobState.WAITING,
        report={**job.report, **_added(job.report, counts)},
    )


def _retried(failed: FailedLead, job: StoredJob) -> Retried:
    lead = failed.stored.lead
    return Retried(
        failed.group.node_id,
        lead.visit,
        lead.resend_number,
        str(job.report.get("reason", "")),
        job_id=job.job_id,
    )


def _chosen(job: StoredJob) -> list[Chosen]:
    """Empty choices mean all failed leads."""
    written = cast(Sequence[Mapping[str, str | None]], job.report.get("chosen") or ({},))
    return [
        Chosen(
            node_id=it.get("node_id"),
            reason=Reason(reason) if (reason := it.get("reason")) else None,
            answer=it.get("answer"),
        )
        for it in written
    ]


def _added(report: Mapping[str, object], counts: Mapping[str, int]) -> dict[str, int]:
    return {key: cast(int, report.get(key, 0)) + number for key, number in counts.items()}
