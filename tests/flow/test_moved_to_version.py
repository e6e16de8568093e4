"""A lead that is moved to a later version of its flow: where it goes on, and what it gets."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.flow.carry_over import CarryOver, Place
from functions.flow.effect import SendEmail
from functions.flow.event import (
    EmailSent,
    Moved,
    MovedToVersion,
    Resumed,
    Tracked,
    TrackingEvent,
    TrackingEventKind,
)
from functions.flow.executor import Ignored
from functions.flow.journal import EntryKind
from functions.flow.lead import LeadStatus, Reason, SentEmail, State
from tests.flow.builders import (
    NOW,
    chain,
    clicked,
    document,
    email,
    executor_of,
    link,
    node,
    off,
    valid,
    wait,
)
from tests.flow.scene import FLOW, LEADS, WAIT, WITHIN

HOUR = timedelta(hours=1)
LONGER = executor_of(chain(email("email-1"), wait("wait-1", 5), email("email-2")))
SHORTER = executor_of(chain(email("email-1"), wait("wait-1", 1, "hours"), email("email-2")))


def kinds(step: object) -> list[str]:
    return [it.kind for it in step.entries]  # type: ignore[attr-defined]


def test_waiting_lead_keeps_its_due_time_and_goes_on_in_the_new_version() -> None:
    """The journal says from which version to which; counts by step and version follow."""
    lead = LEADS[State.WAITING]
    step = LONGER.step(lead, MovedToVersion(2, "wait-1", 1, job_id="j"), NOW + HOUR)
    assert step.lead.flow_version == 2
    assert (step.lead.visits, step.lead.wait_until) == (lead.visits, NOW + WAIT)
    assert step.entries[0].detail == {"version": 2, "was": 1, "job": "j"}
    assert step.delta == {"in/1/waiting/wait-1": -1, "in/2/waiting/wait-1": 1}
    after = LONGER.step(step.lead, Resumed(), NOW + WAIT)
    assert after.effects == (SendEmail("email-2", 1, 1),)


def test_wait_is_computed_anew_from_the_arrival() -> None:
    """Not from the day of the move; if that time is over already, the lead goes on at once."""
    lead = LEADS[State.WAITING]
    later = LONGER.step(lead, MovedToVersion(2, "wait-1", 1, waits_anew=True), NOW + HOUR)
    assert later.lead.wait_until == NOW + timedelta(days=5)
    assert kinds(later) == [EntryKind.MOVED_TO_VERSION, EntryKind.WAITING]
    over = SHORTER.step(lead, MovedToVersion(2, "wait-1", 1, waits_anew=True), NOW + 2 * HOUR)
    assert over.effects == (SendEmail("email-2", 1, 1),)
    unknown = replace(lead, arrived_at=None)
    kept = LONGER.step(unknown, MovedToVersion(2, "wait-1", 1, waits_anew=True), NOW + HOUR)
    assert kept.lead.wait_until == lead.wait_until, "an earlier program did not store its arrival"


def test_watch_is_computed_anew_from_the_sending() -> None:
    """A click that came in time for the longer deadline counts."""
    nodes = [email("email-1"), clicked("clicked-1", "email-1", within_days=9), email("email-2")]
    longer = executor_of(chain(*nodes))
    moved = MovedToVersion(2, "clicked-1", 1, waits_anew=True)
    step = longer.step(LEADS[State.WATCHING], moved, NOW + WAIT + HOUR)
    assert step.lead.wait_until == NOW + timedelta(days=9)
    click = TrackingEvent(TrackingEventKind.CLICKED, "email-1", 1, NOW + WITHIN + HOUR)
    after = longer.step(step.lead, Tracked((click,)), NOW + WITHIN + HOUR)
    assert after.effects == (SendEmail("email-2", 1, 1),)


def test_message_under_way_keeps_its_number_in_the_new_version() -> None:
    """So it is sent once, whichever version renders it; its answer leads on in the new one."""
    lead = LEADS[State.SENDING]
    step = LONGER.step(lead, MovedToVersion(2, "email-1", 1), NOW)
    assert (step.effects, step.lead.resend_number) == ((), 1)
    after = LONGER.step(step.lead, EmailSent("email-1", 1, 1, NOW), NOW)
    assert after.lead.wait_until == NOW + timedelta(days=5)
    again = LONGER.step(LEADS[State.DEFERRED], MovedToVersion(2, "email-1", 1), NOW)
    assert LONGER.step(again.lead, Resumed(), NOW + WAIT).effects == (SendEmail("email-1", 1, 1),)


def test_lead_on_a_step_that_is_gone_goes_to_the_target_or_ends() -> None:
    """The end has a reason of its own and is in the version that the lead walked."""
    lead = LEADS[State.WAITING]
    flow = executor_of(chain(email("email-1"), email("email-3")))
    stays = flow.step(lead, MovedToVersion(2, "wait-1", 1), NOW)
    assert stays.ignored is Ignored.DOES_NOT_FIT
    goes = flow.step(lead, MovedToVersion(2, "wait-1", 1, "email-3"), NOW)
    assert goes.effects == (SendEmail("email-3", 1, 1),)
    assert goes.entries[0].detail == {"version": 2, "was": 1, "to": "email-3"}
    ends = flow.step(lead, MovedToVersion(2, "wait-1", 1, is_end=True), NOW)
    assert (ends.lead.status, ends.lead.reason) == (LeadStatus.COMPLETED, Reason.STEP_GONE)
    assert (ends.lead.flow_version, ends.effects) == (1, ())
    assert ends.delta is not None
    assert [it for it in ends.delta.items() if it[0].startswith("in/")] == [
        ("in/1/waiting/wait-1", -1)
    ]
    nowhere = flow.step(lead, MovedToVersion(2, "wait-1", 1, "nowhere"), NOW)
    assert nowhere.ignored is Ignored.DOES_NOT_FIT


def test_unknown_message_keeps_its_lead_from_going_elsewhere() -> None:
    """A person decides about it first; on a step that stays, it moves along."""
    lead = LEADS[State.UNKNOWN]
    goes = LONGER.step(lead, MovedToVersion(2, "email-1", 1, "email-2"), NOW)
    assert goes.ignored is Ignored.DOES_NOT_FIT
    assert LONGER.step(lead, MovedToVersion(2, "email-1", 1), NOW).lead.state is State.UNKNOWN


def test_no_lead_moves_back_or_twice() -> None:
    """A job that was overtaken by a later one finds nothing to do."""
    lead = replace(LEADS[State.WAITING], flow_version=3)
    for version in (2, 3):
        step = LONGER.step(lead, MovedToVersion(version, "wait-1", 1), NOW)
        assert (step.lead, step.ignored) == (lead, Ignored.DOES_NOT_FIT)


def test_moved_lead_passes_an_email_that_it_had() -> None:
    """However it comes to it: from upstream, or sent there with others. By hand, it is sent."""
    first = executor_of(chain(wait("wait-1"), email("email-1"), email("email-2")))
    lead = LEADS[State.WAITING]
    moved = first.step(lead, MovedToVersion(2, "wait-1", 1), NOW).lead
    step = first.step(moved, Resumed(), NOW + WAIT)
    assert EntryKind.HAD_ALREADY in kinds(step)
    assert step.effects == (SendEmail("email-2", 1, 1),)
    together = first.step(lead, MovedToVersion(2, "wait-1", 1, "email-1"), NOW)
    assert together.effects == (SendEmail("email-2", 1, 1),)
    by_hand = first.step(moved, Moved("email-1", "wait-1", 1), NOW)
    assert by_hand.effects == (SendEmail("email-1", 2, 1),)


def test_email_on_a_cycle_is_sent_again() -> None:
    """It is meant to come again and again."""
    source = document(
        [node("start", "start"), wait("wait-1"), email("email-1")],
        [link("start", "wait-1"), link("wait-1", "email-1"), link("email-1", "wait-1")],
    )
    cycle = executor_of(source)
    moved = cycle.step(LEADS[State.WAITING], MovedToVersion(2, "wait-1", 1), NOW).lead
    assert moved.not_again == ()
    assert cycle.step(moved, Resumed(), NOW + WAIT).effects == (SendEmail("email-1", 2, 1),)


@pytest.mark.parametrize(
    ("state", "node_id", "place"),
    [
        (State.PENDING, None, Place.KEPT),
        (State.WAITING, "wait-1", Place.KEPT),
        (State.WAITING, "email-1", Place.GONE),
        (State.WAITING, "nowhere", Place.GONE),
        (State.WATCHING, "clicked-1", Place.KEPT),
        (State.SENDING, "email-1", Place.KEPT),
        (State.DEFERRED, "email-9", Place.PASSED),
        (State.SENDING, "email-9", Place.PASSED),
        (State.UNKNOWN, "email-9", Place.KEPT),
    ],
    ids=str,
)
def test_place_follows_from_state_and_node(state: State, node_id: str | None, place: Place) -> None:
    """The state tells the type of the step: a lead waits at a wait, and so on."""
    nodes = [
        wait("wait-1"),
        email("email-1"),
        off(email("email-9")),
        clicked("clicked-1", "email-1"),
    ]
    assert CarryOver(valid(chain(*nodes))).place(state, node_id) is place


def test_only_emails_on_no_cycle_are_passed() -> None:
    """Of those that the lead had, and the version has."""
    had = dict.fromkeys(("email-1", "wait-1", "gone"), SentEmail(1, 1, NOW))
    assert CarryOver(valid(FLOW)).not_again(had) == ("email-1",)
