"""Create campaigns, copy them, and change their drafts.

Invariant: each of these is one write, and a repeated request changes nothing.
This module must not know HTTP.
"""

from collections.abc import Mapping
from dataclasses import replace

from functions.flow.keys import IDENTIFIER
from functions.flow.model import CONNECTIONS_MAX, NODES_MAX
from functions.flow.spelling import normalise
from functions.flow.validate import CheckText, Finding, Report, validate
from functions.mail.headers import check_mailbox
from functions.mail.template import check_template
from functions.service.campaigns.change_campaign import change_campaign, find_campaign
from functions.service.campaigns.check_open import check_editable
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.errors import CallerError, FlowInvalidError, conflict
from functions.service.services import WorkspaceServices

NAME_CHARS_MAX = 200


COPY = " (copy)"


EMPTY_DRAFT: Mapping[str, object] = {
    "nodes": [{"id": "start", "type": "start"}],
    "connections": [],
}


async def create_campaign(
    services: WorkspaceServices,
    *,
    name: str,
    flow: Mapping[str, object] | None = None,
    campaign_id: str | None = None,
    from_email: str | None = None,
    from_name: str | None = None,
    reply_to: str | None = None,
    lateness_max_seconds: int | None = None,
) -> Campaign:
    """`flow`: in any spelling; it is stored in the current one. `campaign_id`: None creates one.
    Raises CallerError, or FlowInvalidError if the flow is too large to store."""
    if flow is not None:
        _refuse_oversized(flow)
    if campaign_id is not None and not IDENTIFIER.fullmatch(campaign_id):
        raise CallerError(
            422, "bad_id", "Use 1 to 64 letters, digits, - _ or : as an id.", "campaign_id"
        )
    now = await services.store.now()
    campaign = Campaign(
        workspace_id=services.workspace_id,
        campaign_id=campaign_id or f"c-{services.new_token()[:12]}",
        name=name,
        status=CampaignStatus.DRAFT,
        draft=normalise(flow) if flow is not None else EMPTY_DRAFT,
        created_at=now,
        updated_at=now,
        from_email=from_email,
        from_name=from_name,
        reply_to=reply_to,
        lateness_max_seconds=lateness_max_seconds,
    )
    if not await services.store.campaigns.insert(campaign):
        raise conflict("id_taken", f"There is already a campaign {campaign.campaign_id}.")
    return campaign


async def duplicate_campaign(
    services: WorkspaceServices, campaign_id: str, *, name: str | None, new_id: str | None = None
) -> Campaign:
    """Create a draft with the same flow and settings, without contacts and leads.

    `name`: None uses the name of the original with " (copy)" added. `new_id`: None creates one.
    """
    original = await find_campaign(services, campaign_id)
    return await create_campaign(
        services,
        name=name or f"{original.name[: NAME_CHARS_MAX - len(COPY)]}{COPY}",
        flow=original.draft,
        campaign_id=new_id,
        from_email=original.from_email,
        from_name=original.from_name,
        reply_to=original.reply_to,
        lateness_max_seconds=original.lateness_max_seconds,
    )


async def replace_draft(
    services: WorkspaceServices,
    campaign_id: str,
    flow: Mapping[str, object],
    if_revision: int | None,
) -> Campaign:
    """`if_revision`: the revision that the caller saw; None accepts any. Raises CallerError, or
    FlowInvalidError if the flow is too large to store."""
    _refuse_oversized(flow)
    draft = normalise(flow)

    def change(campaign: Campaign) -> Campaign:
        check_editable(campaign)
        return campaign if campaign.draft == draft else replace(campaign, draft=draft)

    return await change_campaign(services, campaign_id, change, if_revision=if_revision)


def check_flow(flow: Mapping[str, object], check: CheckText | None = check_template) -> Report:
    """`flow`: in any spelling. `check`: returns what is wrong with a template; None: not asked."""
    findings = _too_large(flow)
    if findings:
        return Report(None, findings)
    return validate(normalise(flow), check, check_mailbox)


def _refuse_oversized(flow: Mapping[str, object]) -> None:
    findings = _too_large(flow)
    if findings:
        raise FlowInvalidError(findings)


def _too_large(flow: Mapping[str, object]) -> tuple[Finding, ...]:
    """Checked first, because the time of the further checks grows faster than the flow."""
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
