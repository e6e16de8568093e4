"""A lead's journal in plain words: what happened, why, and what comes next.

Invariant: every journal entry either has its line or is part of another's (a pause is told by
its end); what is told comes from the journal and the lead's own flow alone. Pure.
This module must not know how a journal is stored or shown. Titles stand between asterisks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.flow.journal import DetailValue, Entry, EntryKind, JournalRecord
from functions.flow.lead import Lead, Reason, State
from functions.flow.model import Flow
from functions.flow.nodes import ConditionNode, EndNode, Node, SendEmailNode, SplitNode, WaitNode
from functions.flow.nodes.condition import BehaviourCondition
from functions.service.leads.spoken import instant, length

LATE_SECONDS_MIN = 5
"""Below this, nobody would call it late."""


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """`detail`: the journal's own values, for programs."""

    at: datetime
    kind: EntryKind
    node_id: str | None
    words: str
    detail: Mapping[str, DetailValue]


def timeline(flow: Flow, records: Sequence[JournalRecord], now: datetime) -> list[TimelineItem]:
    """`records`: of one lead, oldest first. `flow`: the version it walks."""
    told = _Telling(flow, now)
    dated = sorted(
        ((record.at, entry) for record in records for entry in record.entries),
        # A reader acts on what was done before, also within one millisecond.
        key=lambda it: (it[0], it[1].kind is EntryKind.HIT),
    )
    for position, (at, entry) in enumerate(dated):
        later = [other for _, other in dated[position + 1 :] if other.node_id == entry.node_id]
        words = told.entry(at, entry, later)
        if words is not None:
            told.items.append(TimelineItem(at, entry.kind, entry.node_id, words, entry.detail))
    return told.items


def what_next(flow: Flow, lead: Lead, now: datetime, *, is_paused: bool = False) -> str | None:
    """What the lead does next, and when. None where it has ended. `is_paused`: the campaign is."""
    told = _Telling(flow, now)
    state = lead.state
    node_id = lead.current_node or ""
    title = told.title(node_id)
    until = instant(lead.wait_until, now) if lead.wait_until is not None else ""
    match state:
        case State.PENDING:
            words = "Next: enters the campaign."
        case State.SENDING:
            words = f"Next: {title} is on its way to the mail server."
        case State.WAITING:
            words = f"Next: {told.after(node_id)} on {until}."
        case State.WATCHING:
            words = f"Next: {told.watch(node_id)} until {until}."
        case State.DEFERRED:
            words = f"Next: {title} is tried on {until}."
        case State.UNKNOWN:
            return (
                f"Nobody knows whether {title} arrived. Decide: send it again, or treat it as sent."
            )
        case _:
            return None
    return (
        f"{words} The campaign is paused: nothing moves until it resumes." if is_paused else words
    )


