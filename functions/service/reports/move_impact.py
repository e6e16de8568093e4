"""What moving the leads on their way to a version would do, before anybody decides.

Invariant: it is computed from the counts, not from leads, by the rule that the move itself follows.
Leads go on meanwhile, so the numbers may differ a little when they move.
This module must not know HTTP.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from functions.flow.carry_over import CarryOver, Place
from functions.flow.lead import State
from functions.flow.model import Flow
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.publish import find_version, is_latest, validate_aside
from functions.service.campaigns.records import Campaign
from functions.service.errors import FlowInvalidError
from functions.service.reports.leads_by_version import VersionLeads, leads_by_version
from functions.service.reports.read_counts import read_counts
from functions.service.services import WorkspaceServices

STEPS_MAX = 1000


@dataclass(frozen=True, slots=True)
class StepImpact:
    """Leads at a step of earlier versions. `gone`: those for which the new version has no such
    step. `version`: the latest of the versions in which leads are there."""

    node_id: str
    version: int
    leads: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class MoveImpact:
    """`version`: the one to move to; None: the draft, which is not published yet. `leads`: on their
    way in earlier versions. `pending`: of them, before their first step. `sending`: those that move
    only after their message has settled. `undecided`: those on steps that are gone that cannot go
    elsewhere before a person has decided about their message. `steps`: with most leads first."""

    version: int | None
    leads: int
    pending: int
    sending: int
    undecided: int
    gone: int
    steps: Sequence[StepImpact]
    versions: Sequence[VersionLeads]


async def move_impact(
    services: WorkspaceServices, campaign_id: str, *, of_draft: bool
) -> MoveImpact:
    """`of_draft`: publish the draft, and move to it; otherwise, to the latest version. Raises
    CallerError, FlowInvalidError."""
    campaign = await find_campaign(services, campaign_id)
    flow, version = await _target(services, campaign, of_draft=of_draft)
    counts = await read_counts(services, campaign_id)
    found = leads_by_version(counts.values)
    versions = [it for it in found if version is None or it.version < version]
    return _impact(CarryOver(flow), version, versions)


async def _target(
    services: WorkspaceServices, campaign: Campaign, *, of_draft: bool
) -> tuple[Flow, int | None]:
    if not of_draft:
        latest = await find_version(services, campaign.campaign_id, campaign.version)
        return Flow.model_validate(latest.flow), campaign.version
    report = await validate_aside(services, campaign.draft)
    if report.flow is None:
        raise FlowInvalidError(report.errors)
    is_published = await is_latest(services, campaign, report.flow)
    return report.flow, campaign.version if is_published else None


def _impact(
    carry_over: CarryOver, version: int | None, versions: Sequence[VersionLeads]
) -> MoveImpact:
    steps: dict[str, StepImpact] = {}
    pending = sending = undecided = 0
    for it in versions:
        for node_id, states in it.nodes.items():
            for state, number in states.items():
                if node_id is None:
                    pending += number
                    continue
                is_gone = carry_over.place(state, node_id) is Place.GONE
                step = steps.get(node_id, StepImpact(node_id, it.version))
                gone = step.gone + (number if is_gone else 0)
                steps[node_id] = replace(step, leads=step.leads + number, gone=gone)
                sending += number if state is State.SENDING else 0
                undecided += number if is_gone and state is State.UNKNOWN else 0
    ordered = sorted(steps.values(), key=lambda it: (-it.leads, it.node_id))
    return MoveImpact(
        version=version,
        leads=sum(it.leads for it in versions),
        pending=pending,
        sending=sending,
        undecided=undecided,
        gone=sum(it.gone for it in ordered),
        steps=ordered[:STEPS_MAX],
        versions=versions,
    )
