"""What people do with a campaign: create, edit, publish, launch, pause, resume, cancel, delete.

Invariant: each is one compare-and-set on the campaign (and a stored job where work follows), so
two people at once never overwrite each other silently, and a repeated request changes nothing.
This module must not know HTTP.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from functions.flow.keys import IDENTIFIER
from functions.flow.model import CONNECTIONS_MAX, NODES_MAX, Flow
from functions.flow.spelling import normalise
from functions.flow.validate import Finding, Report, validate
from functions.mail.template import check_template
from functions.service.campaigns.records import Campaign, CampaignStatus, FlowVersion
from functions.service.errors import CallerError, FlowInvalidError, conflict, missing
from functions.service.jobs.records import JobKind, RunJob, StoredJob
from functions.service.services import Services

ATTEMPTS_MAX = 8
NAME_CHARS_MAX = 200
COPY = " (copy)"

ACTIVE = frozenset({CampaignStatus.RUNNING, CampaignStatus.PAUSED})
ENDED = frozenset({CampaignStatus.COMPLETED, CampaignStatus.CANCELLED, CampaignStatus.ARCHIVED})

EMPTY_DRAFT: Mapping[str, object] = {
    "nodes": [{"id": "start", "type": "start"}],
    "connections": [],
}


async def create_campaign(
    services: Services,
    *,
    name: str,
    flow: Mapping[str, object] | None = None,
    campaign_id: str | None = None,
    from_email: str | None = None,
    from_name: str | None = None,
    lateness_max_seconds: int | None = None,
) -> Campaign:
    """`flow`: in any spelling; stored in today's. Raises CallerError, FlowInvalidError for a
    flow too large to keep."""
    if flow is not None:
        _refuse_oversized(flow)
    if campaign_id is not None and not IDENTIFIER.fullmatch(campaign_id):
        raise CallerError(
            422, "bad_id", "Use 1 to 64 letters, digits, - _ or : as an id.", "campaign_id"
        )
    now = await services.store.now()
    campaign = Campaign(
        campaign_id=campaign_id or f"c-{services.new_token()[:12]}",
        name=name,
        status=CampaignStatus.DRAFT,
        draft=normalise(flow) if flow is not None else EMPTY_DRAFT,
        created_at=now,
        updated_at=now,
        from_email=from_email,
        from_name=from_name,
        lateness_max_seconds=lateness_max_seconds,
    )
    if not await services.store.campaigns.insert(campaign):
        raise conflict("id_taken", f"There is a campaign {campaign.campaign_id} already.")
    return campaign


async def duplicate_campaign(
    services: Services, campaign_id: str, *, name: str | None, new_id: str | None = None
) -> Campaign:
    """A draft of its own with the flow and the settings of this one, and nobody in it.

    `name`: None takes the name of this one, called a copy. `new_id`: as in `create_campaign`.
    """
    original = await find_campaign(services, campaign_id)
    return await create_campaign(
        services,
        name=name or f"{original.name[: NAME_CHARS_MAX - len(COPY)]}{COPY}",
        flow=original.draft,
        campaign_id=new_id,
        from_email=original.from_email,
        from_name=original.from_name,
        lateness_max_seconds=original.lateness_max_seconds,
    )


async def find_campaign(services: Services, campaign_id: str) -> Campaign:
    """Raises CallerError 404, also for one that is being deleted."""
    found = await services.store.campaigns.find([campaign_id])
    if not found or found[0].status is CampaignStatus.DELETING:
        raise missing("campaign", campaign_id)
    return found[0]


async def change_campaign(
    services: Services,
    campaign_id: str,
    change: Callable[[Campaign], Campaign],
    *,
    if_revision: int | None = None,
) -> Campaign:
    """Compare-and-set with reload. `change` returns the very campaign it was given where there
    is nothing to do, and may raise CallerError. `if_revision`: the revision the caller saw."""
    for _ in range(ATTEMPTS_MAX):
        campaign = await find_campaign(services, campaign_id)
        if if_revision is not None and campaign.revision != if_revision:
            raise CallerError(
                412,
                "changed_meanwhile",
                "Somebody changed the campaign since you read it: read it again, then repeat "
                "your change.",
            )
        wanted = change(campaign)
        if wanted is campaign:
            return campaign
        now = await services.store.now()
        wanted = replace(wanted, revision=campaign.revision + 1, updated_at=now)
        if await services.store.campaigns.replace(wanted):
            return wanted
    raise conflict("busy", "The campaign is being changed by others: try again.")


async def replace_draft(
    services: Services, campaign_id: str, flow: Mapping[str, object], if_revision: int | None
) -> Campaign:
    """Raises CallerError, FlowInvalidError for a flow too large to keep."""
    _refuse_oversized(flow)
    draft = normalise(flow)

    def change(campaign: Campaign) -> Campaign:
        if campaign.status in ENDED:
            raise conflict("ended", f"The campaign is {campaign.status}: copy it to go on.")
        return campaign if campaign.draft == draft else replace(campaign, draft=draft)

    return await change_campaign(services, campaign_id, change, if_revision=if_revision)


def check_flow(flow: Mapping[str, object]) -> Report:
    """`flow`: in any spelling."""
    findings = _too_large(flow)
    return Report(None, findings) if findings else validate(normalise(flow), check_template)


def _refuse_oversized(flow: Mapping[str, object]) -> None:
    findings = _too_large(flow)
    if findings:
        raise FlowInvalidError(findings)


def _too_large(flow: Mapping[str, object]) -> tuple[Finding, ...]:
    """Asked before anything walks the flow: what follows takes longer than its length."""
    inner = flow.get("workflow")
    workflow: Mapping[str, object] = inner if isinstance(inner, Mapping) else {}
    nodes = flow.get("nodes", workflow.get("nodes"))
    links = flow.get("connections", workflow.get("connections"))
    within = (
        not isinstance(nodes, list) or len(nodes) <= NODES_MAX,
        not isinstance(links, list) or len(links) <= CONNECTIONS_MAX,
    )
    if all(within):
        return ()
    errors = validate({"nodes": nodes, "connections": links}).errors
    return tuple(it for it in errors if it.code in ("too_many_nodes", "too_many_connections"))


async def publish(services: Services, campaign_id: str) -> tuple[Campaign, Report]:
    """Make the draft the version new leads walk. Publishing an unchanged draft does nothing.

    Raises FlowInvalidError.
    """
    for _ in range(ATTEMPTS_MAX):
        campaign = await find_campaign(services, campaign_id)
        if campaign.status in ENDED:
            raise conflict("ended", f"The campaign is {campaign.status}: copy it to go on.")
        report = validate(campaign.draft, check_template)
        if report.flow is None:
            raise FlowInvalidError(report.errors)
        if await is_published(services, campaign, report):
            return campaign, report
        version = await _add_version(services, campaign, report.flow)
        wanted = replace(
            campaign,
            version=version,
            revision=campaign.revision + 1,
            updated_at=await services.store.now(),
        )
        if await services.store.campaigns.replace(wanted):
            return wanted, report
    raise conflict("busy", "The campaign is being changed by others: try again.")


async def is_published(services: Services, campaign: Campaign, report: Report) -> bool:
    """Is the draft, of which this is the report, what new leads walk?"""
    if report.flow is None or not campaign.version:
        return False
    latest = await services.store.campaigns.version(campaign.campaign_id, campaign.version)
    return latest is not None and latest.flow == report.flow.model_dump(mode="json")


async def find_version(services: Services, campaign_id: str, version: int) -> FlowVersion:
    """Raises CallerError 404."""
    await find_campaign(services, campaign_id)
    found = await services.store.campaigns.version(campaign_id, version)
    if found is None:
        raise missing("flow version", str(version))
    return found


async def _add_version(services: Services, campaign: Campaign, flow: Flow) -> int:
    """The number the version got. A publication that died before it was named leaves a number
    behind that nobody uses."""
    document = flow.model_dump(mode="json")
    version = campaign.version
    while True:
        version += 1
        now = await services.store.now()
        added = await services.store.campaigns.add_version(
            FlowVersion(campaign.campaign_id, version, document, now)
        )
        if added:
            return version


async def launch(services: Services, campaign_id: str) -> tuple[Campaign, StoredJob]:
    """Publish, then store the job that lets the contacts in. Idempotent: a second launch
    returns the first one's job. Raises CallerError, FlowInvalidError."""
    job_id = f"{campaign_id}.launch"
    campaign = await find_campaign(services, campaign_id)
    existing = await services.store.jobs.find(job_id)
    if existing is not None and campaign.status is not CampaignStatus.CANCELLED:
        return campaign, existing
    if campaign.status is not CampaignStatus.DRAFT:
        raise conflict("ended", f"The campaign is {campaign.status}: copy it to launch it again.")
    if not await _has_audience(services, campaign_id):
        raise conflict("no_contacts", "The campaign has no contacts: import some, then launch.")
    campaign, _ = await publish(services, campaign_id)
    job = await start_job(services, job_id, campaign_id, JobKind.ENROL)
    return campaign, job


