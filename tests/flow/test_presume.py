"""What a restored lead may have been sent since the backup: never too little, and seldom more."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.flow.effect import SendEmail
from functions.flow.event import (
    Moved,
    PresumedSent,
    Retried,
    SendAgain,
    WaitSkipped,
)
from functions.flow.executor import FlowExecutor
from functions.flow.journal import EntryKind
from functions.flow.lead import AttributeValue, Lead, SentEmail, State
from functions.flow.presume import VISITS_MAX, Presumption
from tests.flow.builders import (
    NOW,
    Document,
    a_lead,
    chain,
    clicked,
    document,
    email,
    link,
    node,
    off,
    valid,
    wait,
)
from tests.flow.scene import EXECUTOR, LEADS, WAIT
from tests.flow.strategies import ENTER, Move, attributes, event_of, flows, moment_of, moves

DAY = timedelta(days=1)
BY_HAND = (Moved, WaitSkipped, Retried, SendAgain)

unattended = moves.filter(lambda it: it.kind not in BY_HAND)
onward = st.builds(
    Move,
    kind=st.none(),
    fits=st.just(True),
    passes=st.sampled_from([timedelta(0)] * 5 + [timedelta(hours=1)]),
    clicks=st.sampled_from([False, False, True]),
)


@st.composite
def series(draw: st.DrawFn) -> Document:
    """E-mails with waits between them; some are sent sooner to those who click. It may begin
    again."""
    nodes, links, last = [node("start", "start"), email("e0")], [link("start", "e0")], "e0"
    for number in range(1, draw(st.integers(2, 4))):
        mail, pause, asked = f"e{number}", f"w{number}", f"c{number}"
        nodes += [email(mail), wait(pause, draw(st.integers(1, 3)))]
        links += [link(pause, mail)]
        if draw(st.booleans()):
            nodes.append(clicked(asked, "e0"))
            links += [link(last, asked), link(asked, mail, "yes"), link(asked, pause, "no")]
        else:
            links.append(link(last, pause))
        last = mail
    if draw(st.booleans()):
        nodes.append(wait("again", draw(st.integers(1, 3))))
        links += [link(last, "again"), link("again", draw(st.sampled_from(["e0", "w1"])))]
    return {"nodes": nodes, "connections": links}


courses = st.lists(onward, min_size=12, max_size=20) | st.lists(onward | unattended, min_size=8)


def walk(
    executor: FlowExecutor, lead: Lead, now: datetime, course: list[Move]
) -> list[tuple[datetime, Lead, tuple[SendEmail, ...]]]:
    """After each step: the time, the lead, and what is sent."""
    walked = []
    for move in course:
        now = moment_of(move, lead, now)
        event = event_of(move, lead, now)
        if isinstance(event, BY_HAND):
            continue
        step = executor.step(lead, event, now)
        lead = step.lead
        walked.append((now, lead, tuple(it for it in step.effects if isinstance(it, SendEmail))))
    return walked


@given(
    flows() | series() | series(),
    attributes,
    courses,
    courses,
    st.data(),
)
def test_nothing_is_sent_that_may_have_left(
    flow: Document,
    person: dict[str, AttributeValue],
    course: list[Move],
    course_after: list[Move],
    data: st.DataObject,
) -> None:
    """Backup at any point, another course until the restore, and yet another after it."""
    made = valid(flow)
    executor = FlowExecutor(made)
    walked = [(NOW, a_lead(7, **person), ()), *walk(executor, a_lead(7, **person), NOW, [ENTER])]
    walked += walk(executor, walked[-1][1], NOW, course)
    # At the moment of a sending, if there is one: an interval that is shorter would miss it.
    sends = [at for at, (_, _, sent) in enumerate(walked) if sent]
    restore = data.draw(st.sampled_from(sends or [len(walked) - 1]))
    backup = data.draw(st.integers(0, restore))
    since, lead, _ = walked[backup]
    until = walked[restore][0]
    left = {(it.node_id, it.visit) for _, _, sent in walked[: restore + 1] for it in sent}
    emails = Presumption(made).emails(lead, since, until)
    step = executor.step(lead, PresumedSent(emails), until) if emails else None
    restored = lead if step is None or step.ignored else step.lead
    sent_at_once = step.effects if step else ()
    after = walk(executor, restored, until, [ENTER, *course_after])
    if restored.state in (State.SENDING, State.DEFERRED) and not sent_at_once:
        # Nothing had been presumed of the message that it waits for, so it had not begun.
        assert (restored.current_node, restored.visit) not in left
    for it in (*sent_at_once, *(it for _, _, sent in after for it in sent)):
        assert (it.node_id, it.visit) not in left


def since_a_day(flow: Document, lead: Lead, days: float) -> dict[str, int]:
    return Presumption(valid(flow)).emails(lead, NOW, NOW + days * DAY)


SERIES = chain(email("a"), wait("w1", 3), email("b"), wait("w2", 3), email("c"))


@pytest.mark.parametrize(
    ("days", "emails"),
    [(0, "a"), (2.9, "a"), (3, "ab"), (5.9, "ab"), (6, "abc"), (60, "abc")],
)
def test_new_lead_gets_as_far_as_its_waits_allow(days: float, emails: str) -> None:
    """The lower end of each interval belongs to it."""
    assert since_a_day(SERIES, a_lead(), days) == dict.fromkeys(emails, 1)


def test_waiting_lead_leaves_when_it_is_due() -> None:
    """Before that, none of its e-mails can have left."""
    lead = LEADS[State.WAITING]
    presumption = Presumption(EXECUTOR.flow)
    assert presumption.emails(lead, NOW, NOW + WAIT - timedelta(milliseconds=1)) == {}
    assert presumption.emails(lead, NOW, NOW + WAIT) == {"email-2": 1}


def test_watching_lead_may_have_been_clicked_at_once() -> None:
    """However long it would have watched."""
    lead = LEADS[State.WATCHING]
    assert Presumption(EXECUTOR.flow).emails(lead, NOW + WAIT, NOW + WAIT) == {"email-2": 1}


@pytest.mark.parametrize("state", [State.COMPLETED, State.FAILED])
def test_ended_lead_was_sent_nothing(state: State) -> None:
    """Only a person brings it back."""
    assert Presumption(EXECUTOR.flow).emails(LEADS[state], NOW, NOW + 99 * DAY) == {}


def test_nothing_left_if_the_restore_is_no_later() -> None:
    """The clock of another machine may be behind; then only what was on its way is in doubt."""
    assert since_a_day(SERIES, a_lead(), -1) == {}


LOOP: dict[str, Document] = {
    "duration": wait("w", 2),
    "weekday": node(
        "w", "wait", {"mode": "weekday", "weekdays": ["monday"], "time": "09:00", "zone": "UTC"}
    ),
}


@pytest.mark.parametrize(
    ("kind", "days", "visits"),
    [
        ("duration", 0, 1),
        ("duration", 1.9, 1),
        ("duration", 2, 2),
        ("duration", 9, 5),
        ("duration", 900, VISITS_MAX),
        ("weekday", 0, 1),
        # At most one arrival a day.
        ("weekday", 7, 8),
    ],
)
def test_rounds_of_a_loop_are_counted(kind: str, days: float, visits: int) -> None:
    """A later round is another message, and is sent."""
    flow = document(
        [node("start", "start"), email("a"), LOOP[kind]],
        [link("start", "a"), link("a", "w"), link("w", "a")],
    )
    assert since_a_day(flow, a_lead(), days) == {"a": visits}
    again = replace(a_lead(), visits={"a": 3}, current_node="w", status=LEADS[State.WAITING].status)
    again = replace(again, reason=LEADS[State.WAITING].reason, wait_until=NOW)
    assert since_a_day(flow, again, days) == {"a": min(3 + visits, VISITS_MAX)}


def test_what_is_switched_off_takes_no_time_and_sends_nothing() -> None:
    flow = chain(off(email("a")), off(wait("w1", 3)), email("b"))
    assert since_a_day(flow, a_lead(), 0) == {"b": 1}


def test_shorter_branch_counts() -> None:
    """The reader may have taken either."""
    flow = document(
        [
            node("start", "start"),
            email("a"),
            clicked("asked", "a"),
            wait("short", 1),
            wait("long", 9),
            email("b"),
        ],
        [
            link("start", "a"),
            link("a", "asked"),
            link("asked", "long", "yes"),
            link("asked", "short", "no"),
            link("long", "b"),
            link("short", "b"),
        ],
    )
    assert since_a_day(flow, a_lead(), 0.9) == {"a": 1}
    assert since_a_day(flow, a_lead(), 1) == {"a": 1, "b": 1}


def test_presumed_message_counts_as_sent_and_the_next_round_is_sent() -> None:
    """The reader's clicks in it are still found, because they name the same visit."""
    flow = valid(
        document(
            [node("start", "start"), email("a"), wait("w", 2)],
            [link("start", "a"), link("a", "w"), link("w", "a")],
        )
    )
    executor = FlowExecutor(flow)
    entered = executor.step(a_lead(), event_of(ENTER, a_lead(), NOW), NOW).lead
    assert entered.state is State.SENDING
    step = executor.step(entered, PresumedSent({"a": 2}), NOW)
    assert step.lead.state is State.WAITING
    assert step.lead.sent_emails == {"a": SentEmail(1, 1, NOW)}
    kinds = [it.kind for it in step.entries]
    assert kinds == [EntryKind.RESTORED, EntryKind.PRESUMED, EntryKind.WAITING]
    assert step.delta is not None
    assert "total/a/sent" not in step.delta
    lead = step.lead
    sent: list[object] = []
    for day in (2, 4, 6):
        move = Move(None, True, timedelta(0), False)
        taken = executor.step(lead, event_of(move, lead, NOW + day * DAY), NOW + day * DAY)
        lead, sent = taken.lead, [*sent, *taken.effects]
    assert sent == [SendEmail("a", 3, 1)]
