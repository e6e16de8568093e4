"""What holds for every walk, whatever the flow and whatever happens (Hypothesis)."""

import itertools
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.flow.effect import SendEmail
from functions.flow.event import (
    Cancelled,
    EmailDeferred,
    EmailSent,
    Entered,
    LeadEvent,
    Moved,
    Removed,
    Resumed,
    Retried,
    Tracked,
    WaitSkipped,
)
from functions.flow.executor import FlowExecutor, Step
from functions.flow.journal import EntryKind, at_key, status_key, total_key
from functions.flow.keys import send_key
from functions.flow.lead import (
    ENDED,
    PATH_LENGTH_MAX,
    AttributeValue,
    Lead,
    LeadStatus,
    Reason,
    State,
)
from functions.flow.nodes import SendEmailNode, WaitNode
from tests.flow.builders import NOW, Document, a_lead, valid
from tests.flow.strategies import ENTER, Move, attributes, event_of, flows, moment_of, moves

VISITS_MAX = 5


@dataclass(frozen=True)
class Taken:
    """One step, with what went into it."""

    before: Lead
    event: LeadEvent
    now: datetime
    step: Step

    @property
    def is_committed(self) -> bool:
        return self.step.ignored is None


@dataclass
class Walked:
    """A lead's walk, oldest step first, and the lead after the last one."""

    executor: FlowExecutor
    lead: Lead
    steps: list[Taken] = field(default_factory=list)


def walk(flow: Document, person: dict[str, AttributeValue], course: list[Move]) -> Walked:
    executor = FlowExecutor(valid(flow), visits_per_node_max=VISITS_MAX)
    walked, now = Walked(executor, a_lead(7, **person)), NOW
    for move in [ENTER, *course]:
        now = moment_of(move, walked.lead, now)
        event = event_of(move, walked.lead, now)
        step = executor.step(walked.lead, event, now)
        walked.steps.append(Taken(walked.lead, event, now, step))
        walked.lead = step.lead
    return walked


walks = st.builds(walk, flows(), attributes, st.lists(moves, min_size=5, max_size=30))


@given(walks)
def test_revision_grows_by_one_with_every_committed_step(walked: Walked) -> None:
    """And an event that changed nothing returns the very lead."""
    for it in walked.steps:
        if it.is_committed:
            assert it.step.lead.revision == it.before.revision + 1
        else:
            assert it.step.lead is it.before
            assert (it.step.effects, it.step.entries, it.step.delta) == ((), (), None)


@given(walks)
def test_no_email_is_sent_twice(walked: Walked) -> None:
    """A send key comes again only when the server had put that very message off."""
    sent: Counter[str] = Counter()
    deferred: Counter[str] = Counter()
    for it in walked.steps:
        if it.is_committed and isinstance(it.event, EmailDeferred):
            fence = (it.event.node_id, it.event.visit, it.event.resend_number)
            deferred[send_key(it.before.lead_id, *fence)] += 1
        mails = [effect for effect in it.step.effects if isinstance(effect, SendEmail)]
        assert len(mails) <= 1
        for mail in mails:
            key = send_key(it.before.lead_id, mail.node_id, mail.visit, mail.resend_number)
            sent[key] += 1
            assert sent[key] <= 1 + deferred[key]


@given(walks)
def test_path_is_a_path_of_the_flow(walked: Walked) -> None:
    """From the start along connections, or where a person moved it, and the lead stands at its
    end."""
    flow, path = walked.executor.flow, walked.lead.execution_path
    moves = {(it.from_node, it.to_node) for it in flow.connections} | {
        (it.event.node_id or "", it.event.target)
        for it in walked.steps
        if it.is_committed and isinstance(it.event, Moved)
    }
    assert len(path) < PATH_LENGTH_MAX
    assert path[0] == "start"
    assert all(pair in moves for pair in itertools.pairwise(path))
    assert path[-1] == walked.lead.current_node
    assert Counter(path) == walked.lead.visits


@given(walks)
def test_deltas_sum_up_to_where_the_lead_is(walked: Walked) -> None:
    """Added to the one pending lead of the enrolment they count this lead, where it is now."""
    counts: Counter[str] = Counter({status_key(LeadStatus.PENDING): 1})
    for it in walked.steps:
        counts.update(it.step.delta or {})
    lead = walked.lead
    where = {key: n for key, n in counts.items() if n and key.startswith(("leads/", "at/"))}
    assert lead.current_node is not None
    assert where == {status_key(lead.status): 1, at_key(lead.current_node, lead.state): 1}
    for node_id, visits in lead.visits.items():
        assert counts[f"total/{node_id}/entered"] == visits
    sent = Counter(
        total_key("sent", it.event.node_id)
        for it in walked.steps
        if it.is_committed and isinstance(it.event, EmailSent)
    )
    assert Counter({key: n for key, n in counts.items() if key.endswith("/sent")}) == sent