async def _has_audience(services: Services, campaign_id: str) -> bool:
    if await services.store.contacts.last_seq(campaign_id):
        return True
    jobs = await services.store.jobs.page(campaign_id, 10)
    return any(job.kind is JobKind.IMPORT for job in jobs)


async def start_job(
    services: Services,
    job_id: str,
    campaign_id: str,
    kind: JobKind,
    *,
    until: int = 0,
    report: Mapping[str, object] | None = None,
) -> StoredJob:
    """Store a job and ring for a worker; the sweep finds it too. Idempotent by id."""
    now = await services.store.now()
    # Jobs of a campaign run oldest first: one asked for later must not seem as old, or a launch
    # might overtake the import that came in the same millisecond.
    latest = await services.store.jobs.page(campaign_id, 1)
    if latest:
        now = max(now, latest[0].created_at + timedelta(milliseconds=1))
    job = StoredJob(
        job_id, campaign_id, kind, created_at=now, updated_at=now, until=until, report=report or {}
    )
    if not await services.store.jobs.insert(job):
        job = await services.store.jobs.find(job_id) or job
    with suppress(Exception):
        # Only a bell: the job is stored, and the sweep finds it when the broker is away.
        await services.dispatcher.dispatch([RunJob(job_id)])
    return job


async def pause(services: Services, campaign_id: str) -> Campaign:
    """After this returns only messages already marked `sending` leave."""

    def change(campaign: Campaign) -> Campaign:
        if campaign.status is CampaignStatus.PAUSED:
            return campaign
        if campaign.status is not CampaignStatus.RUNNING:
            raise conflict(
                "not_running", f"Only a running campaign pauses; it is {campaign.status}."
            )
        return replace(campaign, status=CampaignStatus.PAUSED)

    return await change_campaign(services, campaign_id, change)


