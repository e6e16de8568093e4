"""Resume leads: those that may begin, and those whose pause is over.

Invariant: the executor checks the due time again, whoever asked, and only leads of a running
campaign are stepped. A job that no longer fits its lead is dropped.
This module must not know its callers.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from functions.flow.event import Entered, LeadEvent, Removed, Resumed
from functions.flow.journal import EntryKind
from functions.flow.lead import ENDED, Lead, State
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.execution.advance import Advanced, advance
from functions.service.execution.records import StoredLead
from functions.service.jobs.records import ResumeJob
from functions.service.sending.taken_up import taken_up
from functions.service.services import Services


async def resume_leads(services: Services, jobs: Sequence[ResumeJob]) -> dict[ResumeJob, Exception]:
    """Return the jobs that failed, because of a defect in this program or because their lead does
    not exist."""
    failures: dict[ResumeJob, Exception] = {}
    leads = {
        stored.lead.lead_id: stored
        for stored in await services.store.leads.find(sorted({job.lead_id for job in jobs}))
    }
    campaigns = {
        it.campaign_id: it
        for it in await services.store.campaigns.find_anywhere(
            sorted({job.campaign_id for job in jobs})
        )
    }
    now = await services.store.now()
    found: dict[str, StoredLead] = {}
    late: set[str] = set()
    by_lead: dict[str, ResumeJob] = {}
    for job in jobs:
        campaign = campaigns.get(job.campaign_id)
        if campaign is None or campaign.status is not CampaignStatus.RUNNING:
            continue
        stored = leads.get(job.lead_id)
        if stored is None:
            failures[job] = LookupError(f"no lead {job.lead_id}")
        elif _fits(job, stored.lead):
            found[job.lead_id] = stored
            by_lead[job.lead_id] = job
            due_at = stored.lead.due_at
            if due_at is not None and _is_too_late(campaign, now - due_at):
                late.add(job.lead_id)
    late -= await taken_up(services, [found[it].lead for it in late])
    moves: dict[str, tuple[StoredLead, LeadEvent]] = {
        lead_id: (stored, _event(stored.lead, lead_id in late)) for lead_id, stored in found.items()
    }
    advanced = await advance(services, moves)
    services.observer.resumed(_lateness_seconds(advanced))
    failures.update({by_lead[key]: defect for key, defect in advanced.failures.items()})
    return failures


def _lateness_seconds(advanced: Advanced) -> list[float]:
    """As recorded in the journal entries. An ignored step has none."""
    return [
        cast(int, entry.detail["lateness_ms"]) / 1000
        for step in advanced.steps.values()
        for entry in step.entries
        if entry.kind is EntryKind.RESUMED
    ]


def _fits(job: ResumeJob, lead: Lead) -> bool:
    if lead.state in ENDED or lead.state is State.SENDING:
        return False
    return job.node_id is None or (job.node_id, job.visit) == (lead.current_node, lead.visit)


def _event(lead: Lead, is_too_late: bool) -> LeadEvent:
    if lead.state is State.PENDING:
        return Entered()
    return Removed("overdue by more than the campaign allows") if is_too_late else Resumed()


def _is_too_late(campaign: Campaign, lateness: timedelta) -> bool:
    most = campaign.lateness_max_seconds
    return most is not None and lateness > timedelta(seconds=most)
