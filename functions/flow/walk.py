"""The walk: the working state of one step, from the lead passed in to the lead returned.

Invariant: a walk exists only during one call of `FlowExecutor.step`; its result is immutable. Each
change of the lead is made together with its journal entry and its counter delta.
This module must not know the order of nodes: the executor decides, the walk records.
"""

from collections.abc import Mapping
from datetime import datetime

from functions.flow import keys
from functions.flow.effect import Effect, SendEmail
from functions.flow.event import TRACKING_EVENT_STORED_WITHIN, LeadEvent, TrackingEvents
from functions.flow.journal import (
    DetailValue,
    Entry,
    EntryKind,
    at_key,
    branch_key,
    lateness_key,
    status_key,
    total_key,
    version_key,
)
from functions.flow.lead import (
    ENDED,
    PATH_LENGTH_MAX,
    Branch,
    Lead,
    LeadStatus,
    Reason,
    SentEmail,
)


class Walk:
    """Nodes see only the part that `nodes.plan.Here` describes."""

    __slots__ = (
        "_arrived_at",
        "branches",
        "deadline",
        "delta",
        "effects",
        "entries",
        "flow_version",
        "lead",
        "node_id",
        "not_again",
        "now",
        "path",
        "presumed_sent",
        "reason",
        "resend_number",
        "sent_emails",
        "status",
        "tracking_events",
        "tracking_events_until",
        "visits",
        "wait_until",
        "zone",
    )

    def __init__(self, lead: Lead, event: LeadEvent, now: datetime, zone: str) -> None:
        self.lead = lead
        self.now = now
        self.zone = zone
        self.tracking_events: TrackingEvents = event.tracking_events
        self.tracking_events_until = _all_stored_until(now)
        self.deadline = lead.wait_until
        self.node_id = lead.current_node
        self.status = lead.status
        self.reason = lead.reason
        self.resend_number = lead.resend_number
        self.wait_until = lead.wait_until
        self.visits = dict(lead.visits)
        self.sent_emails: Mapping[str, SentEmail] = lead.sent_emails
        self.presumed_sent: Mapping[str, int] = lead.presumed_sent
        self.flow_version = lead.flow_version
        self.not_again: tuple[str, ...] = lead.not_again
        self._arrived_at = lead.arrived_at
        self.branches: Mapping[str, Branch] = lead.branches
        self.path: list[str] = []
        self.entries: list[Entry] = []
        self.effects: tuple[Effect, ...] = ()
        self.delta: dict[str, int] = {}

    @property
    def arrived_at(self) -> datetime:
        return self._arrived_at or self.now

    def arrive(self, node_id: str) -> int:
        """Return the number of this visit."""
        visit = self.visits.get(node_id, 0) + 1
        self.visits[node_id] = visit
        self._arrived_at = self.now
        self.node_id = node_id
        self.deadline = None
        self.tracking_events_until = _all_stored_until(self.now)
        if not (self.path or self.lead.execution_path):
            self.note(EntryKind.ENTERED)
        self.path.append(node_id)
        self.add(total_key("entered", node_id))
        return visit

    def add(self, counter: str, amount: int = 1) -> None:
        self.delta[counter] = self.delta.get(counter, 0) + amount

    def note(self, kind: EntryKind, **detail: DetailValue) -> None:
        self.entries.append(Entry(kind, self.node_id, detail))

    def note_total(self, kind: EntryKind, what: str, **detail: DetailValue) -> None:
        assert self.node_id is not None
        self.add(total_key(what, self.node_id))
        self.note(kind, **detail)

    def note_port(self, node_id: str, port: str, why: Mapping[str, DetailValue]) -> None:
        self.add(total_key(f"took:{port}", node_id))
        self.entries.append(Entry(EntryKind.TOOK, node_id, {"port": port, **why}))

    def take_branch(self, node_id: str, port: str) -> None:
        """Remember the branch of a split. A lead that comes back takes the same one, and stays
        counted there."""
        known = self.branches.get(node_id)
        if known is None or known.port != port:
            self.branches = {**self.branches, node_id: Branch(port)}

    def note_intervention(self, kind: EntryKind, reason: str, **detail: DetailValue) -> None:
        """A person intervened. `reason`: who did it or why; empty if they did not say."""
        self.note(kind, **detail, **({"words": reason} if reason else {}))

    def note_version(self, version: int, target: str | None, job_id: str) -> None:
        """From now on, the lead walks `version`. `target`: where it arrives; None: it stays."""
        detail: dict[str, DetailValue] = {"version": version, "was": self.flow_version}
        if target is not None:
            detail["to"] = target
        if job_id:
            detail["job"] = job_id
        self.note(EntryKind.MOVED_TO_VERSION, **detail)
        self.flow_version = version

    def skip_pause(self, reason: str) -> None:
        """Let the current node decide as if its pause were over now."""
        assert self.wait_until is not None
        self.note_intervention(EntryKind.SKIPPED, reason, until=self.wait_until.isoformat())
        self.deadline = self.tracking_events_until = self.now

    def note_lateness(self) -> None:
        """Record that the pause is over, and how late it ended."""
        due_at, until = self.lead.due_at, self.lead.wait_until
        assert due_at is not None
        assert until is not None
        late_ms = int((self.now - due_at).total_seconds() * 1000)
        self.add(lateness_key(late_ms))
        self.note(EntryKind.RESUMED, until=until.isoformat(), lateness_ms=late_ms)

    def note_sent(self, node_id: str, sent: SentEmail) -> None:
        self.remember_sent(node_id, sent)
        self.add(total_key("sent", node_id))
        self._note_mailed()
        detail: dict[str, DetailValue] = {"at": sent.at.isoformat(), "attempt": sent.resend_number}
        self.entries.append(Entry(EntryKind.SENT, node_id, detail))

    def _note_mailed(self) -> None:
        """Count the lead once in each branch that it took before its first e-mail there."""
        news = {it: branch for it, branch in self.branches.items() if not branch.is_mailed}
        for node_id, branch in news.items():
            self.add(branch_key("sent", node_id, branch.port))
        if news:
            mailed = {it: Branch(branch.port, True) for it, branch in news.items()}
            self.branches = {**self.branches, **mailed}

    def remember_sent(self, node_id: str, sent: SentEmail) -> None:
        self.sent_emails = {**self.sent_emails, node_id: sent}

    def is_presumed_sent(self, node_id: str) -> bool:
        return self.visits.get(node_id, 0) <= self.presumed_sent.get(node_id, 0)

    def note_presumed(self, node_id: str, resend_number: int) -> None:
        """Count the message of this visit as sent."""
        visit = self.visits.get(node_id, 0)
        self.remember_sent(node_id, SentEmail(visit, resend_number, self.now))
        self.note(EntryKind.PRESUMED, visit=visit)

    def send(self, node_id: str, resend_number: int) -> None:
        self.resend_number = resend_number
        self.status, self.reason, self.wait_until = LeadStatus.RUNNING, None, None
        visit = self.visits.get(node_id, 0)
        self.effects = (*self.effects, SendEmail(node_id, visit, resend_number))
        self.note(EntryKind.SENDING, visit=visit, attempt=resend_number)

    def pause(self, reason: Reason, until: datetime | None) -> None:
        self.status, self.reason, self.wait_until = LeadStatus.PAUSED, reason, until

    def end(self, status: LeadStatus, reason: Reason, **detail: DetailValue) -> None:
        self.status, self.reason, self.wait_until = status, reason, None
        self.note(EntryKind.ENDED, status=status.value, reason=reason.value, **detail)

    def lead_after(self) -> Lead:
        """Return the lead after the step, one revision on, and count its move. Called last."""
        before = self.lead
        task_id = None
        if self.wait_until is not None and self.node_id is not None:
            task_id = keys.wake_key(before.lead_id, self.node_id, self.visits.get(self.node_id, 0))
        path = before.execution_path
        if self.path:
            path = (*path, *self.path)[-PATH_LENGTH_MAX:]
        after = Lead(
            before.lead_id,
            before.campaign_id,
            before.seq,
            before.email,
            before.attributes,
            self.flow_version,
            before.enrolled_at,
            self.status,
            self.reason,
            self.node_id,
            self.resend_number,
            self.visits,
            path,
            self.sent_emails,
            self.wait_until,
            task_id,
            before.revision + 1,
            self.presumed_sent,
            self._arrived_at,
            self.not_again,
            self.branches,
        )
        self._count_move(before, after)
        return after

    def _count_move(self, before: Lead, after: Lead) -> None:
        was, is_now = before.state, after.state
        came_from, stands_at = before.current_node, after.current_node
        is_same_place = was is is_now and came_from == stands_at
        if is_same_place and before.flow_version == after.flow_version:
            return
        if was not in ENDED:
            self.add(version_key(before.flow_version, came_from, was), -1)
        if is_now not in ENDED:
            self.add(version_key(after.flow_version, stands_at, is_now))
        if is_same_place:
            return
        if before.status is not after.status:
            self.add(status_key(before.status), -1)
            self.add(status_key(after.status))
        if came_from is not None:
            self.add(at_key(came_from, was), -1)
        if stands_at is not None:
            self.add(at_key(stands_at, is_now))


def _all_stored_until(now: datetime) -> datetime:
    """Every tracking event until then is among those that were read at `now`."""
    return now - TRACKING_EVENT_STORED_WITHIN
