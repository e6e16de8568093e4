"""The executor's walk: how far one step goes, where it ends, and what it leaves behind."""

from datetime import timedelta

import pytest

from functions.flow.effect import SendEmail
from functions.flow.event import (
    TRACKING_EVENT_STORED_WITHIN,
    EmailSent,
    Entered,
    Resumed,
    Tracked,
    TrackingEvent,
    TrackingEventKind,
    WaitSkipped,
)
from functions.flow.executor import FlowExecutor, Ignored
from functions.flow.journal import Entry, EntryKind
from functions.flow.lead import PATH_LENGTH_MAX, Lead, LeadStatus, Reason, State
from functions.flow.model import NODES_MAX, Connection, Flow
from functions.flow.nodes import ConditionNode, StartNode
from tests.flow.builders import (
    NOW,
    a_lead,
    chain,
    clicked,
    document,
    email,
    executor_of,
    is_pro,
    link,
    node,
    valid,
    wait,
)
from tests.flow.scene import EXECUTOR, LEADS, WAIT, WITHIN

DAY = timedelta(days=1)


def pros(count: int) -> list[dict[str, object]]:
    return [is_pro(f"c{number}") for number in range(count)]


def test_lead_finishes_when_port_has_no_connection() -> None:
    """A lead that leaves by an unconnected port is done, and the journal names the port."""
    step = executor_of(chain(is_pro("c"))).step(a_lead(plan="pro"), Entered(), NOW)
    assert (step.lead.status, step.lead.reason) == (LeadStatus.COMPLETED, Reason.NO_CONNECTION)
    assert step.lead.current_node == "c"
    assert step.entries[-1].detail == {
        "status": "completed",
        "reason": "no_connection",
        "port": "yes",
    }


def test_lead_ends_for_the_reason_on_the_end_node() -> None:
    """The journal contains the reason of the end node."""
    step = executor_of(chain(node("end", "end", {"reason": "welcomed"}))).step(
        a_lead(), Entered(), NOW
    )
    assert (step.lead.status, step.lead.reason) == (LeadStatus.COMPLETED, Reason.END)
    assert step.entries[-1].detail["words"] == "welcomed"


def test_step_walks_on_until_the_lead_must_wait_for_the_world() -> None:
    """Start, two conditions and the e-mail are one step with one effect."""
    step = executor_of(chain(is_pro("a"), is_pro("b"), email("mail"))).step(
        a_lead(plan="pro"), Entered(), NOW
    )
    assert step.lead.execution_path == ("start", "a", "b", "mail")
    assert step.effects == (SendEmail("mail", 1, 1),)
    assert step.lead.state is State.SENDING
    assert [it.kind for it in step.entries] == [
        EntryKind.ENTERED,
        EntryKind.TOOK,
        EntryKind.TOOK,
        EntryKind.SENDING,
    ]


def test_counts_of_a_first_step() -> None:
    """One lead leaves pending, runs at the e-mail, and entered two nodes."""
    step = executor_of(chain(email("mail"))).step(a_lead(), Entered(), NOW)
    assert step.delta == {
        "leads/pending": -1,
        "leads/running": 1,
        "at/mail/sending": 1,
        "in/1/pending/": -1,
        "in/1/sending/mail": 1,
        "total/start/entered": 1,
        "total/mail/entered": 1,
    }


def test_counts_of_a_wait_that_is_over() -> None:
    """The lead moves from the wait to the condition; how late it was goes to its bucket."""
    lead = LEADS[State.WAITING]
    step = EXECUTOR.step(lead, Resumed(), NOW + WAIT + timedelta(milliseconds=700))
    assert step.delta == {
        "late/1000": 1,
        "total/clicked-1/entered": 1,
        "at/wait-1/waiting": -1,
        "at/clicked-1/watching": 1,
        "in/1/waiting/wait-1": -1,
        "in/1/watching/clicked-1": 1,
    }
    until = (NOW + WAIT).isoformat()
    assert step.entries[0] == Entry(
        EntryKind.RESUMED, "wait-1", {"until": until, "lateness_ms": 700}
    )


