"""Leads, flows and a node's view, each with valid defaults; a test sets only what matters to it."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from functions.flow.event import TRACKING_EVENT_STORED_WITHIN, TrackingEvents
from functions.flow.executor import FlowExecutor
from functions.flow.lead import AttributeValue, Lead, LeadStatus, Reason, SentEmail, State
from functions.flow.model import Flow
from functions.flow.validate import validate

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday."""

Document = dict[str, object]

EMAIL: Document = {"subject": "Hello", "body": "<p>Hello.</p>"}


def at(text: str) -> datetime:
    """An instant from ISO 8601 text with its offset."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """The argument of a node's plan: `functions.flow.nodes.plan.Here`."""

    lead: Lead
    now: datetime = NOW
    sent_emails: Mapping[str, SentEmail] = field(default_factory=dict)
    tracking_events: TrackingEvents = ()
    zone: str = "UTC"
    deadline: datetime | None = None

    @property
    def arrived_at(self) -> datetime:
        return self.now

    @property
    def tracking_events_until(self) -> datetime:
        return self.now - TRACKING_EVENT_STORED_WITHIN


def a_lead(seq: int = 1, /, **attributes: AttributeValue) -> Lead:
    return Lead(
        lead_id=f"lead_c_{seq}_1772442000",
        campaign_id="c",
        seq=seq,
        email=f"reader{seq}@example.org",
        attributes=attributes,
        flow_version=1,
        enrolled_at=NOW,
    )


def node(node_id: str, kind: str, configuration: Mapping[str, object] | None = None) -> Document:
    document: Document = {"id": node_id, "type": kind}
    if configuration is not None:
        document["configuration"] = dict(configuration)
    return document


def wait(node_id: str, amount: int = 1, unit: str = "days") -> Document:
    return node(node_id, "wait", {"mode": "duration", "amount": amount, "unit": unit})


def email(node_id: str) -> Document:
    return node(node_id, "sendEmail", EMAIL)


def off(written: Document) -> Document:
    """The same node, switched off."""
    return {**written, "disabled": True}


def clicked(node_id: str, email_node: str, *, within_days: int = 2) -> Document:
    settings: Document = {
        "mode": "behaviour",
        "event": "clicked",
        "email_node": email_node,
        "within": {"amount": within_days, "unit": "days"},
    }
    return node(node_id, "condition", settings)


def is_pro(node_id: str) -> Document:
    rule = {"attribute": "plan", "operator": "equals", "value": "pro"}
    return node(node_id, "condition", {"mode": "attributes", "rules": [rule]})


def link(from_node: str, to_node: str, port: str = "next") -> Document:
    return {"from_node": from_node, "to_node": to_node, "from_port": port}


def chain(*nodes: Document) -> Document:
    """The nodes one after another, from a start, each left by its first port."""
    every = [node("start", "start"), *nodes]
    first_port = {"condition": "yes"}
    links = [
        link(str(a["id"]), str(b["id"]), first_port.get(str(a["type"]), "next"))
        for a, b in itertools.pairwise(every)
    ]
    return {"nodes": every, "connections": links}


def document(nodes: Sequence[Document], links: Sequence[Document], zone: str = "UTC") -> Document:
    return {"nodes": list(nodes), "connections": list(links), "zone": zone}


def valid(source: Mapping[str, object]) -> Flow:
    report = validate(source)
    assert report.flow is not None, report.errors
    return report.flow


def executor_of(source: Mapping[str, object]) -> FlowExecutor:
    return FlowExecutor(valid(source))


STATUS_OF: Mapping[State, tuple[LeadStatus, Reason | None]] = {
    State.PENDING: (LeadStatus.PENDING, None),
    State.SENDING: (LeadStatus.RUNNING, None),
    State.WAITING: (LeadStatus.PAUSED, Reason.WAIT),
    State.WATCHING: (LeadStatus.PAUSED, Reason.CONDITION),
    State.DEFERRED: (LeadStatus.PAUSED, Reason.DEFERRED),
    State.UNKNOWN: (LeadStatus.PAUSED, Reason.UNKNOWN),
    State.COMPLETED: (LeadStatus.COMPLETED, Reason.CANCELLED),
    State.FAILED: (LeadStatus.FAILED, Reason.REJECTED),
}
