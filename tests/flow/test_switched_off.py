"""Nodes that are switched off: leads skip them, the journal says so, and the counts add up."""

from datetime import timedelta

import pytest

from functions.flow.effect import SendEmail
from functions.flow.event import EmailSent, Entered, Moved, Resumed
from functions.flow.journal import Entry, EntryKind
from functions.flow.lead import LeadStatus, Reason, State
from functions.flow.model import Flow
from functions.flow.nodes import NODE_TYPES
from functions.flow.nodes.plan import PASS_ON
from functions.flow.validate import validate
from tests.flow.builders import (
    NOW,
    Document,
    Seen,
    a_lead,
    chain,
    clicked,
    email,
    executor_of,
    is_pro,
    link,
    node,
    off,
    valid,
    wait,
)

DAY = timedelta(days=1)
SPLIT = node("s", "split", {"branches": [{"port": it, "weight": 1} for it in "ab"]})
SWITCHABLE = [
    email("n"),
    wait("n"),
    node("n", "wait", {"mode": "until", "at": "2030-01-01T00:00:00Z"}),
    node("n", "wait", {"mode": "weekday", "weekdays": ["monday"], "time": "09:00"}),
    node("n", "wait", {"mode": "attribute", "attribute": "renewal"}),
]


@pytest.mark.parametrize("written", SWITCHABLE, ids=lambda it: str(it["configuration"])[:40])
def test_node_that_is_off_plans_to_pass_on(written: Document) -> None:
    """Whatever its settings, on arrival; a date that is missing ends nobody either."""
    made = valid(chain(off(written))).by_id()["n"]
    assert made.plan(Seen(a_lead())) == PASS_ON


def test_every_kind_can_be_switched_off_or_says_why_not() -> None:
    """And what can be is what has one way out and is no start."""
    switchable = {name for name, kind in NODE_TYPES.items() if "disabled" in kind.model_fields}
    assert switchable >= {"sendEmail", "wait"}
    for name, kind in NODE_TYPES.items():
        assert (kind.ALWAYS_ON is None) is (name in switchable)


def test_lead_passes_on_what_is_off_in_the_step_that_brought_it() -> None:
    """Nothing is sent there and nothing waited for; the story and the counts tell of it."""
    flow = chain(off(email("a")), off(wait("w")), email("b"))
    step = executor_of(flow).step(a_lead(), Entered(), NOW)
    assert step.effects == (SendEmail("b", 1, 1),)
    assert step.lead.execution_path == ("start", "a", "w", "b")
    assert step.entries == (
        Entry(EntryKind.ENTERED, "start", {}),
        Entry(EntryKind.PASSED, "a", {}),
        Entry(EntryKind.PASSED, "w", {}),
        Entry(EntryKind.SENDING, "b", {"visit": 1, "attempt": 1}),
    )
    assert step.delta == {
        "leads/pending": -1,
        "leads/running": 1,
        "at/b/sending": 1,
        "in/1/pending/": -1,
        "in/1/sending/b": 1,
        "total/start/entered": 1,
        "total/a/entered": 1,
        "total/a/passed": 1,
        "total/w/entered": 1,
        "total/w/passed": 1,
        "total/b/entered": 1,
    }


def test_lead_ends_at_what_is_off_where_nothing_follows() -> None:
    """As at any other open port."""
    step = executor_of(chain(off(email("a")))).step(a_lead(), Entered(), NOW)
    assert (step.lead.status, step.lead.reason) == (LeadStatus.COMPLETED, Reason.NO_CONNECTION)
    assert step.lead.current_node == "a"
    assert [it.kind for it in step.entries[-2:]] == [EntryKind.PASSED, EntryKind.ENDED]


def test_condition_never_waits_for_an_email_that_is_off() -> None:
    """It was not sent, so the answer is no, at once."""
    source = chain(off(email("a")), clicked("c", "a"))
    step = executor_of(source).step(a_lead(), Entered(), NOW)
    assert step.lead.state is State.COMPLETED
    took = next(it for it in step.entries if it.kind is EntryKind.TOOK)
    assert took.detail == {"because": "not_sent", "email_node": "a", "port": "no"}