def test_bound_on_the_nodes_of_one_step() -> None:
    """Exactly as many nodes as allowed pass; one more, and the lead fails as poison."""
    flow = valid(chain(*pros(9)))
    lead = a_lead(plan="pro")
    within = FlowExecutor(flow, nodes_per_step_max=10).step(lead, Entered(), NOW)
    assert within.lead.reason is Reason.NO_CONNECTION
    assert len(within.lead.execution_path) == 10
    beyond = FlowExecutor(flow, nodes_per_step_max=9).step(lead, Entered(), NOW)
    assert (beyond.lead.status, beyond.lead.reason) == (LeadStatus.FAILED, Reason.POISON)
    assert len(beyond.lead.execution_path) == 9


def test_longest_flow_is_walked_in_one_step() -> None:
    """No sound flow meets the bound: as many conditions as a flow may have, none waiting."""
    step = executor_of(chain(*pros(NODES_MAX - 1))).step(a_lead(plan="pro"), Entered(), NOW)
    assert step.lead.reason is Reason.NO_CONNECTION
    assert step.lead.current_node == f"c{NODES_MAX - 2}"
    assert len(step.lead.execution_path) == PATH_LENGTH_MAX


def test_circle_that_slipped_through_fails_the_lead_instead_of_turning_for_ever() -> None:
    """A flow that was never validated still cannot hold the executor."""
    circle = Flow(
        nodes=(StartNode(id="start"), ConditionNode.model_validate(is_pro("c"))),
        connections=(
            Connection(from_node="start", to_node="c"),
            Connection(from_node="c", from_port="yes", to_node="c"),
        ),
    )
    step = FlowExecutor(circle).step(a_lead(plan="pro"), Entered(), NOW)
    assert (step.lead.status, step.lead.reason) == (LeadStatus.FAILED, Reason.POISON)
    assert step.effects == ()
    assert step.lead.visits["c"] == 101


LOOP = document(
    [node("start", "start"), email("mail"), wait("pause")],
    [link("start", "mail"), link("mail", "pause"), link("pause", "mail")],
)


def test_bound_on_the_visits_of_one_node() -> None:
    """A loop with a wait: the visit after the last permitted one fails the lead."""
    executor = FlowExecutor(valid(LOOP), visits_per_node_max=3)
    step, now = executor.step(a_lead(), Entered(), NOW), NOW
    for visit in (1, 2, 3):
        assert step.effects == (SendEmail("mail", visit, 1),)
        waiting = executor.step(step.lead, EmailSent("mail", visit, 1, now), now)
        now += DAY
        step = executor.step(waiting.lead, Resumed(), now)
    assert (step.lead.status, step.lead.reason) == (LeadStatus.FAILED, Reason.POISON)
    assert step.effects == ()
    assert step.lead.wait_until is None


def test_path_of_a_long_walk_keeps_the_latest_nodes() -> None:
    """The lead's document stays small; its journal keeps the whole walk."""
    executor = FlowExecutor(valid(LOOP), visits_per_node_max=10_000)
    step, now = executor.step(a_lead(), Entered(), NOW), NOW
    for visit in range(1, PATH_LENGTH_MAX):
        step = executor.step(step.lead, EmailSent("mail", visit, 1, now), now)
        now += DAY
        step = executor.step(step.lead, Resumed(), now)
    assert len(step.lead.execution_path) == PATH_LENGTH_MAX
    assert step.lead.execution_path[-2:] == ("pause", "mail")
    assert "start" not in step.lead.execution_path


def test_pause_has_a_due_time_and_a_wake_key_and_nothing_else_has() -> None:
    """`scheduled_task_id` is derived from lead, node and visit, so it is known beforehand."""
    for state, lead in LEADS.items():
        has_due_time = state in (State.WAITING, State.WATCHING, State.DEFERRED)
        assert (lead.wait_until is not None) is has_due_time, state
        assert (lead.scheduled_task_id is not None) is has_due_time, state
    waiting = LEADS[State.WAITING]
    assert waiting.scheduled_task_id == f"{waiting.lead_id}/wait-1/1/wake"


