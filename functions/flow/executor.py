"""The executor: `step(lead, event, now)` decides everything that a lead does next.

Invariant: a step depends on its arguments alone. An event that does not fit the state of the lead
changes nothing, and the step says so; the same event never takes effect twice. A step ends: it
walks at most `nodes_per_step_max` nodes, and a lead visits a node at most `visits_per_node_max`
times.
This module must not know about stores, brokers, mail servers or clocks.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from functions.flow.carry_over import CarryOver, Place
from functions.flow.effect import Effect
from functions.flow.event import (
    Cancelled,
    Decision,
    EmailDeferred,
    EmailRejected,
    EmailSent,
    EmailSuppressed,
    EmailUnknown,
    EmailUnrenderable,
    Entered,
    LeadEvent,
    MessageEvent,
    Moved,
    MovedToVersion,
    PresumedSent,
    Removed,
    Resumed,
    Retried,
    SendAgain,
    Tracked,
    TreatAsSent,
    WaitSkipped,
)
from functions.flow.journal import Delta, Entry, EntryKind
from functions.flow.lead import Lead, LeadStatus, Reason, SentEmail, State
from functions.flow.model import NODES_MAX, Flow
from functions.flow.nodes import SplitNode, StartNode
from functions.flow.nodes.plan import ONWARD, Finish, Follow, PassOn, PauseUntil, Plan, Send
from functions.flow.value import value
from functions.flow.walk import Walk


class Ignored(StrEnum):
    """Why an event changed nothing."""

    DOES_NOT_FIT = "does_not_fit"
    """The lead is in a state in which this event means nothing."""
    STALE = "stale"
    """The event is about an earlier visit or message than the current one."""
    NOT_DUE = "not_due"
    """The pause is not over, and nothing has happened that ends it early."""


@value
class Step:
    """`lead` is the lead after the step. If `ignored` is set, it is the lead that was passed in.

    `effects` are dispatched after `lead` has been committed. With the same commit, `entries` go to
    the journal and `delta` to the counts.
    """

    lead: Lead
    effects: tuple[Effect, ...] = ()
    entries: tuple[Entry, ...] = ()
    delta: Delta | None = None
    ignored: Ignored | None = None


class FlowExecutor:
    """Steps leads through one flow. It does not change after construction and may be shared."""

    def __init__(
        self,
        flow: Flow,
        *,
        nodes_per_step_max: int = NODES_MAX,
        visits_per_node_max: int = 100,
    ) -> None:
        """No step of a valid flow reaches `nodes_per_step_max`: between two waits it visits no node
        twice."""
        self.flow = flow
        self.nodes_per_step_max = nodes_per_step_max
        self.visits_per_node_max = visits_per_node_max
        self._zone = flow.zone
        self._nodes = flow.by_id()
        self._targets: Mapping[tuple[str, str], str] = {
            (link.from_node, link.from_port): link.to_node for link in flow.connections
        }
        self._start = next(node.id for node in flow.nodes if isinstance(node, StartNode))
        self.carry_over = CarryOver(flow)

    def step(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        """`now`: aware UTC. Never raises for an event out of place; see `Step.ignored`."""
        transition = TRANSITIONS.get((lead.state, type(event)))
        if transition is None:
            return Step(lead, ignored=Ignored.DOES_NOT_FIT)
        return transition(self, lead, event, now)

    # Transitions. The table at the end of this file says which one is used when.

    def _enter(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        return self._arrive(self._walk(lead, event, now), self._start)

    def _end_pause(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        if _not_due(lead, now):
            return Step(lead, ignored=Ignored.NOT_DUE)
        assert lead.current_node is not None
        walk = self._walk(lead, event, now)
        walk.note_lateness()
        return self._leave(walk, lead.current_node, self._nodes[lead.current_node].plan(walk))

    def _end_watch(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        assert lead.current_node is not None
        walk = self._walk(lead, event, now)
        plan = self._nodes[lead.current_node].plan(walk)
        if isinstance(plan, PauseUntil):
            return Step(lead, ignored=Ignored.NOT_DUE)
        if not _not_due(lead, now):
            walk.note_lateness()
        return self._leave(walk, lead.current_node, plan)

    def _retry(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        if _not_due(lead, now):
            return Step(lead, ignored=Ignored.NOT_DUE)
        assert lead.current_node is not None
        walk = self._walk(lead, event, now)
        walk.send(lead.current_node, lead.resend_number)
        return _finished(walk)

    def _sent(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        assert isinstance(event, EmailSent)
        if not _is_present_message(lead, event):
            return Step(lead, ignored=Ignored.STALE)
        walk = self._walk(lead, event, now)
        walk.note_sent(event.node_id, SentEmail(event.visit, event.resend_number, event.at))
        return self._leave(walk, event.node_id, ONWARD)

    def _record_late_sent(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        """The lead ended while its message was being sent: record that it was sent."""
        assert isinstance(event, EmailSent)
        known = lead.sent_emails.get(event.node_id)
        is_known = known is not None and (known.visit, known.resend_number) >= (
            event.visit,
            event.resend_number,
        )
        if is_known or not _is_present_message(lead, event):
            return Step(lead, ignored=Ignored.STALE)
        walk = self._walk(lead, event, now)
        walk.note_sent(event.node_id, SentEmail(event.visit, event.resend_number, event.at))
        return _finished(walk)

    def _unsent(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        """The message ended in any other way than sent."""
        assert isinstance(event, MessageEvent)
        if not _is_present_message(lead, event):
            return Step(lead, ignored=Ignored.STALE)
        walk = self._walk(lead, event, now)
        match event:
            case EmailDeferred(retry_at=retry_at, reason=reason):
                walk.note(EntryKind.DEFERRED, words=reason, until=retry_at.isoformat())
                walk.pause(Reason.DEFERRED, retry_at)
            case EmailUnknown(reason=reason):
                walk.note(EntryKind.UNKNOWN, words=reason)
                walk.pause(Reason.UNKNOWN, None)
            case EmailRejected(reason=reason):
                walk.note_total(EntryKind.REJECTED, "rejected", words=reason)
                walk.end(LeadStatus.FAILED, Reason.REJECTED)
            case EmailUnrenderable(reason=reason):
                walk.note_total(EntryKind.UNRENDERABLE, "rejected", words=reason)
                walk.end(LeadStatus.FAILED, Reason.TEMPLATE)
            case EmailSuppressed(reason=reason):
                walk.note_total(EntryKind.SUPPRESSED, "suppressed", words=reason)
                walk.end(LeadStatus.COMPLETED, Reason.SUPPRESSED)
            case EmailSent():
                raise AssertionError("EmailSent has a transition of its own")
            case _:
                assert_never(event)
        return _finished(walk)

    def _send_again(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        assert isinstance(event, SendAgain)
        if not _is_present_message(lead, event):
            return Step(lead, ignored=Ignored.STALE)
        walk = self._walk(lead, event, now)
        walk.note(EntryKind.DECIDED, decision="send_again")
        walk.send(event.node_id, event.resend_number + 1)
        return _finished(walk)

    def _treat_as_sent(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        assert isinstance(event, TreatAsSent)
        if not _is_present_message(lead, event):
            return Step(lead, ignored=Ignored.STALE)
        walk = self._walk(lead, event, now)
        walk.note(EntryKind.DECIDED, decision="treat_as_sent")
        walk.remember_sent(event.node_id, SentEmail(event.visit, event.resend_number, event.at))
        return self._leave(walk, event.node_id, ONWARD)

    def _skip_wait(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        assert isinstance(event, WaitSkipped)
        assert lead.current_node is not None
        if not _is_present_visit(lead, event):
            return Step(lead, ignored=Ignored.STALE)
        walk = self._walk(lead, event, now)
        walk.skip_pause(event.reason)
        return self._leave(walk, lead.current_node, self._nodes[lead.current_node].plan(walk))

    def _move(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        assert isinstance(event, Moved)
        if event.target not in self._nodes:
            return Step(lead, ignored=Ignored.DOES_NOT_FIT)
        if not _is_present_visit(lead, event):
            return Step(lead, ignored=Ignored.STALE)
        walk = self._walk(lead, event, now)
        was = lead.state.value
        walk.note_intervention(EntryKind.MOVED, event.reason, to=event.target, was=was)
        # Whoever moves this one lead to an e-mail wants it to be sent.
        walk.not_again = tuple(it for it in lead.not_again if it != event.target)
        return self._arrive(walk, event.target, by_hand=True)

    def _move_to_version(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        """Only to a later version, so that a job that was overtaken moves nobody back."""
        assert isinstance(event, MovedToVersion)
        if event.version <= lead.flow_version:
            return Step(lead, ignored=Ignored.DOES_NOT_FIT)
        if not _is_present_visit(lead, event):
            return Step(lead, ignored=Ignored.STALE)
        walk = self._walk(lead, event, now)
        if event.is_end:
            walk.end(LeadStatus.COMPLETED, Reason.STEP_GONE, version=event.version)
            return _finished(walk)
        walk.note_version(event.version, event.target, event.job_id)
        walk.not_again = self.carry_over.not_again(lead.sent_emails)
        if event.target is not None:
            if event.target not in self._nodes or lead.state is State.UNKNOWN:
                return Step(lead, ignored=Ignored.DOES_NOT_FIT)
            return self._arrive(walk, event.target, by_hand=True)
        if self.carry_over.place(lead.state, lead.current_node) is not Place.KEPT:
            return Step(lead, ignored=Ignored.DOES_NOT_FIT)
        is_pause = lead.state in (State.WAITING, State.WATCHING)
        if event.waits_anew and is_pause and lead.arrived_at and lead.current_node:
            walk.deadline = None
            return self._leave(walk, lead.current_node, self._nodes[lead.current_node].plan(walk))
        return _finished(walk)

    def _try_again(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        """Does not apply to a lead that failed as `poison`, because no e-mail failed it."""
        assert isinstance(event, Retried)
        if lead.reason is Reason.POISON:
            return Step(lead, ignored=Ignored.DOES_NOT_FIT)
        if not _is_present_message(lead, event):
            return Step(lead, ignored=Ignored.STALE)
        walk = self._walk(lead, event, now)
        together = {"job": event.job_id} if event.job_id else {}
        walk.note_intervention(
            EntryKind.RETRIED, event.reason, retry_of=event.resend_number, **together
        )
        walk.send(event.node_id, event.resend_number + 1)
        return _finished(walk)

    def _presume(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        """The lead stays where it is, unless the message that it is waiting for counts as sent."""
        assert isinstance(event, PresumedSent)
        walk = self._walk(lead, event, now)
        walk.presumed_sent = {**lead.presumed_sent, **event.visits}
        walk.note(EntryKind.RESTORED)
        node_id = lead.current_node
        waits_for_message = lead.state in (State.SENDING, State.DEFERRED)
        if node_id is None or not waits_for_message or not walk.is_presumed_sent(node_id):
            return _finished(walk)
        walk.note_presumed(node_id, lead.resend_number)
        return self._leave(walk, node_id, ONWARD)

    def _cancel(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        walk = self._walk(lead, event, now)
        walk.end(LeadStatus.COMPLETED, Reason.CANCELLED)
        return _finished(walk)

    def _remove(self, lead: Lead, event: LeadEvent, now: datetime) -> Step:
        assert isinstance(event, Removed)
        walk = self._walk(lead, event, now)
        walk.end(LeadStatus.COMPLETED, Reason.REMOVED, words=event.reason)
        return _finished(walk)

    # The walk.

    def _walk(self, lead: Lead, event: LeadEvent, now: datetime) -> Walk:
        return Walk(lead, event, now, self._zone)

    def _leave(self, walk: Walk, node_id: str, plan: Plan) -> Step:
        """Carry out the plan of the current node, then walk on as far as possible."""
        target = self._carry_out(walk, node_id, plan)
        return _finished(walk) if target is None else self._arrive(walk, target)

    def _arrive(self, walk: Walk, node_id: str, *, by_hand: bool = False) -> Step:
        """`by_hand`: a person may move a lead to a node once more than `visits_per_node_max`."""
        target: str | None = node_id
        for _ in range(self.nodes_per_step_max):
            if target is None:
                return _finished(walk)
            if walk.arrive(target) > self.visits_per_node_max and not by_hand:
                break
            by_hand = False
            target = self._carry_out(walk, target, self._nodes[target].plan(walk))
        if target is not None:
            walk.end(LeadStatus.FAILED, Reason.POISON)
        return _finished(walk)

    def _carry_out(self, walk: Walk, node_id: str, plan: Plan) -> str | None:
        """Return the node to arrive at next, or None if the walk pauses or ends here."""
        match plan:
            case Follow(port=port, why=why):
                if why:
                    walk.note_port(node_id, port, why)
                if isinstance(self._nodes[node_id], SplitNode):
                    walk.take_branch(node_id, port)
                return self._node_after(walk, node_id, port)
            case PassOn():
                walk.note_total(EntryKind.PASSED, "passed")
                return self._node_after(walk, node_id, "next")
            case Send():
                if node_id in walk.not_again:
                    walk.note(EntryKind.HAD_ALREADY)
                    return self._node_after(walk, node_id, "next")
                if walk.is_presumed_sent(node_id):
                    walk.note_presumed(node_id, 1)
                    return self._node_after(walk, node_id, "next")
                walk.send(node_id, 1)
            case PauseUntil(at=at, reason=reason):
                kind = EntryKind.WAITING if reason is Reason.WAIT else EntryKind.WATCHING
                walk.note(kind, until=at.isoformat())
                walk.pause(reason, at)
            case Finish(reason=reason):
                walk.end(LeadStatus.COMPLETED, Reason.END, words=reason)
            case _:
                assert_never(plan)
        return None

    def _node_after(self, walk: Walk, node_id: str, port: str) -> str | None:
        """Return the node after the port. If there is none, the lead completes here."""
        target = self._targets.get((node_id, port))
        if target is None:
            walk.end(LeadStatus.COMPLETED, Reason.NO_CONNECTION, port=port)
        return target


def _not_due(lead: Lead, now: datetime) -> bool:
    return lead.due_at is not None and now < lead.due_at


def _is_present_visit(lead: Lead, event: WaitSkipped | Moved | MovedToVersion) -> bool:
    return (event.node_id, event.visit) == (lead.current_node, lead.visit)


def _is_present_message(lead: Lead, event: MessageEvent | Decision | Retried) -> bool:
    present = (lead.current_node, lead.visit, lead.resend_number)
    return (event.node_id, event.visit, event.resend_number) == present


def _finished(walk: Walk) -> Step:
    return Step(walk.lead_after(), walk.effects, tuple(walk.entries), walk.delta)


Transition = Callable[[FlowExecutor, Lead, LeadEvent, datetime], Step]

_E = FlowExecutor

TRANSITIONS: Mapping[tuple[State, type[LeadEvent]], Transition] = {
    (State.PENDING, Entered): _E._enter,
    (State.PENDING, Moved): _E._move,
    (State.PENDING, PresumedSent): _E._presume,
    (State.PENDING, MovedToVersion): _E._move_to_version,
    (State.PENDING, Cancelled): _E._cancel,
    (State.PENDING, Removed): _E._remove,
    (State.SENDING, EmailSent): _E._sent,
    (State.SENDING, EmailDeferred): _E._unsent,
    (State.SENDING, EmailRejected): _E._unsent,
    (State.SENDING, EmailUnrenderable): _E._unsent,
    (State.SENDING, EmailSuppressed): _E._unsent,
    (State.SENDING, EmailUnknown): _E._unsent,
    (State.SENDING, PresumedSent): _E._presume,
    (State.SENDING, MovedToVersion): _E._move_to_version,
    (State.SENDING, Cancelled): _E._cancel,
    (State.SENDING, Removed): _E._remove,
    (State.WAITING, Resumed): _E._end_pause,
    (State.WAITING, WaitSkipped): _E._skip_wait,
    (State.WAITING, Moved): _E._move,
    (State.WAITING, PresumedSent): _E._presume,
    (State.WAITING, MovedToVersion): _E._move_to_version,
    (State.WAITING, Cancelled): _E._cancel,
    (State.WAITING, Removed): _E._remove,
    (State.WATCHING, Resumed): _E._end_watch,
    (State.WATCHING, Tracked): _E._end_watch,
    (State.WATCHING, WaitSkipped): _E._skip_wait,
    (State.WATCHING, Moved): _E._move,
    (State.WATCHING, PresumedSent): _E._presume,
    (State.WATCHING, MovedToVersion): _E._move_to_version,
    (State.WATCHING, Cancelled): _E._cancel,
    (State.WATCHING, Removed): _E._remove,
    (State.DEFERRED, Resumed): _E._retry,
    (State.DEFERRED, Moved): _E._move,
    (State.DEFERRED, PresumedSent): _E._presume,
    (State.DEFERRED, MovedToVersion): _E._move_to_version,
    (State.DEFERRED, Cancelled): _E._cancel,
    (State.DEFERRED, Removed): _E._remove,
    (State.UNKNOWN, EmailSent): _E._sent,
    (State.UNKNOWN, SendAgain): _E._send_again,
    (State.UNKNOWN, TreatAsSent): _E._treat_as_sent,
    (State.UNKNOWN, PresumedSent): _E._presume,
    (State.UNKNOWN, MovedToVersion): _E._move_to_version,
    (State.UNKNOWN, Cancelled): _E._cancel,
    (State.UNKNOWN, Removed): _E._remove,
    (State.COMPLETED, EmailSent): _E._record_late_sent,
    (State.FAILED, Moved): _E._move,
    (State.FAILED, Retried): _E._try_again,
}
"""The transition for each state and event. A pair that is not in the table is ignored."""