class _Telling:
    def __init__(self, flow: Flow, now: datetime) -> None:
        self.items: list[TimelineItem] = []
        self._nodes = flow.by_id()
        self._targets = {(it.from_node, it.from_port): it.to_node for it in flow.connections}
        self._now = now
        self._sent_at: dict[str, datetime] = {}
        self._paused_at: dict[str | None, datetime] = {}

    def entry(self, at: datetime, entry: Entry, later: Sequence[Entry]) -> str | None:
        """None for what another line tells. `later`: what came after at the same node."""
        if entry.kind is EntryKind.SENT:
            self._sent_at[entry.node_id or ""] = _time(entry, "at") or at
        if entry.kind in (EntryKind.WAITING, EntryKind.WATCHING):
            # Told by its end, or, while it lasts, by what comes next.
            self._paused_at[entry.node_id] = at
            return None
        if entry.kind is EntryKind.SENDING and later:
            return None
        return _TELL[entry.kind](self, at, entry)

    # One method for each kind of entry, named in the table at the end of this file.

    def _entered(self, at: datetime, entry: Entry) -> str:
        return "Entered the campaign"

    def _sending(self, at: datetime, entry: Entry) -> str:
        return f"Began to send {self._title_of(entry)}"

    def _sent(self, at: datetime, entry: Entry) -> str:
        attempt = entry.detail.get("attempt")
        again = f" (message {attempt})" if isinstance(attempt, int) and attempt > 1 else ""
        return f"Sent {self._title_of(entry)}{again}"

    def _deferred(self, at: datetime, entry: Entry) -> str:
        until = _time(entry, "until")
        when = f"; next try on {instant(until, self._now)}" if until else ""
        return f"{self._title_of(entry)} had to wait{_because(entry)}{when}"

    def _rejected(self, at: datetime, entry: Entry) -> str:
        return f"The mail server refused {self._title_of(entry)}{_because(entry)}"

    def _unrenderable(self, at: datetime, entry: Entry) -> str:
        return f"{self._title_of(entry)} could not be written for this contact{_because(entry)}"

    def _suppressed(self, at: datetime, entry: Entry) -> str:
        return f"Did not send {self._title_of(entry)}: the address must not be written to"

    def _unknown(self, at: datetime, entry: Entry) -> str:
        return f"Nobody knows whether {self._title_of(entry)} arrived{_because(entry)}"

    def _resumed(self, at: datetime, entry: Entry) -> str | None:
        node_id, until = entry.node_id, _time(entry, "until")
        began = self._paused_at.get(node_id)
        if began is None or until is None or not isinstance(self._node(node_id), WaitNode):
            return None  # The end of a watch is told by the way the condition took.
        late_ms = entry.detail.get("lateness_ms")
        late = ""
        if isinstance(late_ms, int) and late_ms >= LATE_SECONDS_MIN * 1000:
            late = f", {length(at - until)} late"
        return f"Waited {length(until - began)} (until {instant(until, self._now)}){late}"

    def _took(self, at: datetime, entry: Entry) -> str:
        detail = entry.detail
        if "missing" in detail:
            return f"{detail['missing']} holds no date: went on at once"
        if "past" in detail:
            past = _time(entry, "past")
            was = f" ({instant(past, self._now)})" if past else ""
            return f"The time to wait for had passed{was}: went on at once"
        return f"{self._reason_of(entry)}: took {detail.get('port')}"

    def _passed(self, at: datetime, entry: Entry) -> str:
        title = self._title_of(entry)
        return f"{title[:1].upper()}{title[1:]} is switched off: passed on"

    def _reason_of(self, entry: Entry) -> str:
        detail = entry.detail
        email = self.title(str(detail.get("email_node", "")))
        match detail.get("because"):
            case "clicked" | "opened" as event:
                what = self._link_of(entry) or (
                    email if event == "opened" else f"a link in {email}"
                )
                hit_at, sent_at = _time(entry, "at"), _time(entry, "sent_at")
                when = f" {length(hit_at - sent_at)} after sending" if hit_at and sent_at else ""
                return f"{str(event).capitalize()} {what}{when}"
            case "not_clicked" | "not_opened" as event:
                until = _time(entry, "until")
                by = f" by {instant(until, self._now)}" if until else ""
                what = self._link_of(entry) or (
                    email if event == "not_opened" else f"any link in {email}"
                )
                return f"Did not {'open' if event == 'not_opened' else 'click'} {what}{by}"
            case "not_sent":
                return f"{email} was never sent to this contact"
            case "attributes" if "attribute" in detail:
                value = detail.get("value")
                return f"{detail['attribute']} is {'missing' if value is None else value}"
            case "attributes":
                return f"Checked the contact's attributes ({detail.get('match')} of the rules)"
            case _:
                return "Split by share"

    def _link_of(self, entry: Entry) -> str | None:
        node = self._node(entry.node_id)
        if isinstance(node, ConditionNode) and isinstance(node.configuration, BehaviourCondition):
            link = node.configuration.link
            return f"*{link}*" if link else None
        return None

    def _decided(self, at: datetime, entry: Entry) -> str:
        if entry.detail.get("decision") == "send_again":
            return f"A person decided to send {self._title_of(entry)} again"
        return f"A person decided to treat {self._title_of(entry)} as sent"

    def _skipped(self, at: datetime, entry: Entry) -> str:
        until = _time(entry, "until")
        instead = f", which would have lasted until {instant(until, self._now)}" if until else ""
        watched = isinstance(self._node(entry.node_id), ConditionNode)
        what = "the watch" if watched else "the wait"
        return f"A person ended {what}{instead}{_because(entry)}"

    def _moved(self, at: datetime, entry: Entry) -> str:
        return f"A person moved it to {self.title(str(entry.detail.get('to')))}{_because(entry)}"

    def _retried(self, at: datetime, entry: Entry) -> str:
        return f"A person had {self._title_of(entry)} tried again{_because(entry)}"

    def _ended(self, at: datetime, entry: Entry) -> str:
        words = entry.detail.get("words")
        match entry.detail.get("reason"):
            case Reason.END:
                return "Finished" if words in (None, "", "finished") else f"Finished: {words}"
            case Reason.NO_CONNECTION:
                port = entry.detail.get("port")
                way = "" if port == "next" else f" by {port}"
                return f"Finished: nothing follows {self._title_of(entry)}{way}"
            case Reason.SUPPRESSED:
                return "Ended: the address must not be written to"
            case Reason.CANCELLED:
                return "Ended: the campaign was cancelled"
            case Reason.REMOVED:
                return (
                    f"Removed from the campaign: {words}" if words else "Removed from the campaign"
                )
            case Reason.REJECTED:
                return "Failed: the mail server refused the message"
            case Reason.TEMPLATE:
                return "Failed: the message could not be written for this contact"
            case Reason.POISON:
                return "Failed: the flow led round and round without an end"
            case other:
                return f"Ended: {other}"

    def _hit(self, at: datetime, entry: Entry) -> str:
        email, link = self._title_of(entry), entry.detail.get("link")
        sent_at = self._sent_at.get(entry.node_id or "")
        when = f" {length(at - sent_at)} after sending" if sent_at and at >= sent_at else ""
        match entry.detail.get("what"):
            case "opened":
                return f"Opened {email}{when}"
            case "clicked":
                return f"Clicked {link or 'a link'} in {email}{when}"
            case _:
                return f"Unsubscribed{when}"

    # Titles.

    def title(self, node_id: str) -> str:
        """What a node is called in a sentence."""
        node = self._node(node_id)
        match node:
            case SendEmailNode():
                return f"*{node.configuration.subject or node.configuration.template_id}*"
            case WaitNode():
                return "the wait"
            case ConditionNode():
                return "the condition"
            case SplitNode():
                return "the split"
            case EndNode():
                return "the end"
            case None:
                return f"*{node_id}*" if node_id else "a message"
            case _:
                return "the start"

    def after(self, node_id: str) -> str:
        """What follows; what is switched off is passed by. Ends, since no circle is all off."""
        target = self._targets.get((node_id, "next"))
        while target is not None and self._is_off(target):
            target = self._targets.get((target, "next"))
        if target is None:
            return "the end"
        node = self._node(target)
        if not isinstance(node, ConditionNode):
            return self.title(target)
        looked_for = self._looked_for(node)
        return f"looks for {looked_for}" if looked_for else "looks at the contact's attributes"

    def watch(self, node_id: str) -> str:
        node = self._node(node_id)
        looked_for = self._looked_for(node) if isinstance(node, ConditionNode) else None
        return f"watches for {looked_for}" if looked_for else "watches"

    def _looked_for(self, node: ConditionNode) -> str | None:
        """What the reader has to do; None where it is not about that."""
        settings = node.configuration
        if not isinstance(settings, BehaviourCondition):
            return None
        what = "a click in" if settings.event == "clicked" else "an open of"
        return f"{what} {self.title(settings.email_node)}"

    def _is_off(self, node_id: str) -> bool:
        node = self._node(node_id)
        return isinstance(node, SendEmailNode | WaitNode) and node.disabled

    def _title_of(self, entry: Entry) -> str:
        return self.title(entry.node_id or "")

    def _node(self, node_id: str | None) -> Node | None:
        return self._nodes.get(node_id or "")


