"""A lead's timeline as codes and parameters, one for each kind of journal entry."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.flow.journal import DetailValue, Entry, EntryKind, JournalRecord
from functions.flow.lead import Lead, LeadStatus, Reason
from functions.flow.model import Flow
from functions.service.leads.next_step import next_step
from functions.service.leads.timeline import timeline
from functions.service.leads.timeline_codes import (
    NextCode,
    NodeName,
    TimelineCode,
    TimelineParameters,
)
from harness.fakes.scenes import clicked, email, flow, wait

NOW = datetime(2027, 3, 9, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

WEEKDAY = {"mode": "weekday", "weekdays": ["monday"], "time": "09:00", "zone": "contact"}
BRANCHES = [{"port": "a", "weight": 1, "label": "No discount"}, {"port": "b", "weight": 1}]
FLOW = Flow.model_validate(
    {
        **flow(
            [
                email("a", "Welcome"),
                wait("w", 60),
                {"id": "monday", "type": "wait", "configuration": WEEKDAY},
                clicked("asked", "a", 60),
                {"id": "done", "type": "end"},
                {"id": "tests", "type": "split", "configuration": {"branches": BRANCHES}},
            ],
            "a>w",
            "w>asked",
            "asked.yes>done",
            "asked.no>tests",
        ),
        "zone": "Europe/Berlin",
    }
)
LEAD = Lead(
    lead_id="l",
    campaign_id="x",
    seq=1,
    email="ann@example.com",
    attributes={"timezone": "Asia/Tokyo"},
    flow_version=1,
    enrolled_at=NOW,
)

WELCOME = NodeName(node_id="a", type="sendEmail", title="Welcome")
WAIT = NodeName(node_id="w", type="wait", title=None)
MONDAY = NodeName(node_id="monday", type="wait", title=None)
ASKED = NodeName(node_id="asked", type="condition", title=None)
DONE = NodeName(node_id="done", type="end", title=None)
TESTS = NodeName(node_id="tests", type="split", title=None)
GONE = NodeName(node_id="gone", type=None, title=None)

Noted = tuple[datetime, EntryKind, str, Mapping[str, DetailValue]]


def coded(*noted: Noted) -> list[tuple[TimelineCode, TimelineParameters]]:
    records = [
        JournalRecord(
            key=f"l@{number}",
            campaign_id="x",
            lead_id="l",
            revision=number,
            at=at,
            entries=(Entry(kind, node_id, detail),),
            delta={},
        )
        for number, (at, kind, node_id, detail) in enumerate(noted)
    ]
    return [(it.code, it.parameters) for it in timeline({1: FLOW}, LEAD, records)]


SOON = (NOW + HOUR).isoformat()
REACTED: Mapping[str, DetailValue] = {
    "port": "yes",
    "because": "clicked",
    "email_node": "a",
    "at": SOON,
    "sent_at": NOW.isoformat(),
}

CASES: list[tuple[EntryKind, str, Mapping[str, DetailValue], TimelineCode, TimelineParameters]] = [
    (EntryKind.ENTERED, "start", {}, TimelineCode.ENTERED, {}),
    (EntryKind.SENDING, "a", {"attempt": 1}, TimelineCode.SENDING, {"node": WELCOME}),
    (EntryKind.SENT, "a", {"attempt": 1}, TimelineCode.SENT, {"node": WELCOME}),
    (
        EntryKind.SENT,
        "a",
        {"attempt": 2},
        TimelineCode.SENT,
        {"node": WELCOME, "message_number": 2},
    ),
    (
        EntryKind.DEFERRED,
        "a",
        {"words": "451 later", "until": SOON},
        TimelineCode.DEFERRED,
        {"node": WELCOME, "reason": "451 later", "until": NOW + HOUR},
    ),
    (
        EntryKind.TOOK,
        "asked",
        REACTED,
        TimelineCode.TOOK_CLICKED,
        {"node": ASKED, "email": WELCOME, "after_seconds": 3600, "port": "yes"},
    ),
    (
        EntryKind.TOOK,
        "asked",
        {"port": "no", "because": "not_clicked", "email_node": "a", "until": SOON},
        TimelineCode.TOOK_NOT_CLICKED,
        {"node": ASKED, "email": WELCOME, "until": NOW + HOUR, "port": "no"},
    ),
    (
        EntryKind.TOOK,
        "asked",
        {"port": "no", "because": "attributes", "attribute": "age", "value": None},
        TimelineCode.TOOK_ATTRIBUTE,
        {"node": ASKED, "attribute": "age", "value": None, "port": "no"},
    ),
    (
        EntryKind.TOOK,
        "w",
        {"port": "next", "past": SOON},
        TimelineCode.DATE_PAST,
        {"node": WAIT, "past": NOW + HOUR},
    ),
    (
        EntryKind.TOOK,
        "tests",
        {"port": "a", "because": "split"},
        TimelineCode.TOOK_SPLIT,
        {"node": TESTS, "port": "a", "branch": "No discount"},
    ),
    (
        EntryKind.TOOK,
        "tests",
        {"port": "b", "because": "split"},
        TimelineCode.TOOK_SPLIT,
        {"node": TESTS, "port": "b"},
    ),
    (
        EntryKind.ENDED,
        "tests",
        {"reason": "no_connection", "port": "a"},
        TimelineCode.ENDED_NO_CONNECTION,
        {"node": TESTS, "port": "a", "branch": "No discount"},
    ),
    (
        EntryKind.SKIPPED,
        "monday",
        {"until": SOON, "words": "by phone"},
        TimelineCode.WAIT_SKIPPED,
        {"node": MONDAY, "until": NOW + HOUR, "zone": "Asia/Tokyo", "reason": "by phone"},
    ),
    (EntryKind.SKIPPED, "asked", {}, TimelineCode.WATCH_SKIPPED, {"node": ASKED}),
    (EntryKind.MOVED, "w", {"to": "gone"}, TimelineCode.MOVED, {"node": WAIT, "to": GONE}),
    (
        EntryKind.TRACKING_EVENT,
        "a",
        {"what": "clicked", "link": "https://example.com/"},
        TimelineCode.CLICKED,
        {"node": WELCOME, "link": "https://example.com/"},
    ),
    (
        EntryKind.ENDED,
        "done",
        {"reason": "end", "words": "won"},
        TimelineCode.ENDED_END,
        {"node": DONE, "reason": "won"},
    ),
    (
        EntryKind.ENDED,
        "asked",
        {"reason": "no_connection", "port": "no"},
        TimelineCode.ENDED_NO_CONNECTION,
        {"node": ASKED, "port": "no"},
    ),
    (EntryKind.ENDED, "a", {"reason": "poison"}, TimelineCode.FAILED_POISON, {"node": WELCOME}),
]


@pytest.mark.parametrize(("kind", "node_id", "detail", "code", "parameters"), CASES)
def test_entry_has_its_code(
    kind: EntryKind,
    node_id: str,
    detail: Mapping[str, DetailValue],
    code: TimelineCode,
    parameters: TimelineParameters,
) -> None:
    """Instants are instants, durations are seconds, nodes have titles beside their ids."""
    assert coded((NOW, kind, node_id, detail)) == [(code, parameters)]


ENDS = set(Reason) - {Reason.WAIT, Reason.CONDITION, Reason.DEFERRED, Reason.UNKNOWN}


@pytest.mark.parametrize("reason", sorted(ENDS))
def test_every_end_has_a_code(reason: Reason) -> None:
    """A reason that leads may end for needs one."""
    ((code, _),) = coded((NOW, EntryKind.ENDED, "a", {"reason": reason.value}))
    assert code.value in (f"ended_{reason}", f"failed_{reason}")


@pytest.mark.parametrize(("node_id", "zone"), [("w", "Europe/Berlin"), ("monday", "Asia/Tokyo")])
def test_wait_is_shown_by_its_end(node_id: str, zone: str) -> None:
    """With the zone that its end was computed in: the contact's, or the campaign's."""
    until = NOW + HOUR
    waiting: Noted = (NOW, EntryKind.WAITING, node_id, {"until": until.isoformat()})
    assert coded(waiting) == []
    late = until + timedelta(seconds=7)
    detail: Mapping[str, DetailValue] = {"until": until.isoformat(), "lateness_ms": 7000}
    ((code, parameters),) = coded(waiting, (late, EntryKind.RESUMED, node_id, detail))
    assert code == TimelineCode.WAITED
    assert parameters == {
        "node": NodeName(node_id=node_id, type="wait", title=None),
        "waited_seconds": 3600,
        "late_seconds": 7,
        "until": until,
        "zone": zone,
    }


@pytest.mark.parametrize(
    ("status", "reason", "node_id", "code", "parameters"),
    [
        (LeadStatus.PENDING, None, None, NextCode.ENTERS, {}),
        (LeadStatus.RUNNING, None, "a", NextCode.ON_ITS_WAY, {"node": WELCOME}),
        (
            LeadStatus.PAUSED,
            Reason.WAIT,
            "w",
            NextCode.WAITS,
            {
                "node": WAIT,
                "until": NOW + HOUR,
                "zone": "Europe/Berlin",
                "next_node": ASKED,
                "event": "clicked",
                "email": WELCOME,
            },
        ),
        (
            LeadStatus.PAUSED,
            Reason.WAIT,
            "monday",
            NextCode.WAITS,
            {"node": MONDAY, "until": NOW + HOUR, "zone": "Asia/Tokyo"},
        ),
        (
            LeadStatus.PAUSED,
            Reason.CONDITION,
            "asked",
            NextCode.WATCHES,
            {
                "node": ASKED,
                "until": NOW + HOUR,
                "zone": "Europe/Berlin",
                "event": "clicked",
                "email": WELCOME,
            },
        ),
        (LeadStatus.PAUSED, Reason.UNKNOWN, "a", NextCode.NEEDS_DECISION, {"node": WELCOME}),
    ],
)
def test_next_step(
    status: LeadStatus,
    reason: Reason | None,
    node_id: str | None,
    code: NextCode,
    parameters: TimelineParameters,
) -> None:
    """It names the node after a wait, and mentions a paused campaign if the lead would move."""
    lead = replace(LEAD, status=status, reason=reason, current_node=node_id, wait_until=NOW + HOUR)
    step = next_step(FLOW, lead)
    assert step is not None
    assert (step.code, step.parameters) == (code, parameters)
    paused = next_step(FLOW, lead, is_paused=True)
    assert paused is not None
    assert paused.parameters.get("is_paused", False) is (code is not NextCode.NEEDS_DECISION)


def test_lead_that_has_ended_has_no_next_step() -> None:
    """However it ended."""
    for status, reason in (
        (LeadStatus.COMPLETED, Reason.END),
        (LeadStatus.FAILED, Reason.REJECTED),
    ):
        assert next_step(FLOW, replace(LEAD, status=status, reason=reason)) is None


def test_move_to_another_version_names_steps_of_both() -> None:
    """Steps before it are named as in the version that the lead walked then."""
    old = Flow.model_validate(flow([email("a", "Old words"), wait("w", 60)], "a>w"))
    lead = replace(LEAD, flow_version=2)
    noted: list[Noted] = [
        (NOW, EntryKind.SENT, "a", {"at": NOW.isoformat(), "attempt": 1}),
        (NOW + HOUR, EntryKind.MOVED_TO_VERSION, "w", {"version": 2, "was": 1, "to": "done"}),
        (NOW + HOUR, EntryKind.HAD_ALREADY, "a", {}),
    ]
    records = [
        JournalRecord(f"l@{at}", "x", "l", at, when, (Entry(kind, node_id, detail),), {})
        for at, (when, kind, node_id, detail) in enumerate(noted)
    ]
    sent, moved, passed = timeline({1: old, 2: FLOW}, lead, records)
    assert sent.parameters["node"]["title"] == "Old words"
    assert moved.parameters == {"node": WAIT, "version": 2, "previous_version": 1, "to": DONE}
    assert passed.parameters["node"] == WELCOME
