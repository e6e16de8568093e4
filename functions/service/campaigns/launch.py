"""Launch a campaign, now or at a time: publish it, and start to enrol its contacts.

Invariant: a second launch finds what the first one did and starts nothing. With `accepts`, no
campaign starts with a warning that is not among them. A scheduled campaign can't be changed, so
what was accepted is what is sent. This module must not know HTTP.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.service.campaigns.change_campaign import change_campaign, find_campaign
from functions.service.campaigns.check_before_launch import check_before_launch
from functions.service.campaigns.job_ids import is_of, job_id_of, scheduled_job_id
from functions.service.campaigns.publish import publish
from functions.service.campaigns.records import Campaign, CampaignStatus, Ending
from functions.service.campaigns.restoration import check_not_held
from functions.service.errors import CallerError, FlowInvalidError, NotAcceptedError, conflict
from functions.service.jobs.records import JobKind, JobState, StoredJob
from functions.service.jobs.start_job import start_job
from functions.service.services import WorkspaceServices

LAUNCH = "launch"
AHEAD_MAX = timedelta(days=366)
"""How far ahead a launch can be scheduled."""
LASTING_MAX = timedelta(days=5 * 366)
"""How long after its start a campaign can end by date."""


@dataclass(frozen=True, slots=True)
class Timing:
    """`at`: when the campaign starts; None: now. `ends_at`: with `Ending.AT_DATE`, and only then.
    Both in whole milliseconds."""

    at: datetime | None = None
    ends: Ending = Ending.WHEN_THROUGH
    ends_at: datetime | None = None


AT_ONCE = Timing()


async def launch(
    services: WorkspaceServices,
    campaign_id: str,
    *,
    accepts: Collection[str] | None = None,
    timing: Timing = AT_ONCE,
) -> tuple[Campaign, StoredJob | None]:
    """Publish the draft, then store the job that enrols the contacts; or schedule that, and return
    no job. Idempotent: a second launch returns the job of the first one.

    `accepts`: the codes of the warnings that a person accepts; None launches whatever they are.
    Raises CallerError, FlowInvalidError, NotAcceptedError.
    """
    await check_not_held(services)
    campaign = await find_campaign(services, campaign_id)
    existing = await _launched_by(services, campaign)
    if existing is not None and campaign.status is not CampaignStatus.CANCELLED:
        return campaign, existing
    if campaign.status is CampaignStatus.SCHEDULED and _timing_of(campaign) == timing:
        return campaign, None
    _check_launchable(campaign)
    check_timing(timing, await services.store.now())
    if not await _has_audience(services, campaign_id):
        raise conflict("no_contacts", "The campaign has no contacts: import some, then launch it.")
    if accepts is not None:
        await _check_accepted(services, campaign, accepts)
    published, _ = await publish(services, campaign_id)
    if published.created_at != campaign.created_at:
        raise conflict("changed_meanwhile", "The campaign has just been created anew: reload it.")
    if timing.at is not None:
        return await _schedule(services, published, timing), None
    if _timing_of(published) != timing:
        published = await change_campaign(
            services, campaign_id, lambda it: _timed(it, timing), seen=published
        )
    job = await start_job(services, job_id_of(campaign, LAUNCH), campaign_id, JobKind.ENROL)
    return published, job


def check_timing(timing: Timing, now: datetime) -> None:
    """Raises CallerError 422, which names the field of the request."""
    if timing.at is not None and timing.at <= now:
        raise CallerError(
            422, "in_the_past", "This time has passed: choose a later one, or launch now.", "at"
        )
    if timing.at is not None and timing.at > now + AHEAD_MAX:
        raise CallerError(
            422, "too_far_ahead", "Choose a time within a year, or launch nearer to it.", "at"
        )
    if timing.ends is not Ending.AT_DATE:
        if timing.ends_at is not None:
            raise CallerError(
                422, "not_at_date", "Only a campaign that ends at_date has such a time.", "ends_at"
            )
        return
    begins = timing.at or now
    if timing.ends_at is None:
        raise CallerError(
            422, "no_end", "Say when it ends, as in 2027-02-01T18:00:00+01:00.", "ends_at"
        )
    if timing.ends_at <= begins:
        raise CallerError(422, "ends_early", "It must end after it starts.", "ends_at")
    if timing.ends_at > begins + LASTING_MAX:
        raise CallerError(
            422,
            "too_far_ahead",
            "Choose a time within five years, or let it end by hand.",
            "ends_at",
        )


def _check_launchable(campaign: Campaign) -> None:
    """Raises CallerError 409."""
    if campaign.status is CampaignStatus.SCHEDULED:
        raise conflict(
            "scheduled",
            "The campaign is scheduled: make it a draft again, then launch it at another time.",
        )
    if campaign.status is not CampaignStatus.DRAFT:
        raise conflict("ended", f"The campaign is {campaign.status}: launch a duplicate instead.")


async def _schedule(services: WorkspaceServices, published: Campaign, timing: Timing) -> Campaign:
    return await change_campaign(
        services,
        published.campaign_id,
        lambda it: replace(
            _timed(it, timing), status=CampaignStatus.SCHEDULED, schedule=it.schedule + 1
        ),
        if_revision=published.revision,
        seen=published,
    )


def _timing_of(campaign: Campaign) -> Timing:
    return Timing(campaign.launch_at, campaign.ends, campaign.ends_at)


def _timed(campaign: Campaign, timing: Timing) -> Campaign:
    return replace(campaign, launch_at=timing.at, ends=timing.ends, ends_at=timing.ends_at)


async def _launched_by(services: WorkspaceServices, campaign: Campaign) -> StoredJob | None:
    jobs, workspace_id = services.store.jobs, services.workspace_id
    found = await jobs.find(workspace_id, job_id_of(campaign, LAUNCH))
    is_begun = campaign.status not in (CampaignStatus.DRAFT, CampaignStatus.SCHEDULED)
    if found is None and is_begun and campaign.schedule:
        found = await jobs.find(workspace_id, scheduled_job_id(campaign))
    if found is None and is_begun:
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
