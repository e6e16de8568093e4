"""A lead's timeline: what happened and why, as codes with parameters.

Invariant: every journal entry has an item of its own or is covered by another one (the end of a
pause covers its beginning). Everything comes from the journal and the lead's flow version. Pure.
This module must not know how a journal is stored, or how a timeline is shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.flow.journal import DetailValue, Entry, EntryKind, JournalRecord
from functions.flow.lead import Lead, Reason
from functions.flow.model import Flow
from functions.flow.nodes import ConditionNode, SplitNode
from functions.service.leads.flow_names import FlowNames
from functions.service.leads.timeline_codes import TimelineCode, TimelineParameters

LATE_SECONDS_MIN = 5
"""A wait that ended at least this late is shown as late."""


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """`at`: UTC. `node_id`: None for what happens at no node. `detail`: the stored values."""

    at: datetime
    kind: EntryKind
    node_id: str | None
    code: TimelineCode
    parameters: TimelineParameters
    detail: Mapping[str, DetailValue]


def versions_walked(lead: Lead, records: Sequence[JournalRecord]) -> list[int]:
    """The flow versions that the lead has walked, in order."""
    before = [
        was
        for record in records
        for entry in record.entries
        if entry.kind is EntryKind.MOVED_TO_VERSION and (was := _number(entry, "was")) is not None
    ]
    return [*before, lead.flow_version]


def timeline(
    flows: Mapping[int, Flow], lead: Lead, records: Sequence[JournalRecord]
) -> list[TimelineItem]:
    """`records`: those of the lead, oldest first. `flows`: the versions that the lead has walked;
    the one it walks now stands for those that are missing."""
    reading = _Reading(flows, lead, versions_walked(lead, records)[0])
    dated = sorted(
        ((record.at, entry) for record in records for entry in record.entries),
        # Within one millisecond, what the reader did comes after what it reacted to.
        key=lambda it: (it[0], it[1].kind is EntryKind.TRACKING_EVENT),
    )
    items = []
    for position, (at, entry) in enumerate(dated):
        later = [other for _, other in dated[position + 1 :] if other.node_id == entry.node_id]
        coded = reading.entry(at, entry, later)
        if coded is not None:
            code, parameters = coded
            items.append(
                TimelineItem(
                    at=at,
                    kind=entry.kind,
                    node_id=entry.node_id,
                    code=code,
                    parameters=parameters,
                    detail=entry.detail,
                )
            )
    return items


_Coded = tuple[TimelineCode, TimelineParameters]


class _Reading:
    def __init__(self, flows: Mapping[int, Flow], lead: Lead, version: int) -> None:
        self._flows = flows
        self._lead = lead
        self._walk(version)
        self._sent_at: dict[str | None, datetime] = {}
        self._paused_at: dict[str | None, datetime] = {}

    def _walk(self, version: int) -> None:
        flow = self._flows.get(version, self._flows[self._lead.flow_version])
        self._names = FlowNames(flow, self._lead.attributes)

    def entry(self, at: datetime, entry: Entry, later: Sequence[Entry]) -> _Coded | None:
        """None if another item covers the entry. `later`: later entries of the same node."""
        if entry.kind is EntryKind.SENT:
            self._sent_at[entry.node_id] = _time(entry, "at") or at
        if entry.kind in (EntryKind.WAITING, EntryKind.WATCHING):
            # A pause is shown by its end or, while it lasts, by the lead's next step.
            self._paused_at[entry.node_id] = at
            return None
        if entry.kind is EntryKind.SENDING and later:
            return None
        return _CODE.get(entry.kind, _Reading._here)(self, at, entry)

    # One method for each kind of entry that is in the table at the end of this file.

    def _here(self, at: datetime, entry: Entry) -> _Coded:
        """An item that has only a node and, if there is one, a reason."""
        parameters = TimelineParameters(node=self._names.name(entry.node_id))
        _add_reason(parameters, entry)
        return TimelineCode(entry.kind), parameters

    def _entered(self, at: datetime, entry: Entry) -> _Coded:
        return TimelineCode.ENTERED, {}

    def _sent(self, at: datetime, entry: Entry) -> _Coded:
        parameters = TimelineParameters(node=self._names.name(entry.node_id))
        resend_number = entry.detail.get("attempt")
        if isinstance(resend_number, int) and resend_number > 1:
            parameters["message_number"] = resend_number
        return TimelineCode.SENT, parameters

    def _suppressed(self, at: datetime, entry: Entry) -> _Coded:
        return TimelineCode.SUPPRESSED, {"node": self._names.name(entry.node_id)}

    def _deferred(self, at: datetime, entry: Entry) -> _Coded:
        code, parameters = self._here(at, entry)
        _add_until(parameters, entry)
        return code, parameters

    def _resumed(self, at: datetime, entry: Entry) -> _Coded | None:
        node_id, until = entry.node_id, _time(entry, "until")
        began = self._paused_at.get(node_id)
        if began is None or until is None or isinstance(self._names.node(node_id), ConditionNode):
            return None  # The end of a watch is shown by the branch that the condition took.
        parameters = TimelineParameters(
            node=self._names.name(node_id),
            waited_seconds=_seconds(until - began),
            until=until,
            zone=self._names.zone(node_id),
        )
        late_ms = entry.detail.get("lateness_ms")
        if isinstance(late_ms, int) and late_ms >= LATE_SECONDS_MIN * 1000:
            parameters["late_seconds"] = _seconds(at - until)
        return TimelineCode.WAITED, parameters

    def _took(self, at: datetime, entry: Entry) -> _Coded:
        detail = entry.detail
        parameters = TimelineParameters(node=self._names.name(entry.node_id))
        if "missing" in detail:
            return TimelineCode.DATE_MISSING, {**parameters, "attribute": str(detail["missing"])}
        if "past" in detail:
            past = _time(entry, "past")
            return TimelineCode.DATE_PAST, {**parameters, "past": past} if past else parameters
        self._add_exit(parameters, entry)
        match detail.get("because"):
            case "clicked" | "opened" | "not_clicked" | "not_opened" | "not_sent" as because:
                return TimelineCode(f"took_{because}"), {**parameters, **self._watched(entry)}
            case "attributes" if "attribute" in detail:
                parameters["attribute"] = str(detail["attribute"])
                parameters["value"] = detail.get("value")
                return TimelineCode.TOOK_ATTRIBUTE, parameters
            case "attributes":
                parameters["match"] = str(detail.get("match"))
                return TimelineCode.TOOK_ATTRIBUTES, parameters
            case _:
                return TimelineCode.TOOK_SPLIT, parameters

    def _add_exit(self, parameters: TimelineParameters, entry: Entry) -> None:
        """The port by which the lead left or would have left, and what people call its branch."""
        port = str(entry.detail.get("port"))
        parameters["port"] = port
        node = self._names.node(entry.node_id)
        if isinstance(node, SplitNode) and node.branch_name(port) != port:
            parameters["branch"] = node.branch_name(port)

    def _watched(self, entry: Entry) -> TimelineParameters:
        """Which e-mail and link a condition watched, and when its reader acted or did not."""
        parameters = TimelineParameters(
            email=self._names.name(str(entry.detail.get("email_node", "")))
        )
        behaviour = self._names.behaviour(entry.node_id)
        if behaviour is not None and behaviour.link:
            parameters["link"] = behaviour.link
        tracked_at, sent_at = _time(entry, "at"), _time(entry, "sent_at")
        if tracked_at and sent_at:
            parameters["after_seconds"] = _seconds(tracked_at - sent_at)
        _add_until(parameters, entry)
        return parameters

    def _decided(self, at: datetime, entry: Entry) -> _Coded:
        is_again = entry.detail.get("decision") == "send_again"
        code = TimelineCode.SEND_AGAIN_DECIDED if is_again else TimelineCode.TREAT_AS_SENT_DECIDED
        return code, {"node": self._names.name(entry.node_id)}

    def _skipped(self, at: datetime, entry: Entry) -> _Coded:
        is_watch = isinstance(self._names.node(entry.node_id), ConditionNode)
        parameters = TimelineParameters(node=self._names.name(entry.node_id))
        if _add_until(parameters, entry):
            parameters["zone"] = self._names.zone(entry.node_id)
        _add_reason(parameters, entry)
        return TimelineCode.WATCH_SKIPPED if is_watch else TimelineCode.WAIT_SKIPPED, parameters

    def _retried(self, at: datetime, entry: Entry) -> _Coded:
        code, parameters = self._here(at, entry)
        retry_of, job_id = entry.detail.get("retry_of"), entry.detail.get("job")
        if isinstance(retry_of, int):
            parameters["retry_of"] = retry_of
            parameters["message_number"] = retry_of + 1
        if job_id:
            parameters["job_id"] = str(job_id)
        return code, parameters

    def _moved(self, at: datetime, entry: Entry) -> _Coded:
        code, parameters = self._here(at, entry)
        return code, {**parameters, "to": self._names.name(str(entry.detail.get("to")))}

    def _moved_to_version(self, at: datetime, entry: Entry) -> _Coded:
        code, parameters = self._here(at, entry)
        version, was = _number(entry, "version"), _number(entry, "was")
        if version is not None and was is not None:
            parameters["version"], parameters["previous_version"] = version, was
            self._walk(version)
        if "to" in entry.detail:
            parameters["to"] = self._names.name(str(entry.detail["to"]))
        return code, parameters

    def _ended(self, at: datetime, entry: Entry) -> _Coded:
        parameters = TimelineParameters(node=self._names.name(entry.node_id))
        reason = Reason(str(entry.detail.get("reason")))
        if reason in (Reason.END, Reason.REMOVED):
            _add_reason(parameters, entry)
        version = _number(entry, "version")
        if version is not None:
            parameters["version"] = version
        if reason is Reason.NO_CONNECTION:
            self._add_exit(parameters, entry)
        is_failure = reason in (Reason.REJECTED, Reason.TEMPLATE, Reason.POISON)
        return TimelineCode(f"{'failed' if is_failure else 'ended'}_{reason}"), parameters

    def _tracking_event(self, at: datetime, entry: Entry) -> _Coded:
        parameters = TimelineParameters(node=self._names.name(entry.node_id))
        sent_at, link = self._sent_at.get(entry.node_id), entry.detail.get("link")
        if sent_at is not None and at >= sent_at:
            parameters["after_seconds"] = _seconds(at - sent_at)
        if link:
            parameters["link"] = str(link)
        _add_reason(parameters, entry)
        return TimelineCode(str(entry.detail.get("what"))), parameters


def _add_reason(parameters: TimelineParameters, entry: Entry) -> None:
    reason = entry.detail.get("words")
    if reason:
        parameters["reason"] = str(reason)


def _add_until(parameters: TimelineParameters, entry: Entry) -> bool:
    until = _time(entry, "until")
    if until is not None:
        parameters["until"] = until
    return until is not None


def _time(entry: Entry, key: str) -> datetime | None:
    written = entry.detail.get(key)
    return datetime.fromisoformat(written) if isinstance(written, str) else None


def _number(entry: Entry, key: str) -> int | None:
    written = entry.detail.get(key)
    return written if isinstance(written, int) else None


def _seconds(length: timedelta) -> int:
    return round(length.total_seconds())


_CODE: Mapping[EntryKind, Callable[[_Reading, datetime, Entry], _Coded | None]] = {
    EntryKind.ENTERED: _Reading._entered,
    EntryKind.SENT: _Reading._sent,
    EntryKind.DEFERRED: _Reading._deferred,
    EntryKind.SUPPRESSED: _Reading._suppressed,
    EntryKind.RESUMED: _Reading._resumed,
    EntryKind.TOOK: _Reading._took,
    EntryKind.DECIDED: _Reading._decided,
    EntryKind.SKIPPED: _Reading._skipped,
    EntryKind.MOVED: _Reading._moved,
    EntryKind.MOVED_TO_VERSION: _Reading._moved_to_version,
    EntryKind.RETRIED: _Reading._retried,
    EntryKind.ENDED: _Reading._ended,
    EntryKind.TRACKING_EVENT: _Reading._tracking_event,
}
"""The kinds that say more than their node and a reason."""
