"""Steer a lead: a person ends its wait, moves it elsewhere, or has it try again.

Invariant: each acts on the revision of the lead that the person saw, so that a second click finds
another and changes nothing. No message is sent twice: whoever moves arrives anew, whoever tries
again writes a new message; one that was put off is held before its lead moves, and withdrawn
after.
This module must not know who asks.
"""

from dataclasses import replace
from datetime import timedelta

from functions.flow import keys
from functions.flow.event import Moved, Retried, Steering, WaitSkipped
from functions.flow.lead import Lead, Reason, State
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.records import ACTIVE, CampaignStatus
from functions.service.errors import CallerError, conflict
from functions.service.execution.advance import advance
from functions.service.execution.find_lead import find_lead
from functions.service.execution.records import StoredLead
from functions.service.sending.records import Claim, Message, MessageState
from functions.service.services import WorkspaceServices

HELD = timedelta(minutes=10)
"""Longer than any worker sleeps between reading a lead and claiming its message. Should we die
meanwhile, the message is tried again this much later."""
WITHDRAWN = "withdrawn: a person moved the lead"


async def skip_wait(
    services: WorkspaceServices, campaign_id: str, lead_id: str, revision: int, words: str = ""
) -> Lead:
    """End the lead's wait, or its watch, now. Raises CallerError."""
    stored = await _seen(services, campaign_id, lead_id, revision)
    lead = stored.lead
    if lead.state not in (State.WAITING, State.WATCHING) or lead.current_node is None:
        raise conflict("not_waiting", f"The lead does not wait: {_is_now(lead)}.")
    return await _step(services, stored, WaitSkipped(lead.current_node, lead.visit, words))


async def move_lead(
    services: WorkspaceServices,
    campaign_id: str,
    lead_id: str,
    node_id: str,
    revision: int,
    words: str = "",
) -> Lead:
    """Let the lead arrive at `node_id` of the flow version it walks. Raises CallerError."""
    stored = await _seen(services, campaign_id, lead_id, revision)
    lead = stored.lead
    match lead.state:
        case State.SENDING:
            raise conflict(
                "being_sent", "A message to this lead is on its way: try again when it has arrived."
            )
        case State.UNKNOWN:
            raise conflict(
                "decide_first",
                "Nobody knows whether its message arrived: decide that first, then move it.",
            )
        case State.COMPLETED:
            raise conflict("ended", f"The lead does not walk any more: {_is_now(lead)}.")
    loaded = await services.flows.load(lead)
    if node_id not in loaded.executor.flow.by_id():
        raise CallerError(
            422,
            "no_such_node",
            f"There is no node {node_id} in version {lead.flow_version} of the flow, which this "
            "lead walks.",
            "node_id",
        )
    event = Moved(node_id, lead.current_node, lead.visit, words)
    if lead.state is not State.DEFERRED:
        return await _step(services, stored, event)
    deferred = await _deferred(services, lead)
    held = await _hold(services, deferred)
    after = deferred
    try:
        moved = await _step(services, stored, event)
        after = replace(deferred, state=MessageState.SUPPRESSED, retry_at=None, words=WITHDRAWN)
    finally:
        # A new token, so that no claim of one who read it before can win.
        after = replace(after, token=services.new_token())
        await services.store.messages.claim([Claim(after, held)])
    return moved


async def retry_lead(
    services: WorkspaceServices, campaign_id: str, lead_id: str, revision: int, words: str = ""
) -> Lead:
    """Have the e-mail that the lead failed at tried again, as a new message. Raises
    CallerError."""
    stored = await _seen(services, campaign_id, lead_id, revision)
    lead = stored.lead
    if lead.state is not State.FAILED or lead.current_node is None:
        raise conflict("not_failed", f"Only a failed lead tries again: {_is_now(lead)}.")
    if lead.reason is Reason.POISON:
        raise conflict(
            "went_round", "It failed because it went round too often: move it to another node."
        )
    return await _step(
        services, stored, Retried(lead.current_node, lead.visit, lead.attempt, words)
    )


async def _seen(
    services: WorkspaceServices, campaign_id: str, lead_id: str, revision: int
) -> StoredLead:
    """The lead as the person saw it. Raises CallerError."""
    campaign = await find_campaign(services, campaign_id)
    stored = await find_lead(services, campaign_id, lead_id)
    # A completed one runs again when a failed lead comes back.
    if campaign.status not in ACTIVE | {CampaignStatus.COMPLETED}:
        raise conflict(
            "ended", f"The campaign is {campaign.status}: its leads stay where they are."
        )
    if stored.lead.revision != revision:
        raise _moved_on()
    return stored


async def _step(services: WorkspaceServices, stored: StoredLead, event: Steering) -> Lead:
    """Raises CallerError 409 where the lead moved on in the same moment."""
    lead_id = stored.lead.lead_id
    advanced = await advance(services, {lead_id: (stored, event)}, again=False)
    for defect in advanced.failures.values():
        raise defect
    step = advanced.steps.get(lead_id)
    if step is None or step.ignored is not None:
        raise _moved_on()
    return step.lead


async def _deferred(services: WorkspaceServices, lead: Lead) -> Message:
    """The message that was put off. Raises CallerError where a worker has it."""
    assert lead.current_node is not None
    key = keys.send_key(lead.lead_id, lead.current_node, lead.visit, lead.attempt)
    found = await services.store.messages.find([key])
    if not found or found[0].state is not MessageState.DEFERRED:
        raise _moved_on()
    return found[0]


async def _hold(services: WorkspaceServices, deferred: Message) -> Message:
    """Ours, and not due for a while. Raises CallerError where a worker took it meanwhile."""
    retry_at = await services.store.now() + HELD
    held = replace(deferred, token=services.new_token(), retry_at=retry_at)
    if not await services.store.messages.claim([Claim(held, deferred)]):
        raise _moved_on()
    return held


def _moved_on() -> CallerError:
    return conflict("changed_meanwhile", "The lead has moved on since you looked: look again.")


def _is_now(lead: Lead) -> str:
    return f"it is {lead.status}" + (f" ({lead.reason})" if lead.reason else "")