def test_lead_moved_to_what_is_off_passes_on() -> None:
    """A person cannot have an e-mail sent that is switched off."""
    executor = executor_of(chain(wait("w"), off(email("a")), wait("x")))
    waiting = executor.step(a_lead(), Entered(), NOW).lead
    moved = executor.step(waiting, Moved("a", "w", 1), NOW)
    assert (moved.lead.state, moved.lead.current_node) == (State.WAITING, "x")
    assert moved.effects == ()


def test_circle_through_what_is_off_is_bounded_like_any_other() -> None:
    """A wait that is on makes it valid; visits to switched-off nodes count as well."""
    source = chain(wait("w"), off(email("a")), email("b"))
    assert isinstance(source["connections"], list)
    source["connections"].append(link("b", "w"))
    executor = executor_of(source)
    lead, now = executor.step(a_lead(), Entered(), NOW).lead, NOW
    for _ in range(100):
        now += DAY
        lead = executor.step(lead, Resumed(), now).lead
        lead = executor.step(lead, EmailSent("b", lead.visit, lead.resend_number, now), now).lead
    assert lead.visits == {"start": 1, "w": 101, "a": 100, "b": 100}
    assert (lead.status, lead.reason) == (LeadStatus.FAILED, Reason.POISON)


@pytest.mark.parametrize(
    "circle",
    [
        [off(wait("w"))],
        [off(email("a")), off(wait("w"))],
        [email("a"), off(wait("w"))],
        [off(node("w", "wait", {"mode": "weekday", "weekdays": ["monday"], "time": "09:00"}))],
    ],
    ids=str,
)
def test_wait_that_is_off_makes_no_circle_valid(circle: list[Document]) -> None:
    """On, it would take time; a lead that passes it comes back at once."""
    source = chain(*circle)
    assert isinstance(source["connections"], list)
    source["connections"].append(link(str(circle[-1]["id"]), str(circle[0]["id"])))
    assert [it.code for it in validate(source).errors] == ["cycle_without_wait"]
    for it in circle:
        it.pop("disabled", None)
    assert validate(source).errors == ()


@pytest.mark.parametrize(
    ("source", "node_id", "why"),
    [
        (chain(email("m")), "start", "every lead enters there"),
        (chain(node("e", "end")), "e", "nothing follows it"),
        (chain(is_pro("c")), "c", "leads take yes or no"),
        (chain(email("m"), clicked("c", "m")), "c", "leads take yes or no"),
        (chain(SPLIT), "s", "which branch leads take"),
    ],
)
@pytest.mark.parametrize("value", [True, False, "yes"])
def test_kinds_that_cannot_be_switched_off(
    source: Document, node_id: str, why: str, value: object
) -> None:
    """The node is named, with the reason; in a document `disabled` has no meaning there."""
    assert isinstance(source["nodes"], list)
    nodes = [{**it, "disabled": value} if it["id"] == node_id else it for it in source["nodes"]]
    (error,) = validate({**source, "nodes": nodes}).errors
    assert (error.code, error.node_id, error.field) == ("always_on", node_id, "disabled")
    assert error.message.startswith(f"{node_id} can't be switched off: ")
    assert why in error.message


@pytest.mark.parametrize("value", ["true", 1, None, []])
def test_disabled_is_true_or_false(value: object) -> None:
    """Nothing that only looks like it."""
    (error,) = validate(chain({**email("m"), "disabled": value})).errors
    assert (error.node_id, error.field) == ("m", "disabled")
    assert error.message.startswith("disabled must be true or false, not ")


def test_condition_on_an_email_that_is_off_gets_a_warning() -> None:
    """Sound, since every lead gets an answer; but worth a look, since it is always the same."""
    source = chain(off(email("m")), clicked("c", "m"))
    report = validate(source)
    assert report.flow is not None
    (found,) = [it for it in report.warnings if it.code == "email_switched_off"]
    assert (found.node_id, found.field) == ("c", "configuration.email_node")
    assert "m is switched off" in found.message
    assert "switch it on, or choose another" in found.message


def test_documents_leave_out_what_is_on() -> None:
    """Versions published before the switch existed stay unchanged; off stays off."""
    source = chain({**email("a"), "disabled": False}, off(wait("w")))
    written = valid(source).model_dump(mode="json")
    assert [it.get("disabled") for it in written["nodes"]] == [None, None, True]
    assert "disabled" not in written["nodes"][1]
    assert Flow.model_validate(written) == valid(source)
