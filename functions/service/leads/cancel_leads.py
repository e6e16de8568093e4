"""End the leads of a cancelled campaign, a page at a time. This is the work of a cancel job.

Invariant: the job waits for a lead whose message is being sent right now.
This module must not know who cancelled.
"""

from dataclasses import replace
from typing import cast

from functions.flow.event import Cancelled
from functions.flow.lead import ON_THEIR_WAY
from functions.service.campaigns.change_campaign import look_up_campaign
from functions.service.campaigns.lifecycle import mark_cancelled
from functions.service.campaigns.records import CampaignStatus
from functions.service.jobs.records import JobState, StoredJob
from functions.service.leads.end_leads import end_leads
from functions.service.services import WorkspaceServices

PAGE_LEADS = 500


async def cancel_page(services: WorkspaceServices, job: StoredJob) -> StoredJob:
    """End the next page of leads that have not ended. A campaign that is being deleted is skipped:
    the deletion removes its leads."""
    campaign = await look_up_campaign(services, job.campaign_id)
    if campaign is None or campaign.status is CampaignStatus.DELETING:
        return replace(job, state=JobState.DONE)
    await mark_cancelled(services, campaign)
    store = services.store
    leads = await store.leads.page(
        job.campaign_id, after_seq=job.cursor, limit=PAGE_LEADS, statuses=ON_THEIR_WAY
    )
    if not leads:
        return replace(job, state=JobState.DONE)
    busy = await end_leads(services, leads, Cancelled())
    # The cursor stops before the first lead whose message is being sent, to wait for its outcome.
    last = min((it.lead.seq - 1 for it in leads if it.lead.lead_id in busy), default=None)
    cursor = max(it.lead.seq for it in leads) if last is None else last
    so_far = cast(int, job.report.get("cancelled", 0))
    ended = sum(it.lead.seq <= cursor for it in leads)
    return replace(job, cursor=cursor, report={"cancelled": so_far + ended})
