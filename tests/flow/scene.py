"""One flow, with a lead in every state, brought there by the executor itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from functions.flow.event import (
    Cancelled,
    EmailDeferred,
    EmailRejected,
    EmailSent,
    EmailSuppressed,
    EmailUnknown,
    EmailUnrenderable,
    Entered,
    LeadEvent,
    Moved,
    MovedToVersion,
    PresumedSent,
    Removed,
    Resumed,
    Retried,
    SendAgain,
    Tracked,
    TreatAsSent,
    WaitSkipped,
)
from functions.flow.executor import FlowExecutor
from functions.flow.lead import Lead, State
from tests.flow.builders import (
    NOW,
    a_lead,
    clicked,
    document,
    email,
    executor_of,
    link,
    node,
    wait,
)

WAIT = timedelta(days=1)
WITHIN = timedelta(days=2)
RETRY = timedelta(minutes=5)
LATER = NOW + timedelta(days=30)
"""Every pause of the scene is over by then."""

FLOW = document(
    [
        node("start", "start"),
        email("email-1"),
        wait("wait-1"),
        clicked("clicked-1", "email-1"),
        email("email-2"),
        node("end", "end", {"reason": "clicked"}),
    ],
    [
        link("start", "email-1"),
        link("email-1", "wait-1"),
        link("wait-1", "clicked-1"),
        link("clicked-1", "email-2", "yes"),
        link("email-2", "end"),
    ],
)

EXECUTOR: FlowExecutor = executor_of(FLOW)


def after(lead: Lead, *events: tuple[LeadEvent, datetime]) -> Lead:
    for event, now in events:
        step = EXECUTOR.step(lead, event, now)
        assert step.ignored is None, (lead.state, event)
        lead = step.lead
    return lead


def _leads() -> Mapping[State, Lead]:
    pending = a_lead()
    sending = after(pending, (Entered(), NOW))
    waiting = after(sending, (EmailSent("email-1", 1, 1, NOW), NOW))
    return {
        State.PENDING: pending,
        State.SENDING: sending,
        State.WAITING: waiting,
        State.WATCHING: after(waiting, (Resumed(), NOW + WAIT)),
        State.DEFERRED: after(
            sending, (EmailDeferred("email-1", 1, 1, NOW + RETRY, "451 later"), NOW)
        ),
        State.UNKNOWN: after(sending, (EmailUnknown("email-1", 1, 1, "connection lost"), NOW)),
        State.COMPLETED: after(sending, (Cancelled(), NOW)),
        State.FAILED: after(sending, (EmailRejected("email-1", 1, 1, "550 no"), NOW)),
    }


LEADS = _leads()


TARGET = "email-2"
"""The node to which leads of the scene are moved."""


def events(
    node_id: str | None = "email-1", visit: int = 1, resend_number: int = 1
) -> list[LeadEvent]:
    """One event of every kind; those that carry a fence carry this one. None: before any node."""
    place, node_id = (node_id, visit), node_id or ""
    fence = (node_id, visit, resend_number)
    return [
        Entered(),
        Resumed(),
        Tracked(),
        EmailSent(*fence, NOW),
        EmailDeferred(*fence, NOW + RETRY, "451 later"),
        EmailRejected(*fence, "550 no"),
        EmailUnrenderable(*fence, "no filter x"),
        EmailSuppressed(*fence),
        EmailUnknown(*fence, "connection lost"),
        SendAgain(*fence),
        TreatAsSent(*fence, NOW),
        WaitSkipped(node_id, visit),
        Moved(TARGET, *place),
        Retried(*fence),
        PresumedSent({node_id: visit}),
        MovedToVersion(2, *place),
        Cancelled(),
        Removed("by hand"),
    ]


def event(kind: type[LeadEvent], lead: Lead | None = None) -> LeadEvent:
    """Fenced as of the lead where one is given, else as of the first e-mail."""
    made = events() if lead is None else events(lead.current_node, lead.visit, lead.resend_number)
    return next(it for it in made if type(it) is kind)
