"""What a lead does next, and when, as a code with parameters.

Invariant: every state has a code, except those of leads that have ended. Pure.
This module must not know how the code is shown.
"""

from dataclasses import dataclass

from functions.flow.lead import Lead, State
from functions.flow.model import Flow
from functions.service.leads.flow_names import FlowNames
from functions.service.leads.timeline_codes import NextCode, TimelineParameters


@dataclass(frozen=True, slots=True)
class NextStep:
    code: NextCode
    parameters: TimelineParameters


_CODES = {
    State.PENDING: NextCode.ENTERS,
    State.SENDING: NextCode.ON_ITS_WAY,
    State.WAITING: NextCode.WAITS,
    State.WATCHING: NextCode.WATCHES,
    State.DEFERRED: NextCode.TRIES_AGAIN,
    State.UNKNOWN: NextCode.NEEDS_DECISION,
}


def next_step(flow: Flow, lead: Lead, *, is_paused: bool = False) -> NextStep | None:
    """None if the lead has ended. `is_paused`: whether the campaign is paused."""
    code = _CODES.get(lead.state)
    if code is None:
        return None
    names = FlowNames(flow, lead.attributes)
    node_id = lead.current_node or ""
    parameters = TimelineParameters()
    if code is not NextCode.ENTERS:
        parameters["node"] = names.name(node_id)
    if code in (NextCode.WAITS, NextCode.WATCHES, NextCode.TRIES_AGAIN) and lead.wait_until:
        parameters["until"] = lead.wait_until
        parameters["zone"] = names.zone(node_id)
    watching = node_id if code is NextCode.WATCHES else None
    if code is NextCode.WAITS:
        watching = names.after(node_id)
        if watching is not None:
            parameters["next_node"] = names.name(watching)
    behaviour = names.behaviour(watching)
    if behaviour is not None:
        parameters["event"] = behaviour.event
        parameters["email"] = names.name(behaviour.email_node)
    if is_paused and code is not NextCode.NEEDS_DECISION:
        parameters["is_paused"] = True
    return NextStep(code, parameters)
