"""Publish a draft and move the leads on their way to it; or move them later.

Invariant: what a person chose is checked before anything is published. The move is a stored job,
idempotent by the name of the request. This module must not know HTTP.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from functions.flow.validate import Report
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.job_ids import job_id_of
from functions.service.campaigns.publish import find_version, publish, validate_aside
from functions.service.campaigns.records import ACTIVE, Campaign
from functions.service.campaigns.restoration import check_not_held
from functions.service.errors import CallerError, FlowInvalidError, conflict
from functions.service.jobs.records import JobKind, StoredJob
from functions.service.jobs.start_job import start_job
from functions.service.services import WorkspaceServices


@dataclass(frozen=True, slots=True)
class Move:
    """What a person chose. `steps`: by steps that the new version lacks, the step of it to which
    leads go that stand there; None: they end. Leads on other such steps stay in their version.
    `waits_anew`: the ends of waits, and of watches for what readers do, are computed anew, from
    the arrival there; otherwise they stay as they are."""

    steps: Mapping[str, str | None] = field(default_factory=dict)
    waits_anew: bool = False


async def publish_and_move(
    services: WorkspaceServices, campaign_id: str, name: str, move: Move
) -> tuple[Campaign, Report, StoredJob | None]:
    """The job is None if no lead can be on its way. `name`: the request's. Raises CallerError,
    FlowInvalidError."""
    await check_not_held(services)
    seen = await find_campaign(services, campaign_id)
    draft = await validate_aside(services, seen.draft)
    if draft.flow is None:
        raise FlowInvalidError(draft.errors)
    _check_targets(move, draft.flow.by_id())
    campaign, report = await publish(services, campaign_id)
    if campaign.status not in ACTIVE:
        return campaign, report, None
    return campaign, report, await _start(services, campaign, name, move)


async def move_leads(
    services: WorkspaceServices, campaign_id: str, name: str, move: Move
) -> StoredJob:
    """Move the leads of all earlier versions to the latest one. `name`: the request's. Raises
    CallerError."""
    await check_not_held(services)
    campaign = await find_campaign(services, campaign_id)
    if campaign.status not in ACTIVE:
        raise conflict(
            "not_active",
            f"Only a running or paused campaign has leads on their way; it is {campaign.status}.",
        )
    latest = await find_version(services, campaign_id, campaign.version)
    nodes = latest.flow["nodes"]
    assert isinstance(nodes, list | tuple)
    _check_targets(move, [it["id"] for it in nodes])
    return await _start(services, campaign, name, move)


def _check_targets(move: Move, node_ids: Collection[str]) -> None:
    for step, target in move.steps.items():
        if target is not None and target not in node_ids:
            raise CallerError(
                422,
                "no_such_node",
                f"There is no step {target} in the new version: name one of its steps, or null to "
                "end the leads.",
                f"move.steps.{step}",
            )


async def _start(
    services: WorkspaceServices, campaign: Campaign, name: str, move: Move
) -> StoredJob:
    until = await services.store.contacts.last_seq(services.workspace_id, campaign.campaign_id)
    return await start_job(
        services,
        job_id_of(campaign, f"move.{campaign.version}.{name[:32]}"),
        campaign.campaign_id,
        JobKind.MOVE,
        until=until,
        report={
            "version": campaign.version,
            "moved": 0,
            "ended": 0,
            "waiting": 0,
            "steps": dict(move.steps),
            "waits_anew": move.waits_anew,
        },
    )
