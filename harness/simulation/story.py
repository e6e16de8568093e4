"""The naive model: it reads a lead's journal as a story and compares it with the flow versions that
the lead walks, in order.

It shares no code with the executor: it follows the flow entry by entry and reports where the story
departs from it. What is not in the journal did not happen.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.flow.journal import Entry, EntryKind, JournalRecord
from functions.flow.lead import Lead, LeadStatus, Reason
from functions.service.sending.records import Message
from harness.simulation.drawn import DrawnFlow, Node, holds
from harness.simulation.seen import STORED_WITHIN, SeenTrackingEvent
from harness.simulation.waits import wrong_wait
from harness.simulation.world import World

VISITS_MAX = 100


@dataclass(frozen=True, slots=True)
class Violation:
    """`invariant`: I1 … I9 of the reliability guarantees, D: a condition answers correctly, or S: a
    campaign starts and ends when it should.
    `about`: a lead id, send key or campaign.
    """

    invariant: str
    about: str
    message: str


class _DepartureError(Exception):
    """The story cannot be followed any further."""

    def __init__(self, invariant: str, finding: str) -> None:
        super().__init__(finding)
        self.invariant = invariant


@dataclass
class Story:
    """`sent`: (node, visit, resend number) as in the journal; `asked`: likewise, the requested
    e-mails; `retried`: those that failed and were requested again; `left`: those not sent that a
    person moved the lead away from. `flows`: by version.
    """

    world: World
    lead: Lead
    flows: Mapping[int, Mapping[str, object]]
    tracking_events: Sequence[SeenTrackingEvent]
    messages: Mapping[str, Message]
    visits: Counter[str] = field(default_factory=Counter)
    path: list[str] = field(default_factory=list)
    sent: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    told_sent: list[tuple[str, int, int]] = field(default_factory=list)
    asked: list[tuple[str, int, int]] = field(default_factory=list)
    retried: list[tuple[str, int, int]] = field(default_factory=list)
    left: list[tuple[str, int, int]] = field(default_factory=list)
    has_failed: bool = False
    passes: set[str] = field(default_factory=set)
    is_moved_by_hand: bool = False
    resend_number: int = 1
    rest: str = "pending"
    node: str = ""
    until: datetime | None = None
    departures: list[Violation] = field(default_factory=list)

    def read(self, records: Iterable[JournalRecord]) -> list[Violation]:
        """The lead's journal without tracking events."""
        try:
            revision = 0
            ordered = sorted((it for it in records if it.revision), key=lambda it: it.revision)
            first = _first_version(self.lead, ordered)
            self._flow = DrawnFlow(first, self.flows[first])
            for record in ordered:
                revision += 1
                if record.revision != revision:
                    raise _DepartureError("I4", f"revision {revision} is not in the journal")
                self._now, self._revision = record.at, revision
                self._entries = list(record.entries)
                self._step()
                if self._entries:
                    raise _DepartureError("I4", f"goes on with {self._entries[0]}")
            self._compare(revision)
        except _DepartureError as departure:
            self._depart(departure.invariant, str(departure))
        return self.departures

    def _depart(self, invariant: str, finding: str) -> None:
        where = f"{self.rest} at {self.node or 'the gate'}"
        self.departures.append(Violation(invariant, self.lead.lead_id, f"{where}: {finding}"))

    def _compare(self, revision: int) -> None:
        """The journal must end where the lead is."""
        lead = self.lead
        told = (revision, tuple(self.path), self.node or None, dict(self.visits), self.rest)
        is_now = (
            lead.revision,
            lead.execution_path,
            lead.current_node,
            dict(lead.visits),
            _rest_of(lead),
        )
        if told != is_now:
            raise _DepartureError("I4", f"the story ends as {told}, the lead as {is_now}")
        if self.rest == "sending" and lead.resend_number != self.resend_number:
            raise _DepartureError("I4", f"the story ends with resend number {self.resend_number}")
        if self._flow.version != lead.flow_version:
            raise _DepartureError("I4", f"the story ends in version {self._flow.version}")
        if self.until != lead.wait_until:
            raise _DepartureError("I4", f"the story waits for {self.until}, not {lead.wait_until}")

    # One step.

    def _next(self) -> Entry:
        if not self._entries:
            raise _DepartureError("I4", "the record ends here")
        return self._entries.pop(0)

    def _is_next(self, *kinds: EntryKind) -> bool:
        return bool(self._entries) and self._entries[0].kind in kinds

    def _expect(self, kind: EntryKind, node_id: str | None) -> Entry:
        entry = self._next()
        if (entry.kind, entry.node_id) != (kind, node_id):
            raise _DepartureError("I4", f"expected {kind} at {node_id}, not {entry}")
        return entry

    def _step(self) -> None:
        if self.rest != "ended" and self._is_next(EntryKind.ENDED):
            reason = self._entries[0].detail["reason"]
            if reason == Reason.STEP_GONE:
                self._end_where_a_step_is_gone()
                return
            if reason not in (Reason.CANCELLED, Reason.REMOVED):
                raise _DepartureError("I4", f"ended for {reason}")
            self._end()
            return
        if self._is_next(EntryKind.SKIPPED, EntryKind.MOVED, EntryKind.RETRIED):
            self._hear_of_intervention()
            return
        if self._is_next(EntryKind.MOVED_TO_VERSION):
            self._move_to_version()
            return
        match self.rest:
            case "pending":
                self._expect(EntryKind.ENTERED, "start")
                self._walk("start")
            case "waiting":
                self._resume(EntryKind.RESUMED)
                self._follow("next")
            case "watching":
                self._answer_watch()
            case "sending":
                self._hear_outcome()
            case "deferred":
                self._check_due()
                self._send()
            case "unknown":
                self._hear_of_unknown()
            case _:
                self._hear_late()

    def _hear_of_intervention(self) -> None:
        """An intervention must be possible here; nothing else may end a pause early."""
        entry = self._next()
        message = (self.node, self.visits[self.node], self.resend_number)
        match entry.kind, self.rest:
            case EntryKind.SKIPPED, "waiting":
                self._follow("next")
            case EntryKind.SKIPPED, "watching":
                self.until = None
                self._answer(self._now, by_hand=True)
            case EntryKind.MOVED, "pending" | "waiting" | "watching" | "deferred" | "ended":
                if self.rest == "ended" and not self.has_failed:
                    raise _DepartureError("I4", f"{entry} of a lead that is through")
                if self.rest == "deferred":
                    self.left.append(message)
                target = str(entry.detail["to"])
                self.passes.discard(target)
                self.is_moved_by_hand = True
                if self.rest == "pending":
                    self._expect(EntryKind.ENTERED, target)
                self.until = None
                self._walk(target, by_hand=True)
            case EntryKind.RETRIED, "ended" if self.has_failed:
                self.retried.append(message)
                self.resend_number += 1
                self._send()
            case _:
                raise _DepartureError("I4", f"{entry} out of place")

    def _end_where_a_step_is_gone(self) -> None:
        """Only if the later version lacks the step of the lead."""
        version = self._entries[0].detail["version"]
        later = DrawnFlow(int(str(version)), self.flows[int(str(version))])
        if later.has(self.node, self._flow.nodes[self.node]["type"]):
            self._depart("I4", f"ended, though version {version} has {self.node}")
        self._leave_message()
        self._end()

    def _leave_message(self) -> None:
        if self.rest in ("sending", "deferred", "unknown"):
            self.left.append((self.node, self.visits[self.node], self.resend_number))

    def _move_to_version(self) -> None:
        """Forward, from the version that it walked. It stays at a step that is still the same, or
        goes to one that a person named; what it had before, it does not get again.
        """
        entry = self._expect(EntryKind.MOVED_TO_VERSION, self.node or None)
        version, was = int(str(entry.detail["version"])), entry.detail["was"]
        if was != self._flow.version or version <= was or self.rest == "ended":
            raise _DepartureError("I4", f"{entry} in version {self._flow.version}")
        before = self._flow.nodes.get(self.node)
        self._flow = DrawnFlow(version, self.flows[version])
        self.passes = {
            it
            for it in self.sent
            if self._flow.has(it, "sendEmail") and not self._flow.comes_back(it)
        }
        target = entry.detail.get("to")
        if target is None:
            self._stay(before)
            return
        if self.rest in ("pending", "unknown"):
            raise _DepartureError("I4", f"{entry} of a lead that must stay")
        self._leave_message()
        self.until = None
        self._walk(str(target), by_hand=True)

    def _stay(self, before: Node | None) -> None:
        if self.rest == "pending":
            return
        assert before is not None
        if not self._flow.has(self.node, before["type"]):
            raise _DepartureError("I4", f"stays at {self.node}, which is gone")
        node = self._flow.nodes[self.node]
        if self.rest in ("sending", "deferred") and node.get("disabled"):
            raise _DepartureError("I4", f"waits for {self.node}, which is switched off")
        if self._entries and self.rest in ("waiting", "watching"):
            # Its end is computed anew, from the arrival.
            self.rest, self.until = "walking", None
            self._begin(node)

    def _end(self) -> None:
        entry = self._expect(EntryKind.ENDED, self.node or None)
        self.rest, self.until = "ended", None
        self.has_failed = entry.detail["status"] == LeadStatus.FAILED

    def _due(self) -> datetime:
        assert self.until is not None
        return self.until + STORED_WITHIN if self.rest == "watching" else self.until

    def _check_due(self) -> None:
        """No wait ends early."""
        if self._now < self._due():
            self._depart("I5", f"went on at {self._now}, due {self._due()}")

    def _resume(self, kind: EntryKind) -> None:
        self._check_due()
        entry = self._expect(kind, self.node)
        late_ms = int((self._now - self._due()).total_seconds() * 1000)
        if entry.detail["lateness_ms"] != late_ms:
            self._depart("I5", f"{late_ms} ms late, but {entry.detail} is recorded")
        self.until = None

    def _answer_watch(self) -> None:
        deadline = self.until
        assert deadline is not None
        if self._is_next(EntryKind.RESUMED):
            self._resume(EntryKind.RESUMED)
        elif self._now >= self._due():
            raise _DepartureError("I5", "the lateness is not recorded")
        self.until = None
        self._answer(deadline)

    def _hear_outcome(self) -> None:
        """Expects exactly one of sent, unknown, failed, suppressed, deferred."""
        entry = self._next()
        if entry.node_id != self.node:
            raise _DepartureError("I3", f"{entry} is about another node")
        match entry.kind:
            case EntryKind.SENT:
                self._note_sent(entry)
                self._follow("next")
            case EntryKind.DEFERRED:
                self.rest, self.until = "deferred", _time(entry.detail["until"])
            case EntryKind.UNKNOWN:
                self.rest = "unknown"
            case EntryKind.REJECTED | EntryKind.UNRENDERABLE | EntryKind.SUPPRESSED:
                self._end()
            case _:
                raise _DepartureError("I3", f"{entry} is no outcome")

    def _hear_of_unknown(self) -> None:
        entry = self._next()
        if entry.kind is EntryKind.SENT:
            self._note_sent(entry)
            self._follow("next")
        elif entry.kind is not EntryKind.DECIDED:
            raise _DepartureError("I3", f"{entry} after unknown")
        elif entry.detail["decision"] == "treat_as_sent":
            self.sent[self.node] = (self.visits[self.node], self._treated_at())
            self._follow("next")
        else:
            self.resend_number += 1
            self._send()

    def _treated_at(self) -> datetime:
        """When the message became unknown."""
        key = f"{self.lead.lead_id}/{self.node}/{self.visits[self.node]}/{self.resend_number}"
        return self.messages[key].changed_at

    def _hear_late(self) -> None:
        """An ended lead can only learn that its message had arrived."""
        self._note_sent(self._expect(EntryKind.SENT, self.node))

    def _note_sent(self, entry: Entry) -> None:
        visit = self.visits[self.node]
        if entry.detail["attempt"] != self.resend_number:
            self._depart("I3", f"{entry} is not resend number {self.resend_number}")
        self.sent[self.node] = (visit, _time(entry.detail["at"]))
        told = (self.node, visit, self.resend_number)
        if told in self.told_sent:
            self._depart("I3", f"{told} is sent twice")
        self.told_sent.append(told)

    # The walk.

    def _follow(self, port: str) -> None:
        self.until = None
        target = self._flow.links.get((self.node, port))
        if target is None:
            entry = self._expect(EntryKind.ENDED, self.node)
            if entry.detail["reason"] != Reason.NO_CONNECTION:
                raise _DepartureError("I4", f"{entry} at an open port")
            self.rest, self.has_failed = "ended", False
        else:
            self._walk(str(target))

    def _walk(self, node_id: str, *, by_hand: bool = False) -> None:
        self.node, self.rest = node_id, "walking"
        self.visits[node_id] += 1
        self.path.append(node_id)
        self._arrived_at = self._now
        if self.visits[node_id] > VISITS_MAX and not by_hand:
            self._end()
            return
        self._begin(self._flow.nodes[node_id])

    def _begin(self, node: Node) -> None:
        """What a lead does that arrives, or whose pause is computed anew."""
        settings = node.get("configuration")
        assert isinstance(settings, dict)
        if node.get("disabled"):
            self._expect(EntryKind.PASSED, self.node)
            self._follow("next")
            return
        if self.node in self.passes:
            self._expect(EntryKind.HAD_ALREADY, self.node)
            self._follow("next")
            return
        match node["type"]:
            case "start":
                self._follow("next")
            case "end":
                self._end()
            case "sendEmail":
                self.resend_number = 1
                self._send()
            case "split":
                self._split()
            case "wait":
                self._wait(settings)
            case _ if settings["mode"] == "attributes":
                self._take("yes" if holds(settings, self.lead.attributes) else "no", "D")
            case _:
                self._ask(settings)

    def _take(self, port: str, invariant: str) -> None:
        entry = self._expect(EntryKind.TOOK, self.node)
        if entry.detail["port"] != port:
            self._depart(invariant, f"took {entry.detail} instead of {port}")
        self._follow(str(entry.detail["port"]))

    def _split(self) -> None:
        """A lead always takes the same branch."""
        entry = self._expect(EntryKind.TOOK, self.node)
        port = str(entry.detail["port"])
        earlier = self.world.branches.setdefault((self.lead.lead_id, self.node), port)
        if port != earlier:
            self._depart("D", f"took {port}, and {earlier} before")
        self._follow(port)

    def _send(self) -> None:
        entry = self._expect(EntryKind.SENDING, self.node)
        asked = (self.node, self.visits[self.node], self.resend_number)
        if (entry.node_id, entry.detail["visit"], entry.detail["attempt"]) != asked:
            self._depart("I3", f"{entry} instead of {asked}")
        is_again = self.visits[self.node] > 1 and self.node in self.sent and not self.retried
        if is_again and not self.is_moved_by_hand and not self._flow.comes_back(self.node):
            self._depart("I2", f"{self.node} is sent again, though on no cycle")
        if asked not in self.asked:
            self.asked.append(asked)
        self.rest, self.until = "sending", None

    def _wait(self, settings: Mapping[str, object]) -> None:
        if not self._is_next(EntryKind.WAITING):
            entry = self._expect_end_or_take()
            if entry is not None:
                self._follow("next")
            return
        until = _time(self._next().detail["until"])
        arrived_at = self._arrived_at
        problem = wrong_wait(settings, self.lead.attributes, self._flow.zone, arrived_at, until)
        if problem is not None:
            self._depart("I5", problem)
        self.rest, self.until = "waiting", until

    def _expect_end_or_take(self) -> Entry | None:
        """A wait that is over already or has no date: the lead goes on, or ends."""
        if self._is_next(EntryKind.ENDED):
            self._end()
            return None
        entry = self._expect(EntryKind.TOOK, self.node)
        if "past" in entry.detail and _time(entry.detail["past"]) > self._now:
            self._depart("I5", f"{entry} is not past at {self._now}")
        return entry

    def _ask(self, settings: Mapping[str, object]) -> None:
        sent = self.sent.get(str(settings["email_node"]))
        if sent is None:
            self._take("no", "D")
            return
        within = settings["within"]
        assert isinstance(within, dict)
        began = sent[1] if settings["since"] == "sent" else self._arrived_at
        deadline = began + timedelta(**{str(within["unit"]): int(within["amount"])})
        if self._is_next(EntryKind.WATCHING):
            until = _time(self._next().detail["until"])
            if until != deadline:
                self._depart("D", f"watches until {until} instead of {deadline}")
            self.rest, self.until = "watching", until
        else:
            self._answer(deadline)

    def _answer(self, deadline: datetime, *, by_hand: bool = False) -> None:
        """Yes if and only if a matching tracking event happened at or before the deadline and was
        stored. A person (`by_hand`) does not wait for events on their way to the store.
        """
        settings = self._flow.nodes[self.node]["configuration"]
        assert isinstance(settings, dict)
        email_node = str(settings.get("email_node"))
        if email_node not in self.sent:
            # It began to watch in an earlier version, in which the condition was another.
            is_yes = settings["mode"] == "attributes" and holds(settings, self.lead.attributes)
            self._take("yes" if is_yes else "no", "D")
            return
        entry = self._expect(EntryKind.TOOK, self.node)
        tracking_events = [
            it
            for it in self.tracking_events
            if it.matches(settings, self.sent[email_node][0]) and it.at <= deadline
        ]
        committed = self.world.commits.get((self.lead.lead_id, self._revision))
        if entry.detail["port"] == "yes" and not tracking_events:
            self._depart("D", f"took yes without a tracking event until {deadline}")
        if entry.detail["port"] == "no":
            if not by_hand and self._now < deadline + STORED_WITHIN:
                self._depart("D", f"took no at {self._now}, too early after {deadline}")
            for tracking_event in tracking_events:
                if tracking_event.was_stored(self.world, committed, self._now) or (
                    not by_hand and tracking_event.was_stored_soon(self.world, committed)
                ):
                    self._depart(
                        "D", f"took no at {self._now} until {deadline}, but {tracking_event}"
                    )
        self._follow(str(entry.detail["port"]))


def _first_version(lead: Lead, records: Iterable[JournalRecord]) -> int:
    """The version in which the lead was enrolled."""
    for record in records:
        for entry in record.entries:
            if entry.kind is EntryKind.MOVED_TO_VERSION:
                return int(str(entry.detail["was"]))
    return lead.flow_version


def _rest_of(lead: Lead) -> str:
    if lead.status in (LeadStatus.COMPLETED, LeadStatus.FAILED):
        return "ended"
    return str(lead.state)


def _time(value: object) -> datetime:
    return datetime.fromisoformat(str(value))