def _because(entry: Entry) -> str:
    words = entry.detail.get("words")
    return f": {words}" if words else ""


def _time(entry: Entry, key: str) -> datetime | None:
    written = entry.detail.get(key)
    return datetime.fromisoformat(written) if isinstance(written, str) else None


_TELL: Mapping[EntryKind, Callable[[_Telling, datetime, Entry], str | None]] = {
    EntryKind.ENTERED: _Telling._entered,
    EntryKind.SENDING: _Telling._sending,
    EntryKind.SENT: _Telling._sent,
    EntryKind.DEFERRED: _Telling._deferred,
    EntryKind.REJECTED: _Telling._rejected,
    EntryKind.UNRENDERABLE: _Telling._unrenderable,
    EntryKind.SUPPRESSED: _Telling._suppressed,
    EntryKind.UNKNOWN: _Telling._unknown,
    EntryKind.RESUMED: _Telling._resumed,
    EntryKind.TOOK: _Telling._took,
    EntryKind.PASSED: _Telling._passed,
    EntryKind.DECIDED: _Telling._decided,
    EntryKind.SKIPPED: _Telling._skipped,
    EntryKind.MOVED: _Telling._moved,
    EntryKind.RETRIED: _Telling._retried,
    EntryKind.ENDED: _Telling._ended,
    EntryKind.HIT: _Telling._hit,
}
