"""Intervene in a lead: a person ends a lead's wait, moves it elsewhere, or has it retried.

Invariant: each intervention names the revision of the lead that the person saw, so a second click
finds a later revision and changes nothing. No message is sent twice: a moved lead makes a new
visit, and a retry creates a new message. A deferred message is held before its lead moves, and
withdrawn afterwards.
This module must not know its callers.
"""

from dataclasses import replace
from datetime import timedelta

from functions.flow import keys
from functions.flow.event import Intervention, Moved, Retried, WaitSkipped
from functions.flow.lead import Lead, Reason, State
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.records import ACTIVE, CampaignStatus
from functions.service.campaigns.restoration import check_not_held
from functions.service.errors import CallerError, conflict
from functions.service.execution.advance import advance
from functions.service.execution.find_lead import find_lead
from functions.service.execution.records import StoredLead
from functions.service.sending.records import Claim, Message, MessageState
from functions.service.services import WorkspaceServices

HELD = timedelta(minutes=10)
"""Longer than a worker may be suspended between reading a lead and claiming its message. If we die
while we hold a message, it is tried again after this time."""
WITHDRAWN = "withdrawn: a person moved the lead"


async def skip_wait(
    services: WorkspaceServices, campaign_id: str, lead_id: str, revision: int, reason: str = ""
) -> Lead:
    """End the lead's wait, or its watch, now. Raises CallerError."""
    stored = await _seen(services, campaign_id, lead_id, revision)
    lead = stored.lead
    if lead.state not in (State.WAITING, State.WATCHING) or lead.current_node is None:
        raise conflict("not_waiting", f"The lead is not waiting: {_is_now(lead)}.")
    return await _step(services, stored, WaitSkipped(lead.current_node, lead.visit, reason))


async def move_lead(
    services: WorkspaceServices,
    campaign_id: str,
    lead_id: str,
    node_id: str,
    revision: int,
    reason: str = "",
) -> Lead:
    """Make the lead arrive at `node_id` of the flow version it walks. Raises CallerError."""
    stored = await _seen(services, campaign_id, lead_id, revision)
    lead = stored.lead
    match lead.state:
        case State.SENDING:
            raise conflict(
                "being_sent", "A message to this lead is being sent: try again in a moment."
            )
        case State.UNKNOWN:
            raise conflict(
                "decide_first",
                "It is unknown whether its message was sent: decide that first, then move it.",
            )
        case State.COMPLETED:
            raise conflict("ended", f"The lead has ended: {_is_now(lead)}.")
    loaded = await services.flows.load(lead)
    if node_id not in loaded.executor.flow.by_id():
        raise CallerError(
            422,
            "no_such_node",
            f"There is no node {node_id} in version {lead.flow_version} of the flow, which this "
            "lead walks.",
            "node_id",
        )
    event = Moved(node_id, lead.current_node, lead.visit, reason)
    if lead.state is not State.DEFERRED:
        return await _step(services, stored, event)
    deferred = await _deferred(services, lead)
    held = await _hold(services, deferred)
    after = deferred
    try:
        moved = await _step(services, stored, event)
        after = replace(
            deferred, state=MessageState.SUPPRESSED, retry_at=None, outcome_reason=WITHDRAWN
        )
    finally:
        # A new token, so that no worker that read the message before can claim it.
        after = replace(after, token=services.new_token())
        await services.store.messages.claim([Claim(after, held)])
    return moved


async def retry_lead(
    services: WorkspaceServices, campaign_id: str, lead_id: str, revision: int, reason: str = ""
) -> Lead:
    """Send the e-mail that failed the lead again, as a new message. Raises CallerError."""
    stored = await _seen(services, campaign_id, lead_id, revision)
    lead = stored.lead
    if lead.state is not State.FAILED or lead.current_node is None:
        raise conflict("not_failed", f"Only a failed lead can be retried: {_is_now(lead)}.")
    if lead.reason is Reason.POISON:
        raise conflict(
            "went_round", "It failed because it went in circles: move it to another node."
        )
    return await _step(
        services, stored, Retried(lead.current_node, lead.visit, lead.resend_number, reason)
    )


async def _seen(
    services: WorkspaceServices, campaign_id: str, lead_id: str, revision: int
) -> StoredLead:
    """The lead as the person saw it. Raises CallerError."""
    await check_not_held(services)
    campaign = await find_campaign(services, campaign_id)
    stored = await find_lead(services, campaign_id, lead_id)
    # A completed campaign is allowed: it runs again once a failed lead is brought back.
    if campaign.status not in ACTIVE | {CampaignStatus.COMPLETED}:
        raise conflict(
            "ended", f"The campaign is {campaign.status}: its leads stay where they are."
        )
    if stored.lead.revision != revision:
        raise _moved_on()
    return stored


async def _step(services: WorkspaceServices, stored: StoredLead, event: Intervention) -> Lead:
    """Raises CallerError 409 if the lead has moved in the meantime."""
    lead_id = stored.lead.lead_id
    advanced = await advance(services, {lead_id: (stored, event)}, again=False)
    for defect in advanced.failures.values():
        raise defect
    step = advanced.steps.get(lead_id)
    if step is None or step.ignored is not None:
        raise _moved_on()
    return step.lead


async def _deferred(services: WorkspaceServices, lead: Lead) -> Message:
    """The deferred message. Raises CallerError if a worker has taken it up."""
    assert lead.current_node is not None
    key = keys.send_key(lead.lead_id, lead.current_node, lead.visit, lead.resend_number)
    found = await services.store.messages.find([key])
    if not found or found[0].state is not MessageState.DEFERRED:
        raise _moved_on()
    return found[0]


async def _hold(services: WorkspaceServices, deferred: Message) -> Message:
    """The message, claimed by us and deferred for a while, so that no worker takes it up. Raises
    CallerError if one already has."""
    retry_at = await services.store.now() + HELD
    held = replace(deferred, token=services.new_token(), retry_at=retry_at)
    if not await services.store.messages.claim([Claim(held, deferred)]):
        raise _moved_on()
    return held


def _moved_on() -> CallerError:
    return conflict("changed_meanwhile", "The lead has changed since you loaded it: reload it.")


def _is_now(lead: Lead) -> str:
    return f"it is {lead.status}" + (f" ({lead.reason})" if lead.reason else "")