def test_click_resumes_a_watching_lead_at_once() -> None:
    """Long before the deadline; no lateness is counted, since nothing was late."""
    now = NOW + WAIT + timedelta(minutes=5)
    tracking_event = TrackingEvent(
        TrackingEventKind.CLICKED, "email-1", 1, now - timedelta(seconds=1)
    )
    step = EXECUTOR.step(LEADS[State.WATCHING], Tracked((tracking_event,)), now)
    assert step.effects == (SendEmail("email-2", 1, 1),)
    assert step.delta is not None
    assert not any(key.startswith("late/") for key in step.delta)


@pytest.mark.parametrize("kind", [Resumed, Tracked])
def test_click_before_a_late_sweep_still_counts(kind: type[Resumed | Tracked]) -> None:
    """The sweep is a day late, the click came a second before the deadline: yes, and late."""
    deadline = NOW + WITHIN
    tracking_event = TrackingEvent(
        TrackingEventKind.CLICKED, "email-1", 1, deadline - timedelta(seconds=1)
    )
    step = EXECUTOR.step(LEADS[State.WATCHING], kind((tracking_event,)), deadline + DAY)
    assert step.effects == (SendEmail("email-2", 1, 1),)
    assert step.delta is not None
    assert step.delta["late/inf"] == 1


def test_tracking_event_of_another_email_does_not_wake_the_lead() -> None:
    """The watch goes on, and the lead is the very one that came in."""
    tracking_event = TrackingEvent(TrackingEventKind.CLICKED, "email-2", 1, NOW)
    lead = LEADS[State.WATCHING]
    step = EXECUTOR.step(lead, Tracked((tracking_event,)), NOW + WAIT)
    assert step.lead is lead
    assert step.ignored is Ignored.NOT_DUE


def test_condition_in_a_loop_watches_the_latest_message() -> None:
    """The second time round a click on the first message does not answer for the second."""
    flow = document(
        [node("start", "start"), email("mail"), wait("pause"), clicked("c", "mail")],
        [
            link("start", "mail"),
            link("mail", "pause"),
            link("pause", "c"),
            link("c", "mail", "no"),
        ],
    )
    executor = executor_of(flow)
    first = TrackingEvent(TrackingEventKind.CLICKED, "mail", 1, NOW + timedelta(days=3))
    sending = executor.step(a_lead(), Entered(), NOW).lead
    waiting = executor.step(sending, EmailSent("mail", 1, 1, NOW), NOW).lead
    watching = executor.step(waiting, Resumed(), NOW + DAY).lead
    sent_at = NOW + 2 * DAY + TRACKING_EVENT_STORED_WITHIN
    again = executor.step(watching, Resumed((first,)), sent_at)
    assert again.effects == (SendEmail("mail", 2, 1),)
    waiting = executor.step(again.lead, EmailSent("mail", 2, 1, sent_at), sent_at).lead
    step = executor.step(waiting, Resumed((first,)), sent_at + DAY)
    assert step.lead.state is State.WATCHING


def test_skipped_wait_does_not_shorten_the_watch_behind_it() -> None:
    """A click of the watch's last second may still be on its way to the store."""
    flow = document(
        [node("start", "start"), email("mail"), wait("pause"), clicked("c", "mail")],
        [link("start", "mail"), link("mail", "pause"), link("pause", "c")],
    )
    executor = executor_of(flow)
    sending = executor.step(a_lead(), Entered(), NOW).lead
    waiting = executor.step(sending, EmailSent("mail", 1, 1, NOW), NOW).lead
    deadline = NOW + 2 * DAY
    skipped = executor.step(waiting, WaitSkipped("pause", 1), deadline)
    assert skipped.lead.state is State.WATCHING
    assert skipped.lead.wait_until == deadline


def test_executor_follows_the_flow_it_was_given() -> None:
    """A start that leads nowhere is the shortest walk there is."""
    lead: Lead = FlowExecutor(Flow(nodes=(StartNode(id="s"),))).step(a_lead(), Entered(), NOW).lead
    assert (lead.execution_path, lead.reason) == (("s",), Reason.NO_CONNECTION)
