"""Launch a campaign: publish it, and start to enrol its contacts.

Invariant: a second launch finds the job of the first one and starts nothing. With `accepts`, no
campaign starts with a warning that is not among them.
This module must not know HTTP.
"""

from collections.abc import Collection

from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.check_before_launch import check_before_launch
from functions.service.campaigns.job_ids import is_of, job_id_of
from functions.service.campaigns.publish import publish
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.campaigns.restoration import check_not_held
from functions.service.errors import FlowInvalidError, NotAcceptedError, conflict
from functions.service.jobs.records import JobKind, JobState, StoredJob
from functions.service.jobs.start_job import start_job
from functions.service.services import WorkspaceServices

LAUNCH = "launch"


async def launch(
    services: WorkspaceServices, campaign_id: str, *, accepts: Collection[str] | None = None
) -> tuple[Campaign, StoredJob]:
    """Publish the draft, then store the job that enrols the contacts. Idempotent: a second launch
    returns the job of the first one.

    `accepts`: the codes of the warnings that a person accepts; None launches whatever they are.
    Raises CallerError, FlowInvalidError, NotAcceptedError.
    """
    await check_not_held(services)
    campaign = await find_campaign(services, campaign_id)
    existing = await _launched_by(services, campaign)
    if existing is not None and campaign.status is not CampaignStatus.CANCELLED:
        return campaign, existing
    if campaign.status is not CampaignStatus.DRAFT:
        raise conflict("ended", f"The campaign is {campaign.status}: launch a duplicate instead.")
    if not await _has_audience(services, campaign_id):
        raise conflict("no_contacts", "The campaign has no contacts: import some, then launch it.")
    if accepts is not None:
        await _check_accepted(services, campaign, accepts)
    published, _ = await publish(services, campaign_id)
    if published.created_at != campaign.created_at:
        raise conflict("changed_meanwhile", "The campaign has just been created anew: reload it.")
    job = await start_job(services, job_id_of(campaign, LAUNCH), campaign_id, JobKind.ENROL)
    return published, job


async def _launched_by(services: WorkspaceServices, campaign: Campaign) -> StoredJob | None:
    jobs, workspace_id = services.store.jobs, services.workspace_id
    found = await jobs.find(workspace_id, job_id_of(campaign, LAUNCH))
    if found is None and campaign.status is not CampaignStatus.DRAFT:
        # An earlier version launched it.
        found = await jobs.find(workspace_id, f"{campaign.campaign_id}.{LAUNCH}")
    return found if found and is_of(found, campaign) else None


async def _check_accepted(
    services: WorkspaceServices, campaign: Campaign, accepts: Collection[str]
) -> None:
    """Raises FlowInvalidError, NotAcceptedError."""
    report = await check_before_launch(services, campaign)
    if report.errors:
        raise FlowInvalidError(report.errors)
    left = [it for it in report.warnings if it.code not in accepts]
    if left:
        raise NotAcceptedError(left)


async def _has_audience(services: WorkspaceServices, campaign_id: str) -> bool:
    # The imports first: one that ends in between has its contacts in the total.
    jobs = await services.store.jobs.page(services.workspace_id, campaign_id, 10)
    if any(it.kind is JobKind.IMPORT and it.state is JobState.WAITING for it in jobs):
        return True
    return await services.store.contacts.total(services.workspace_id, campaign_id) > 0
