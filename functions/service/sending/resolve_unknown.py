"""Resolve an unknown message: a person decides to send it again or to treat it as sent.

Invariant: before the lead moves, the message is taken from the worker that sent it, so a late
answer to that worker cannot count as a second sending. The lead's compare-and-set makes sure that
only one decision takes effect. Nothing calls this automatically.
"""

from dataclasses import replace
from enum import StrEnum

from functions.flow.event import Decision, EmailUnknown, SendAgain, TreatAsSent
from functions.flow.executor import Step
from functions.flow.lead import Lead, State
from functions.service.campaigns.restoration import check_not_held
from functions.service.errors import CallerError, conflict, missing
from functions.service.execution.advance import advance
from functions.service.execution.records import StoredLead
from functions.service.sending.records import Claim, Message, MessageState
from functions.service.services import Services


class Resolution(StrEnum):
    SEND_AGAIN = "send_again"
    TREAT_AS_SENT = "treat_as_sent"


async def resolve_unknown(
    services: Services, campaign_id: str, key: str, resolution: Resolution
) -> Step:
    """`key`: the message's send key. Raises CallerError.

    The first decision that is stored on the message binds. If it was interrupted before it reached
    the lead, the next decision completes the first one and, if it differs, fails with 409.
    """
    await check_not_held(services)
    found = await services.store.messages.find([key])
    if not found or found[0].campaign_id != campaign_id:
        raise missing("message", key)
    message = found[0]
    if message.state is not MessageState.UNKNOWN:
        raise conflict("not_unknown", f"The message is {message.state}: nothing to decide.")
    leads = await services.store.leads.find([message.lead_id])
    if not leads:
        raise missing("lead", message.lead_id)
    stored = await _told(services, leads[0], message)
    if not _waits_for(stored.lead, message):
        raise _decided()
    if message.resolution is None:
        taken = replace(message, token=services.new_token(), resolution=resolution.value)
        if not await services.store.messages.claim([Claim(taken, message)]):
            raise conflict("changed_meanwhile", "The message has just changed: reload it.")
        message = taken
    event = _event(message)
    advanced = await advance(services, {message.lead_id: (stored, event)})
    for defect in advanced.failures.values():
        raise defect
    step = advanced.steps.get(message.lead_id)
    if step is None or step.ignored is not None or message.resolution != resolution:
        raise _decided()
    return step


def _waits_for(lead: Lead, message: Message) -> bool:
    present = (lead.current_node, lead.visit, lead.resend_number)
    is_it = present == (message.node_id, message.visit, message.resend_number)
    return is_it and lead.state is State.UNKNOWN


async def _told(services: Services, stored: StoredLead, message: Message) -> StoredLead:
    """The lead, parked: the worker that found its message unknown may have died before it stepped
    the lead."""
    if stored.lead.state is not State.SENDING:
        return stored
    event = EmailUnknown(
        message.node_id, message.visit, message.resend_number, message.outcome_reason
    )
    advanced = await advance(services, {message.lead_id: (stored, event)})
    for defect in advanced.failures.values():
        raise defect
    step = advanced.steps.get(message.lead_id)
    return stored if step is None else replace(stored, lead=step.lead)


def _event(message: Message) -> Decision:
    fence = (message.node_id, message.visit, message.resend_number)
    if message.resolution == Resolution.SEND_AGAIN:
        return SendAgain(*fence)
    return TreatAsSent(*fence, message.changed_at)


def _decided() -> CallerError:
    return conflict("decided_already", "This has already been decided: see the lead.")
