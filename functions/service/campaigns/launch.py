"""Launch a campaign: publish it, and start to enrol its contacts.

Invariant: a second launch finds the job of the first one and starts nothing.
This module must not know HTTP.
"""

from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.publish import publish
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.errors import conflict
from functions.service.jobs.records import JobKind, StoredJob
from functions.service.jobs.start_job import start_job
from functions.service.services import WorkspaceServices


async def launch(services: WorkspaceServices, campaign_id: str) -> tuple[Campaign, StoredJob]:
    """Publish the draft, then store the job that enrols the contacts. Idempotent: a second launch
    returns the job of the first one. Raises CallerError, FlowInvalidError."""
    job_id = f"{campaign_id}.launch"
    campaign = await find_campaign(services, campaign_id)
    existing = await services.store.jobs.find(services.workspace_id, job_id)
    if existing is not None and campaign.status is not CampaignStatus.CANCELLED:
        return campaign, existing
    if campaign.status is not CampaignStatus.DRAFT:
        raise conflict("ended", f"The campaign is {campaign.status}: launch a duplicate instead.")
    if not await _has_audience(services, campaign_id):
        raise conflict("no_contacts", "The campaign has no contacts: import some, then launch it.")
    campaign, _ = await publish(services, campaign_id)
    job = await start_job(services, job_id, campaign_id, JobKind.ENROL)
    return campaign, job


async def _has_audience(services: WorkspaceServices, campaign_id: str) -> bool:
    if await services.store.contacts.last_seq(services.workspace_id, campaign_id):
        return True
    jobs = await services.store.jobs.page(services.workspace_id, campaign_id, 10)
    return any(job.kind is JobKind.IMPORT for job in jobs)
