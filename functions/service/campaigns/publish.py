"""Publish a draft: make it the flow version that new leads walk.

Invariant: a flow version never changes, and its number is used only once.
This module must not know HTTP.
"""

from collections.abc import Mapping
from dataclasses import replace

from functions.flow.model import Flow
from functions.flow.validate import Report, validate
from functions.mail.headers import check_mailbox
from functions.service.access.records import WorkspaceSettings
from functions.service.access.workspace_settings import read_workspace_settings
from functions.service.campaigns.change_campaign import ATTEMPTS_MAX, find_campaign
from functions.service.campaigns.check_open import check_editable
from functions.service.campaigns.flow_texts import checking
from functions.service.campaigns.records import Campaign, FlowVersion
from functions.service.content.allowance import Allowance
from functions.service.content.current_footer import footer_of
from functions.service.errors import FlowInvalidError, conflict, missing
from functions.service.services import Services, WorkspaceServices


async def publish(services: WorkspaceServices, campaign_id: str) -> tuple[Campaign, Report]:
    """Make the draft the version that new leads walk, with the footer and the Reply-To that the
    workspace has now. Publishing it again does nothing, unless one of them has changed.

    Raises CallerError, FlowInvalidError.
    """
    for _ in range(ATTEMPTS_MAX):
        campaign = await find_campaign(services, campaign_id)
        check_editable(campaign)
        report = await validate_aside(services, campaign.draft)
        if report.flow is None:
            raise FlowInvalidError(report.errors)
        settings = await read_workspace_settings(services)
        if await _equals_latest(services, campaign, report.flow, settings):
            return campaign, report
        version = await _add_version(services, campaign, report.flow, settings)
        wanted = replace(
            campaign,
            version=version,
            revision=campaign.revision + 1,
            updated_at=await services.store.now(),
        )
        if await services.store.campaigns.replace(wanted):
            return wanted, report
    raise conflict("busy", "Others are changing the campaign at the moment: try again.")


async def validate_aside(
    services: Services, flow: Mapping[str, object], allowance: Allowance | None = None
) -> Report:
    """The report on a flow and its templates, made beside the event loop. `allowance`: that of the
    request; None: it does nothing else with texts."""
    within = allowance or Allowance(services.processor.seconds)

    def check() -> Report:
        return validate(flow, checking(flow, within), check_mailbox)

    return await services.processor.aside(check)


async def is_published(services: WorkspaceServices, campaign: Campaign, report: Report) -> bool:
    """Whether the draft equals the version that new leads walk. `report`: of the draft."""
    if report.flow is None or not campaign.version:
        return False
    latest = await services.store.campaigns.version(campaign.campaign_id, campaign.version)
    return latest is not None and latest.flow == _document(report.flow)


async def is_latest(services: WorkspaceServices, campaign: Campaign, flow: Flow) -> bool:
    """Whether publishing `flow` now would do nothing."""
    settings = await read_workspace_settings(services)
    return await _equals_latest(services, campaign, flow, settings)


async def _equals_latest(
    services: WorkspaceServices, campaign: Campaign, flow: Flow, settings: WorkspaceSettings
) -> bool:
    if not campaign.version:
        return False
    latest = await services.store.campaigns.version(campaign.campaign_id, campaign.version)
    wanted = (_document(flow), footer_of(settings), settings.reply_to)
    return latest is not None and (latest.flow, latest.footer, latest.reply_to) == wanted


def _document(flow: Flow) -> dict[str, object]:
    return flow.model_dump(mode="json")


async def find_version(services: WorkspaceServices, campaign_id: str, version: int) -> FlowVersion:
    """Raises CallerError 404."""
    await find_campaign(services, campaign_id)
    found = await services.store.campaigns.version(campaign_id, version)
    if found is None:
        raise missing("flow version", str(version))
    return found


async def _add_version(
    services: WorkspaceServices, campaign: Campaign, flow: Flow, settings: WorkspaceSettings
) -> int:
    """Returns the number of the new version. If publishing is interrupted after this, the number
    stays unused."""
    version = campaign.version
    while True:
        version += 1
        now = await services.store.now()
        added = await services.store.campaigns.add_version(
            FlowVersion(
                campaign.campaign_id,
                version,
                _document(flow),
                now,
                footer_of(settings),
                settings.reply_to,
            )
        )
        if added:
            return version