@given(walks)
def test_switched_off_nodes_are_skipped(walked: Walked) -> None:
    """Nothing is sent there, no lead rests there, and each arrival is recorded and counted as
    passed, except the one beyond the limit.
    """
    nodes = walked.executor.flow.nodes
    is_off = {it.id for it in nodes if isinstance(it, SendEmailNode | WaitNode) and it.disabled}
    passed: Counter[str | None] = Counter()
    told: Counter[str | None] = Counter()
    too_often: Counter[str | None] = Counter()
    for it in walked.steps:
        assert not {effect.node_id for effect in it.step.effects} & is_off
        assert it.step.lead.current_node not in is_off or it.step.lead.state in ENDED
        for node in nodes:
            passed[node.id] += (it.step.delta or {}).get(total_key("passed", node.id), 0)
        for entry in it.step.entries:
            told[entry.node_id] += entry.kind is EntryKind.PASSED
            too_often[entry.node_id] += entry.detail.get("reason") == Reason.POISON
    assert passed == told
    for node in nodes:
        arrivals = walked.lead.visits.get(node.id, 0)
        assert told[node.id] == (arrivals - too_often[node.id] if node.id in is_off else 0)


@given(walks)
def test_lead_has_a_due_time_if_and_only_if_it_pauses_for_one(walked: Walked) -> None:
    """And a send goes out if and only if a step leaves the lead sending."""
    for it in walked.steps:
        lead = it.step.lead
        has_due_time = lead.state in (State.WAITING, State.WATCHING, State.DEFERRED)
        assert (lead.wait_until is not None) is has_due_time
        assert (lead.scheduled_task_id is not None) is has_due_time
        assert bool(it.step.effects) is (it.is_committed and lead.state is State.SENDING)


@given(walks)
def test_no_pause_ends_before_its_due_time(walked: Walked) -> None:
    """Only a hit or a person ends a watch early; nothing but a person ends a wait early."""
    for it in walked.steps:
        if (
            it.is_committed
            and isinstance(it.event, Resumed | Tracked)
            and not it.event.tracking_events
        ):
            assert it.before.due_at is not None
            assert it.now >= it.before.due_at
        if it.is_committed and it.before.state in (State.WAITING, State.DEFERRED):
            by_hand = isinstance(it.event, WaitSkipped | Moved | Cancelled | Removed)
            assert isinstance(it.event, Resumed) or by_hand


@given(walks)
def test_ended_leads_stay_as_they_ended(walked: Walked) -> None:
    """Only a person leads out of a failure, and nobody out of a completion; at most a late answer
    is written down."""
    for it in walked.steps:
        is_brought_back = it.before.state is State.FAILED and isinstance(it.event, Moved | Retried)
        if it.before.state in ENDED and not is_brought_back:
            lead = it.step.lead
            assert (lead.status, lead.reason) == (it.before.status, it.before.reason)
            assert it.step.effects == ()
            assert not it.is_committed or isinstance(it.event, EmailSent)


@given(walks)
def test_step_is_a_function_of_its_arguments(walked: Walked) -> None:
    """Another executor gives the same step, and neither touches the lead it was given."""
    other = FlowExecutor(walked.executor.flow, visits_per_node_max=VISITS_MAX)
    kept = [deepcopy(it.before) for it in walked.steps]
    assert [other.step(it.before, it.event, it.now) for it in walked.steps] == [
        it.step for it in walked.steps
    ]
    assert [it.before for it in walked.steps] == kept


@given(flows(), attributes)
@settings(max_examples=200)
def test_every_walk_ends(flow: Document, person: dict[str, AttributeValue]) -> None:
    """Without interventions: mails are sent, waits run out, nobody clicks."""
    executor = FlowExecutor(valid(flow), visits_per_node_max=VISITS_MAX)
    lead, now = executor.step(a_lead(7, **person), Entered(), NOW).lead, NOW
    for _ in range(VISITS_MAX * len(executor.flow.nodes)):
        if lead.state in ENDED:
            break
        if lead.state is State.SENDING:
            assert lead.current_node is not None
            assert isinstance(executor.flow.by_id()[lead.current_node], SendEmailNode)
            step = executor.step(
                lead, EmailSent(lead.current_node, lead.visit, lead.resend_number, now), now
            )
        else:
            assert lead.due_at is not None
            now = max(now, lead.due_at)
            step = executor.step(lead, Resumed(), now)
        assert step.ignored is None
        lead = step.lead
    assert lead.state in ENDED
