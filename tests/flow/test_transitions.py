"""The transition table: every pair of state and event, with and without a transition."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import get_args

import pytest

from functions.flow.effect import SendEmail
from functions.flow.event import (
    TRACKING_EVENT_STORED_WITHIN,
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
from functions.flow.executor import TRANSITIONS, Ignored
from functions.flow.journal import EntryKind
from functions.flow.lead import ENDED, LeadStatus, Reason, SentEmail, State
from tests.flow.builders import NOW
from tests.flow.scene import EXECUTOR, LATER, LEADS, RETRY, WAIT, WITHIN, event, events

MS = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Then:
    """What the lead is after the event, at a time when every pause of the scene is over."""

    status: LeadStatus
    reason: Reason | None
    node: str | None
    resend_number: int | None = None
    sends: tuple[SendEmail, ...] = ()


RUNNING, PAUSED = LeadStatus.RUNNING, LeadStatus.PAUSED
COMPLETED, FAILED = LeadStatus.COMPLETED, LeadStatus.FAILED

CANCELLED: dict[tuple[State, type[LeadEvent]], Then] = {
    (state, Cancelled): Then(COMPLETED, Reason.CANCELLED, LEADS[state].current_node)
    for state in State
    if state not in ENDED
}
REMOVED: dict[tuple[State, type[LeadEvent]], Then] = {
    (state, Removed): Then(COMPLETED, Reason.REMOVED, LEADS[state].current_node)
    for state in State
    if state not in ENDED
}
MOVED: dict[tuple[State, type[LeadEvent]], Then] = {
    (state, Moved): Then(RUNNING, None, "email-2", 1, (SendEmail("email-2", 1, 1),))
    for state in (State.PENDING, State.WAITING, State.WATCHING, State.DEFERRED, State.FAILED)
}
PRESUMED: dict[tuple[State, type[LeadEvent]], Then] = {
    (state, PresumedSent): Then(lead.status, lead.reason, lead.current_node)
    for state, lead in LEADS.items()
    if state in (State.PENDING, State.WAITING, State.WATCHING, State.UNKNOWN)
} | {
    (state, PresumedSent): Then(PAUSED, Reason.WAIT, "wait-1")
    for state in (State.SENDING, State.DEFERRED)
}
MOVED_TO_VERSION: dict[tuple[State, type[LeadEvent]], Then] = {
    (state, MovedToVersion): Then(lead.status, lead.reason, lead.current_node)
    for state, lead in LEADS.items()
    if state not in ENDED
}
FIRST = (SendEmail("email-1", 1, 1),)
EXPECTED: dict[tuple[State, type[LeadEvent]], Then] = {
    (State.PENDING, Entered): Then(RUNNING, None, "email-1", 1, FIRST),
    (State.SENDING, EmailSent): Then(PAUSED, Reason.WAIT, "wait-1"),
    (State.SENDING, EmailDeferred): Then(PAUSED, Reason.DEFERRED, "email-1", 1),
    (State.SENDING, EmailRejected): Then(FAILED, Reason.REJECTED, "email-1"),
    (State.SENDING, EmailUnrenderable): Then(FAILED, Reason.TEMPLATE, "email-1"),
    (State.SENDING, EmailSuppressed): Then(COMPLETED, Reason.SUPPRESSED, "email-1"),
    (State.SENDING, EmailUnknown): Then(PAUSED, Reason.UNKNOWN, "email-1", 1),
    (State.WAITING, Resumed): Then(COMPLETED, Reason.NO_CONNECTION, "clicked-1"),
    (State.WATCHING, Resumed): Then(COMPLETED, Reason.NO_CONNECTION, "clicked-1"),
    (State.WATCHING, Tracked): Then(COMPLETED, Reason.NO_CONNECTION, "clicked-1"),
    (State.DEFERRED, Resumed): Then(RUNNING, None, "email-1", 1, FIRST),
    (State.UNKNOWN, EmailSent): Then(PAUSED, Reason.WAIT, "wait-1"),
    (State.UNKNOWN, SendAgain): Then(RUNNING, None, "email-1", 2, (SendEmail("email-1", 1, 2),)),
    (State.UNKNOWN, TreatAsSent): Then(PAUSED, Reason.WAIT, "wait-1"),
    (State.COMPLETED, EmailSent): Then(COMPLETED, Reason.CANCELLED, "email-1"),
    (State.WAITING, WaitSkipped): Then(COMPLETED, Reason.NO_CONNECTION, "clicked-1"),
    (State.WATCHING, WaitSkipped): Then(COMPLETED, Reason.NO_CONNECTION, "clicked-1"),
    (State.FAILED, Retried): Then(RUNNING, None, "email-1", 2, (SendEmail("email-1", 1, 2),)),
    **MOVED,
    **PRESUMED,
    **MOVED_TO_VERSION,
    **CANCELLED,
    **REMOVED,
}

KINDS: tuple[type[LeadEvent], ...] = get_args(LeadEvent)
PRODUCT = [(state, kind) for state in State for kind in KINDS]


def test_scene_has_every_state_and_every_event() -> None:
    """So that the product below is the full one."""
    assert {state: lead.state for state, lead in LEADS.items()} == {it: it for it in State}
    assert {type(it) for it in events()} == set(KINDS)


def test_table_names_what_is_expected_here_and_nothing_else() -> None:
    """A transition added or taken away has to be written down here too."""
    assert set(TRANSITIONS) == set(EXPECTED)


@pytest.mark.parametrize(("state", "kind"), sorted(EXPECTED, key=str), ids=str)
def test_transition_of_the_table(state: State, kind: type[LeadEvent]) -> None:
    """The lead is what the table says, one revision on, with the sends it says."""
    lead, then = LEADS[state], EXPECTED[state, kind]
    fenced_by = lead if kind in (*get_args(Intervention), MovedToVersion) else None
    step = EXECUTOR.step(lead, event(kind, fenced_by), LATER)
    assert step.ignored is None
    assert (step.lead.status, step.lead.reason) == (then.status, then.reason)
    assert step.lead.current_node == then.node
    if then.resend_number is not None:
        assert step.lead.resend_number == then.resend_number
    assert step.effects == then.sends
    assert step.lead.revision == lead.revision + 1
    assert step.entries
    assert step.delta is not None
    totals = {key.split("/")[2] for key in step.delta if key.startswith("total/")}
    assert not totals & {*State}, "read beside how many are there now, one would hide the other"


@pytest.mark.parametrize(
    ("state", "kind"), [pair for pair in PRODUCT if pair not in EXPECTED], ids=str
)
def test_every_other_pair_changes_nothing(state: State, kind: type[LeadEvent]) -> None:
    """The very same lead comes back, and nothing with it."""
    lead = LEADS[state]
    step = EXECUTOR.step(lead, event(kind), LATER)
    assert step.lead is lead
    assert step.ignored is Ignored.DOES_NOT_FIT
    assert (step.effects, step.entries, step.delta) == ((), (), None)


FENCED = (
    EmailSent,
    EmailDeferred,
    EmailRejected,
    EmailUnrenderable,
    EmailSuppressed,
    EmailUnknown,
    SendAgain,
    TreatAsSent,
    Retried,
)
PLACED = (WaitSkipped, Moved, MovedToVersion)
"""They name a visit, and no message of it."""


@pytest.mark.parametrize(
    "fence", [("email-2", 1, 1), ("email-1", 2, 1), ("email-1", 1, 2), ("email-1", 0, 1)], ids=str
)
@pytest.mark.parametrize(
    ("state", "kind"), [it for it in sorted(EXPECTED, key=str) if it[1] in FENCED], ids=str
)
def test_stale_fence_changes_nothing(
    state: State, kind: type[LeadEvent], fence: tuple[str, int, int]
) -> None:
    """An event of another node, visit or resend number finds no target."""
    lead = LEADS[state]
    stale = next(it for it in events(*fence) if type(it) is kind)
    step = EXECUTOR.step(lead, stale, LATER)
    assert step.lead is lead
    assert step.ignored is Ignored.STALE
    assert (step.effects, step.entries, step.delta) == ((), (), None)


@pytest.mark.parametrize("place", [("email-2", 1), (None, 0), ("here", 2), ("here", 0)], ids=str)
@pytest.mark.parametrize(
    ("state", "kind"), [it for it in sorted(EXPECTED, key=str) if it[1] in PLACED], ids=str
)
def test_stale_place_changes_nothing(
    state: State, kind: type[LeadEvent], place: tuple[str | None, int]
) -> None:
    """An intervention names where the lead was seen; if it is elsewhere, or there again, nothing
    changes.
    """
    lead = LEADS[state]
    node_id, visit = (lead.current_node if place[0] == "here" else place[0]), place[1]
    if (node_id, visit) == (lead.current_node, lead.visit):
        node_id = "email-1"
    stale = next(it for it in events(node_id, visit) if type(it) is kind)
    step = EXECUTOR.step(lead, stale, LATER)
    assert (step.lead, step.ignored) == (lead, Ignored.STALE)


def test_skipped_wait_takes_no_account_of_its_due_time() -> None:
    """Long before it the lead goes on; the entry says until when it would have waited."""
    lead = LEADS[State.WAITING]
    step = EXECUTOR.step(lead, WaitSkipped("wait-1", 1, "by phone"), NOW + MS)
    assert step.ignored is None
    assert step.lead.current_node == "clicked-1"
    assert (step.entries[0].kind, step.entries[0].detail) == (
        EntryKind.SKIPPED,
        {"until": (NOW + WAIT).isoformat(), "words": "by phone"},
    )
    assert step.delta is not None
    assert not [it for it in step.delta if it.startswith("late/")], "it was not late"


@pytest.mark.parametrize(("clicks", "port"), [(True, "yes"), (False, "no")])
def test_skipped_watch_is_decided_by_what_was_done_so_far(clicks: bool, port: str) -> None:
    """As if its deadline were now."""
    tracking_events = (
        (TrackingEvent(TrackingEventKind.CLICKED, "email-1", 1, NOW + WAIT),) if clicks else ()
    )
    skipped = WaitSkipped("clicked-1", 1, tracking_events=tracking_events)
    step = EXECUTOR.step(LEADS[State.WATCHING], skipped, NOW + WAIT + MS)
    (took,) = [it for it in step.entries if it.kind is EntryKind.TOOK]
    assert took.detail["port"] == port


def test_moved_lead_arrives_again_and_its_old_message_is_stale() -> None:
    """Also where it was already: another visit, another message."""
    lead = LEADS[State.DEFERRED]
    step = EXECUTOR.step(lead, Moved("email-1", "email-1", 1), NOW)
    assert step.effects == (SendEmail("email-1", 2, 1),)
    assert step.entries[0].kind is EntryKind.MOVED
    assert step.entries[0].detail == {"to": "email-1", "was": "deferred"}
    late = EXECUTOR.step(step.lead, EmailSent("email-1", 1, 1, NOW), NOW)
    assert late.ignored is Ignored.STALE


def test_move_to_a_node_that_is_not_there_changes_nothing() -> None:
    """Its flow may be an older one than the person looks at."""
    step = EXECUTOR.step(LEADS[State.WAITING], Moved("nowhere", "wait-1", 1), NOW)
    assert step.ignored is Ignored.DOES_NOT_FIT


def test_lead_that_went_round_too_often_moves_but_does_not_try_again() -> None:
    """It did not fail at an e-mail; moved by hand, it may visit a node once more than the limit."""
    often = {"email-1": 101, "start": 1}
    lead = replace(LEADS[State.FAILED], reason=Reason.POISON, visits=often)
    again = EXECUTOR.step(lead, Retried("email-1", 101, 1), NOW)
    assert again.ignored is Ignored.DOES_NOT_FIT
    moved = EXECUTOR.step(lead, Moved("email-1", "email-1", 101), NOW)
    assert moved.effects == (SendEmail("email-1", 102, 1),)


PAUSES = [
    (State.WAITING, Resumed, NOW + WAIT),
    (State.WATCHING, Resumed, NOW + WITHIN + TRACKING_EVENT_STORED_WITHIN),
    (State.WATCHING, Tracked, NOW + WITHIN + TRACKING_EVENT_STORED_WITHIN),
    (State.DEFERRED, Resumed, NOW + RETRY),
]


@pytest.mark.parametrize(("state", "kind", "due"), PAUSES, ids=str)
def test_pause_is_not_over_before_its_due_time(
    state: State, kind: type[LeadEvent], due: datetime
) -> None:
    """One millisecond early is early; at the due time itself the lead goes on."""
    lead = LEADS[state]
    assert lead.due_at == due
    early = EXECUTOR.step(lead, event(kind), due - MS)
    assert early.lead is lead
    assert early.ignored is Ignored.NOT_DUE
    assert (early.effects, early.entries, early.delta) == ((), (), None)
    step = EXECUTOR.step(lead, event(kind), due)
    assert step.ignored is None
    late = [it.detail for it in step.entries if it.kind is EntryKind.RESUMED]
    assert [it["lateness_ms"] for it in late] == ([] if state is State.DEFERRED else [0])


def test_click_ends_the_watch_before_it_is_due() -> None:
    """After its deadline as well, where the click came before it; nobody was late then."""
    tracking_events = (TrackingEvent(TrackingEventKind.CLICKED, "email-1", 1, NOW + WITHIN),)
    step = EXECUTOR.step(LEADS[State.WATCHING], Tracked(tracking_events), NOW + WITHIN + MS)
    assert step.entries[0].kind is EntryKind.TOOK
    assert step.entries[0].detail["port"] == "yes"


def test_send_again_writes_a_new_attempt_and_the_old_ones_answer_is_stale() -> None:
    """A person gave up the first message; if its answer comes now, it finds no target."""
    lead = EXECUTOR.step(LEADS[State.UNKNOWN], SendAgain("email-1", 1, 1), NOW).lead
    late = EXECUTOR.step(lead, EmailSent("email-1", 1, 1, NOW), NOW)
    assert late.ignored is Ignored.STALE
    assert EXECUTOR.step(lead, EmailSent("email-1", 1, 2, NOW), NOW).ignored is None


def test_late_answer_of_a_cancelled_lead_is_recorded_once() -> None:
    """The message that was on its way arrived: it counts as sent, and the lead stays ended."""
    lead = LEADS[State.COMPLETED]
    sent = EmailSent("email-1", 1, 1, NOW)
    step = EXECUTOR.step(lead, sent, LATER)
    assert step.lead.sent_emails == {"email-1": SentEmail(1, 1, NOW)}
    assert step.lead.execution_path == lead.execution_path
    assert step.delta == {"total/email-1/sent": 1}
    again = EXECUTOR.step(step.lead, sent, LATER)
    assert again.lead is step.lead
    assert again.ignored is Ignored.STALE


def test_treat_as_sent_is_remembered_but_not_counted_as_sent() -> None:
    """The lead goes on as if it were sent; the counts say only what a server confirmed."""
    step = EXECUTOR.step(LEADS[State.UNKNOWN], TreatAsSent("email-1", 1, 1, NOW), LATER)
    assert step.lead.sent_emails == {"email-1": SentEmail(1, 1, NOW)}
    assert step.delta is not None
    assert "total/email-1/sent" not in step.delta
