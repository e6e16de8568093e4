"""Random flows, all of them valid, and random events, most of them out of place."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import strategies as st

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
    Removed,
    Resumed,
    Retried,
    SendAgain,
    Tracked,
    TrackingEvent,
    TrackingEventKind,
    TrackingEvents,
    TreatAsSent,
    WaitSkipped,
)
from functions.flow.lead import AttributeValue, Lead, State
from tests.flow.builders import Document, clicked, email, is_pro, link, node, off, wait

NODES_MAX = 10

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["start", "sendEmail", "wait", "condition", "split", "end", "next", "n1"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("id", "type", "configuration", "mode", "from_node", "to_node", "from_port"),
                    *("amount", "unit", "branches", "rules", "nodes", "connections", "data"),
                    *("waitDuration", "conditionType", "config", "layout", "start_node", "at"),
                ]
            )
            | st.text(max_size=8),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)

attributes: st.SearchStrategy[dict[str, AttributeValue]] = st.fixed_dictionaries(
    {},
    optional={
        "plan": st.sampled_from(["pro", "free", ""]),
        "renewal": st.sampled_from(["2026-03-04", "2027-02-29", "soon", "2020-01-01T00:00Z"]),
        "timezone": st.sampled_from(["Europe/Berlin", "America/New_York", "nowhere"]),
        "score": st.integers() | st.floats(allow_nan=True),
    },
)

_WAITS: list[Document] = [
    {"mode": "until", "at": "2026-03-05T12:00:00Z"},
    {"mode": "weekday", "weekdays": ["sunday"], "time": "02:30", "zone": "Europe/Berlin"},
    {"mode": "weekday", "weekdays": ["monday", "friday"], "time": "09:00", "zone": "contact"},
    {"mode": "attribute", "attribute": "renewal", "offset": {"amount": -1, "unit": "days"}},
    {"mode": "attribute", "attribute": "renewal", "if_missing": "continue"},
]


@st.composite
def flows(draw: st.DrawFn) -> Document:
    """`nodes` and `connections` of a flow that validates, with loops through waits; some of its
    e-mails and waits are switched off.

    Nodes are numbered; connections go to higher numbers, so every circle has to go back from
    a wait of a duration, and every node has a way in from a lower one.
    """
    count = draw(st.integers(1, NODES_MAX) | st.just(NODES_MAX))
    nodes: list[Document] = [node("start", "start")]
    links: list[Document] = []
    free = [("start", "next")]
    emails: list[str] = []
    for number in range(1, count + 1):
        if not free:
            break
        source, port = free.pop(draw(st.integers(0, len(free) - 1)))
        made, ports = _any_node(draw, f"n{number}", _upstream(source, links) & set(emails))
        if made["type"] in ("sendEmail", "wait") and draw(st.integers(0, 4)) == 0:
            made = off(made)
        nodes.append(made)
        links.append(link(source, str(made["id"]), port))
        if made["type"] == "sendEmail":
            emails.append(str(made["id"]))
        free += [(str(made["id"]), it) for it in ports]
    for source, port in free:
        links += _maybe_onward(draw, source, port, nodes)
    return {"nodes": nodes, "connections": links, "zone": "Europe/Berlin"}


def _upstream(node_id: str, links: list[Document]) -> set[str]:
    found = {node_id}
    for it in reversed(links):
        if it["to_node"] in found:
            found.add(str(it["from_node"]))
    return found


def _any_node(
    draw: st.DrawFn, node_id: str, sent_before: set[str]
) -> tuple[Document, tuple[str, ...]]:
    kinds = ["email", "email", "wait", "other wait", "attributes", "split", "end"]
    match draw(st.sampled_from(kinds + ["behaviour"] * (6 if sent_before else 0))):
        case "email":
            return email(node_id), ("next",)
        case "wait":
            return wait(node_id, draw(st.integers(1, 5)), "days"), ("next",)
        case "other wait":
            return node(node_id, "wait", draw(st.sampled_from(_WAITS))), ("next",)
        case "attributes":
            return is_pro(node_id), ("yes", "no")
        case "behaviour":
            return clicked(node_id, draw(st.sampled_from(sorted(sent_before)))), ("yes", "no")
        case "split":
            weights = draw(st.tuples(st.integers(0, 3), st.integers(1, 3)))
            branches = [{"port": "a", "weight": weights[0]}, {"port": "b", "weight": weights[1]}]
            return node(node_id, "split", {"branches": branches}), ("a", "b")
        case _:
            return node(node_id, "end"), ()


def _maybe_onward(draw: st.DrawFn, source: str, port: str, nodes: list[Document]) -> list[Document]:
    """To nothing or to a later node; also back, if the source is a wait that takes time."""
    ids = [str(it["id"]) for it in nodes]
    made = nodes[ids.index(source)]
    settings = made.get("configuration")
    is_long = isinstance(settings, dict) and settings.get("mode") in ("duration", "weekday")
    takes_time = is_long and "disabled" not in made
    targets = ids[1:] if takes_time else ids[ids.index(source) + 1 :]
    if not targets or not draw(st.booleans()):
        return []
    return [link(source, draw(st.sampled_from(targets)), port)]


@dataclass(frozen=True)
class Move:
    """What comes next.

    `kind`: the event; None: whatever moves the lead onward. `fits`: fenced for the lead's current
    state. `passes`: the time before it. `answer`: the mail server's, where onward means a message
    on its way.
    """

    kind: type[LeadEvent] | None
    fits: bool
    passes: timedelta
    clicks: bool
    answer: type[LeadEvent] = EmailSent


ENTER = Move(Entered, True, timedelta(0), False)

_KINDS: list[type[LeadEvent]] = [
    *(Entered, Resumed, Tracked, EmailSent, EmailDeferred, EmailDeferred, EmailUnknown),
    *(EmailRejected, EmailUnrenderable, EmailSuppressed, SendAgain, TreatAsSent),
    *(WaitSkipped, WaitSkipped, Moved, Retried, Retried, Cancelled, Removed),
]

moves = st.builds(
    Move,
    kind=st.sampled_from([*_KINDS, *[None] * (6 * len(_KINDS))]),
    fits=st.sampled_from([True, True, True, False]),
    passes=st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(days=3)]),
    clicks=st.booleans(),
    answer=st.sampled_from([EmailSent, EmailSent, EmailSent, EmailDeferred, EmailUnknown]),
)

_ONWARD: dict[State, type[LeadEvent]] = {
    State.PENDING: Entered,
    State.WAITING: Resumed,
    State.WATCHING: Tracked,
    State.DEFERRED: Resumed,
    State.UNKNOWN: SendAgain,
}


def moment_of(move: Move, lead: Lead, now: datetime) -> datetime:
    """Onward means at the due time, if there is one, unless a click comes first."""
    if move.kind is None and lead.due_at is not None and not move.clicks:
        now = max(now, lead.due_at)
    return now + move.passes


def event_of(move: Move, lead: Lead, now: datetime) -> LeadEvent:
    fence = (lead.current_node or "n1", lead.visit, lead.resend_number + (not move.fits))
    tracking_events: TrackingEvents = _clicks(lead, now) if move.clicks else ()
    kind = move.kind or _ONWARD.get(lead.state, move.answer)
    if kind is EmailSent or kind is TreatAsSent:
        return kind(*fence, at=now, tracking_events=tracking_events)
    if kind is EmailDeferred:
        return kind(
            *fence,
            retry_at=now + timedelta(hours=1),
            reason="451 later",
            tracking_events=tracking_events,
        )
    if kind is EmailRejected or kind is EmailUnrenderable:
        return kind(*fence, reason="no", tracking_events=tracking_events)
    if kind is EmailSuppressed or kind is EmailUnknown or kind in (SendAgain, Retried):
        return kind(*fence, tracking_events=tracking_events)
    visit = lead.visit + (not move.fits)
    if kind is WaitSkipped:
        return WaitSkipped(lead.current_node or "n1", visit, tracking_events=tracking_events)
    if kind is Moved:
        return Moved(f"n{1 + visit % 3}", lead.current_node, visit, tracking_events=tracking_events)
    assert kind is Entered or kind is Resumed or kind is Tracked or kind in (Cancelled, Removed)
    return kind(tracking_events=tracking_events)


def _clicks(lead: Lead, now: datetime) -> list[TrackingEvent]:
    return [
        TrackingEvent(TrackingEventKind.CLICKED, node_id, sent.visit, now)
        for node_id, sent in lead.sent_emails.items()
    ]
