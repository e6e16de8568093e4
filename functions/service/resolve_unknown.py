"""Resolve an unknown message: a person says whether to send it again or treat it as sent.

Invariant: the message is taken from the worker that once sent it before the lead moves, so its
late answer can no longer count as a second sending; the lead's compare-and-set makes the
decision single. No policy calls this.
"""

from dataclasses import replace
from enum import StrEnum

from functions.flow.event import Decision, SendAgain, TreatAsSent
from functions.flow.executor import Step
from functions.service.advance import advance
from functions.service.errors import conflict, missing
from functions.service.records import Claim, MessageState
from functions.service.services import Services


class Resolution(StrEnum):
    SEND_AGAIN = "send_again"
    TREAT_AS_SENT = "treat_as_sent"


async def resolve_unknown(
    services: Services, campaign_id: str, key: str, resolution: Resolution
) -> Step:
    """`key`: the message's send key. Raises CallerError."""
    found = await services.store.messages.find([key])
    if not found or found[0].campaign_id != campaign_id:
        raise missing("message", key)
    message = found[0]
    if message.state is not MessageState.UNKNOWN:
        raise conflict("not_unknown", f"The message is {message.state}: nothing is to decide.")
    taken = replace(message, token=services.new_token(), resolution=resolution.value)
    if not await services.store.messages.claim([Claim(taken, message)]):
        raise conflict("changed_meanwhile", "The message has just changed: look again.")
    leads = await services.store.leads.find([message.lead_id])
    if not leads:
        raise missing("lead", message.lead_id)
    fence = (message.node_id, message.visit, message.attempt)
    event: Decision = (
        SendAgain(*fence)
        if resolution is Resolution.SEND_AGAIN
        else TreatAsSent(*fence, message.changed_at)
    )
    advanced = await advance(services, {message.lead_id: (leads[0], event)})
    for defect in advanced.failures.values():
        raise defect
    step = advanced.steps.get(message.lead_id)
    if step is None or step.ignored is not None:
        raise conflict("decided_already", "Somebody decided this already: look at the lead.")
    return step