async def resume(services: Services, campaign_id: str) -> Campaign:
    def change(campaign: Campaign) -> Campaign:
        if campaign.status is CampaignStatus.RUNNING:
            return campaign
        if campaign.status is not CampaignStatus.PAUSED:
            raise conflict(
                "not_paused", f"Only a paused campaign resumes; it is {campaign.status}."
            )
        return replace(campaign, status=CampaignStatus.RUNNING)

    return await change_campaign(services, campaign_id, change)


async def cancel(services: Services, campaign_id: str) -> tuple[Campaign, StoredJob | None]:
    """End the campaign and, by a job, every lead of it. A draft just becomes cancelled."""
    campaign = await find_campaign(services, campaign_id)
    if campaign.status in (CampaignStatus.COMPLETED, CampaignStatus.ARCHIVED):
        raise conflict("ended", f"The campaign is {campaign.status}: there is nothing to cancel.")
    # The job first: should we die here, it cancels the campaign itself.
    job = await start_job(services, f"{campaign_id}.cancel", campaign_id, JobKind.CANCEL)
    return await mark_cancelled(services, campaign_id), job


async def mark_cancelled(services: Services, campaign_id: str) -> Campaign:
    def change(campaign: Campaign) -> Campaign:
        if campaign.status in ENDED:
            return campaign
        return replace(campaign, status=CampaignStatus.CANCELLED)

    return await change_campaign(services, campaign_id, change)


async def archive(services: Services, campaign_id: str) -> Campaign:
    def change(campaign: Campaign) -> Campaign:
        if campaign.status is CampaignStatus.ARCHIVED:
            return campaign
        if campaign.status in ACTIVE:
            raise conflict("active", "The campaign is active: cancel it, or let it finish first.")
        return replace(campaign, status=CampaignStatus.ARCHIVED)

    return await change_campaign(services, campaign_id, change)


async def delete(services: Services, campaign_id: str) -> StoredJob:
    """Hide the campaign at once and take it away in pages. Not while it is active."""

    def change(campaign: Campaign) -> Campaign:
        if campaign.status in ACTIVE:
            raise conflict("active", "The campaign is active: cancel it first, then delete it.")
        return replace(campaign, status=CampaignStatus.DELETING)

    campaign = await find_campaign(services, campaign_id)
    change(campaign)
    # The job first: should we die here, it hides the campaign itself.
    job = await start_job(services, delete_job_id(campaign), campaign_id, JobKind.DELETE)
    await change_campaign(services, campaign_id, change)
    return job


def delete_job_id(campaign: Campaign) -> str:
    """It outlives its campaign, whose id may be given again: so it names when that was made."""
    made_ms = int(campaign.created_at.timestamp() * 1000)
    return f"{campaign.campaign_id}.{made_ms}.delete"
