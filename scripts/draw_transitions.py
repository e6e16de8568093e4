"""Draw the executor's transition table into ARCHITECTURE.md, between two markers.

    python scripts/draw_transitions.py            writes the drawing
    python scripts/draw_transitions.py --check    exit code 1 if the file shows another table

The table is the executor's own (`functions.flow.executor.TRANSITIONS`). The targets of a transition
are not read from the code but observed: the script walks small flows, so the arrows show what
really happens.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import get_args

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from functions.flow.event import (  # noqa: E402 (the line above makes it importable)
    Cancelled,
    EmailDeferred,
    EmailRejected,
    EmailSent,
    EmailSuppressed,
    EmailUnknown,
    EmailUnrenderable,
    Entered,
    Intervention,
    LeadEvent,
    Moved,
    MovedToVersion,
    PresumedSent,
    Removed,
    Resumed,
    Retried,
    SendAgain,
    Tracked,
    TrackingEvent,
    TrackingEventKind,
    TreatAsSent,
    WaitSkipped,
)
from functions.flow.executor import TRANSITIONS, FlowExecutor  # noqa: E402
from functions.flow.lead import Lead, State  # noqa: E402
from functions.flow.model import Flow  # noqa: E402
from functions.flow.validate import validate  # noqa: E402
from scripts.drawings import Drawing, run  # noqa: E402

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=400)

Table = Iterable[tuple[State, type[LeadEvent]]]


def drawing(table: Table) -> str:
    """A state diagram for people, and the complete table with every pair."""
    by_state: dict[State, list[type[LeadEvent]]] = {state: [] for state in State}
    for state, kind in table:
        by_state[state].append(kind)
    arrows: dict[tuple[str, str], list[str]] = {}
    rows = []
    for state, kinds in by_state.items():
        for kind in kinds:
            ends = sorted(leads_to(state, kind), key=list(State).index)
            rows.append(f"| {state} | {kind.__name__} | {', '.join(ends)} |")
            for end in ends:
                arrows.setdefault((state, end), []).append(kind.__name__)
    lines = ["", "```mermaid", "stateDiagram-v2", "  [*] --> pending"]
    lines += [f"  {a} --> {b}: {', '.join(names)}" for (a, b), names in arrows.items()]
    lines += ["  completed --> [*]", "  failed --> [*]", "```", ""]
    lines += ["| state | event | may lead to |", "|---|---|---|", *rows, ""]
    lines += ["Every other pair of state and event changes nothing.", ""]
    return "\n".join(lines) + "\n"


def leads_to(state: State, kind: type[LeadEvent]) -> set[State]:
    """The states that leads in `state` reach by this event, whatever comes next in their flow."""
    found = set()
    for executor, lead in leads_in(state):
        for it in possible(kind, lead, executor):
            step = executor.step(lead, it, LATER)
            if step.ignored is None:
                found.add(step.lead.state)
    return found


def leads_in(state: State) -> list[tuple[FlowExecutor, Lead]]:
    return [
        (executor, lead)
        for executor in _executors()
        for lead in _walked(executor)
        if lead.state is state
    ]


def possible(kind: type[LeadEvent], lead: Lead, executor: FlowExecutor) -> list[LeadEvent]:
    """Events of this kind that fit the lead, with and without a click of its reader; moves to every
    node.
    """
    fence = (lead.current_node or "", lead.visit, lead.resend_number)
    every: list[LeadEvent] = [
        *(Moved(node.id, lead.current_node, lead.visit) for node in executor.flow.nodes),
        *(WaitSkipped(*fence[:2]), Retried(*fence)),
        *(Entered(), Resumed(), Tracked(), Cancelled(), Removed()),
        PresumedSent({fence[0]: lead.visit}),
        *(
            MovedToVersion(lead.flow_version + 1, lead.current_node, lead.visit, target)
            for target in (None, *(node.id for node in executor.flow.nodes))
        ),
        MovedToVersion(lead.flow_version + 1, lead.current_node, lead.visit, is_end=True),
        *(EmailSent(*fence, LATER), TreatAsSent(*fence, LATER), EmailDeferred(*fence, LATER)),
        *(EmailRejected(*fence, "no"), EmailUnrenderable(*fence, "no")),
        *(EmailSuppressed(*fence), EmailUnknown(*fence), SendAgain(*fence)),
    ]
    made = [it for it in every if type(it) is kind]
    return [
        *made,
        *(
            replace(it, tracking_events=(TrackingEvent(TrackingEventKind.CLICKED, "mail", 1, NOW),))
            for it in made
        ),
    ]


def _walked(executor: FlowExecutor) -> list[Lead]:
    """The lead after every event that moves it, breadth first, until no new state turns up.
    Interventions are left out, because they would skip parts of the flow.
    """
    first = Lead("lead_c_1_0", "c", 1, "reader@example.org", {}, 1, NOW)
    found, ahead, seen = [first], [first], {(first.state, first.current_node)}
    while ahead:
        lead = ahead.pop(0)
        for state, kind in TRANSITIONS:
            is_own = state is lead.state and kind not in get_args(Intervention)
            for it in possible(kind, lead, executor) if is_own else []:
                after = executor.step(lead, it, lead.wait_until or NOW).lead
                if (after.state, after.current_node) not in seen:
                    seen.add((after.state, after.current_node))
                    found.append(after)
                    ahead.append(after)
    return found


@cache
def _executors() -> tuple[FlowExecutor, ...]:
    """Executors of flows in which every kind of node follows every other, and of flows that return
    to an e-mail more often than allowed.
    """
    kinds = ("mail", "wait", "watch", "off", "end")
    flows = [_flow("end"), _flow("wait", "end")]
    flows += [_flow("mail", one, other) for one in kinds for other in kinds]
    circles = [_flow("mail", "wait", "back"), _flow("mail", "wait", "mail", "back")]
    circles.append(_flow("mail", "wait", "watch", "back"))
    return (
        *(FlowExecutor(flow) for flow in flows),
        *(FlowExecutor(flow, visits_per_node_max=1) for flow in circles),
    )


def _flow(*kinds: str) -> Flow:
    """A chain of nodes; `back` is not a node but a connection back to the first."""
    names = [
        it if it == "mail" and not place else f"{it}-{place}" for place, it in enumerate(kinds)
    ]
    nodes: list[dict[str, object]] = [{"id": "start", "type": "start"}]
    links = []
    before = "start"
    for name, kind in zip(names, kinds, strict=True):
        ports = ("yes", "no") if before.startswith("watch") else ("next",)
        target = names[0] if kind == "back" else name
        links += [{"from_node": before, "to_node": target, "from_port": it} for it in ports]
        if kind == "back":
            break
        nodes.append({"id": name, **_NODES[kind]})
        if kind == "end":
            break
        before = name
    flow = validate({"nodes": nodes, "connections": links}).flow
    assert flow is not None
    return flow


_NODES: Mapping[str, Mapping[str, object]] = {
    "mail": {"type": "sendEmail", "configuration": {"subject": "x", "body": "x"}},
    "wait": {"type": "wait", "configuration": {"mode": "duration", "amount": 1, "unit": "days"}},
    "off": {
        "type": "wait",
        "configuration": {"mode": "duration", "amount": 1, "unit": "days"},
        "disabled": True,
    },
    "watch": {
        "type": "condition",
        "configuration": {
            "mode": "behaviour",
            "event": "clicked",
            "email_node": "mail",
            "within": {"amount": 9, "unit": "days"},
            "since": "arrival",
        },
    },
    "end": {"type": "end"},
}


DRAWN = Drawing(
    "transitions",
    "scripts/draw_transitions.py",
    "another transition table",
    lambda: drawing(TRANSITIONS),
)

if __name__ == "__main__":
    raise SystemExit(run(DRAWN))
