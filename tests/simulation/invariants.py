"""The promises, checked after a run has drained. The mail server's ledger is the witness.

I8 (memory, depth and keys return to where they were) belongs to real processes; the rest is here.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.flow.event import Hit, HitKind
from functions.flow.journal import Entry, EntryKind, JournalRecord
from functions.flow.lead import ENDED, Lead, Reason, State
from functions.flow.model import Flow
from functions.service.ports import Store
from functions.service.records import Message, MessageState
from tests.simulation.world import World, message_id_of


@dataclass(frozen=True, slots=True)
class Violation:
    """`invariant`: I1 … I9 of the reliability promises."""

    invariant: str
    words: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one campaign when everything rests."""

    name: str
    leads: Sequence[Lead]
    messages: Sequence[Message]
    journal: dict[str, list[JournalRecord]]
    hits: dict[str, list[Hit]]
    flows: dict[int, Flow]


async def check(world: World, store: Store, names: Sequence[str]) -> list[Violation]:
    violations: list[Violation] = []
    every: list[Message] = []
    for name in names:
        evidence = await _gather(store, name)
        every += evidence.messages
        for law in (no_lead_is_stranded, one_outcome_per_email, path_of_the_flow):
            violations += law(world, evidence)
        for law in (no_wait_ends_early, conditions_tell_the_truth, unknowns_are_explained):
            violations += law(world, evidence)
        violations += await counts_equal_a_recount(store, name)
    violations += sent_once(world, every)
    violations += nothing_after_an_acknowledged_stop(world, every)
    return violations


async def _gather(store: Store, name: str) -> Evidence:
    leads = [it.lead for it in await store.leads.page(name, after_seq=0, limit=10_000)]
    messages = await store.messages.page(name, after_key="", limit=10_000, state=None)
    journal = {it.lead_id: await store.journal.of_lead(it.lead_id, 10_000) for it in leads}
    hits = await store.hits.of_leads([it.lead_id for it in leads])
    flows = {}
    for version in {it.flow_version for it in leads}:
        stored = await store.campaigns.version(name, version)
        assert stored is not None
        flows[version] = Flow.model_validate(stored.flow)
    return Evidence(name, leads, messages, journal, hits, flows)


def no_lead_is_stranded(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I1: every lead has ended or is parked as unknown, waiting for a person."""
    for lead in evidence.leads:
        if lead.state not in ENDED and lead.state is not State.UNKNOWN:
            yield Violation("I1", f"{lead.lead_id} rests {lead.state} at {lead.current_node}")


def sent_once(world: World, messages: Sequence[Message]) -> Iterator[Violation]:
    """I2: the server accepted each send key once at most; a visit's second attempt only ever
    follows a person's decision."""
    for message_id, times in Counter(it.message_id for it in world.ledger).items():
        if times > 1:
            yield Violation("I2", f"{message_id} was accepted {times} times")
    for message in messages:
        if message.attempt > 1:
            before = f"{message.lead_id}/{message.node_id}/{message.visit}/{message.attempt - 1}"
            known = next((it for it in messages if it.key == before), None)
            if known is None or known.resolution is None:
                yield Violation("I2", f"{message.key} follows no decision")


def one_outcome_per_email(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I3: each asked-for e-mail has an outcome; `sent` means the server has it, and whatever
    the server has is `sent` or `unknown`."""
    accepted = {it.message_id for it in world.ledger}
    messages = {it.key: it for it in evidence.messages}
    ended_by_hand = {Reason.CANCELLED, Reason.REMOVED}
    for lead in evidence.leads:
        for key in _asked(lead, evidence.journal[lead.lead_id]):
            message = messages.get(key)
            state = message.state if message else None
            is_open = state in (None, *_OPEN)
            if is_open and lead.reason not in ended_by_hand:
                yield Violation("I3", f"{key} ended as {state}, its lead as {lead.state}")
    for key, message in messages.items():
        is_there = message_id_of(key) in accepted
        if message.state is MessageState.SENT and not is_there:
            yield Violation("I3", f"{key} is sent, but the server never had it")
        if is_there and message.state not in (MessageState.SENT, MessageState.UNKNOWN):
            yield Violation("I3", f"{key} is at the server, but {message.state}")


_OPEN = (MessageState.CLAIMED, MessageState.SENDING, MessageState.DEFERRED)


def _asked(lead: Lead, records: Sequence[JournalRecord]) -> Iterator[str]:
    for _, entry in _entries(records):
        if entry.kind is EntryKind.SENDING:
            detail = entry.detail
            yield f"{lead.lead_id}/{entry.node_id}/{detail['visit']}/{detail['attempt']}"


def path_of_the_flow(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I4: a lead walks from the start along connections of the version it is pinned to."""
    for lead in evidence.leads:
        flow = evidence.flows[lead.flow_version]
        ways = {(it.from_node, it.to_node) for it in flow.connections}
        path = lead.execution_path
        if path and path[0] != "start":
            yield Violation("I4", f"{lead.lead_id} began at {path[0]}")
        for step in itertools.pairwise(path):
            if step not in ways:
                yield Violation("I4", f"{lead.lead_id} went {step[0]} → {step[1]}")
        revisions = [it.revision for it in evidence.journal[lead.lead_id] if it.revision]
        if sorted(revisions) != list(range(1, lead.revision + 1)):
            yield Violation("I4", f"{lead.lead_id} at {lead.revision} has journal {revisions}")


def no_wait_ends_early(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I5: after a pause the next step comes at its due time or later, unless the lead was ended."""
    for lead in evidence.leads:
        until: datetime | None = None
        for record, entry in _entries(evidence.journal[lead.lead_id]):
            if until is not None and entry.kind is EntryKind.RESUMED and record.at < until:
                yield Violation("I5", f"{lead.lead_id} resumed at {record.at}, due {until}")
            if entry.kind in (EntryKind.WAITING, EntryKind.DEFERRED):
                until = datetime.fromisoformat(str(entry.detail["until"]))
            elif until is not None:
                is_ended = entry.kind is EntryKind.ENDED
                if record.at < until and not is_ended and entry.kind is not EntryKind.SENT:
                    yield Violation("I5", f"{lead.lead_id} {entry.kind} at {record.at} < {until}")
                until = None


def conditions_tell_the_truth(world: World, evidence: Evidence) -> Iterator[Violation]:
    """D: yes if and only if a hit happened at or before the deadline."""
    for lead in evidence.leads:
        visits: Counter[str] = Counter()
        for _, entry in _entries(evidence.journal[lead.lead_id]):
            if entry.kind is EntryKind.SENDING and entry.node_id:
                visits[entry.node_id] = int(entry.detail["visit"] or 0)
            if entry.kind is not EntryKind.TOOK or entry.detail.get("because") != "not_clicked":
                continue
            email = str(entry.detail["email_node"])
            until = datetime.fromisoformat(str(entry.detail["until"]))
            for hit in evidence.hits.get(lead.lead_id, []):
                is_it = (hit.kind, hit.node_id) == (HitKind.CLICKED, email)
                if is_it and hit.visit == visits[email] and hit.at <= until:
                    yield Violation("D", f"{lead.lead_id} took no, clicked {hit.at} ≤ {until}")


def nothing_after_an_acknowledged_stop(
    world: World, messages: Sequence[Message]
) -> Iterator[Violation]:
    """I6: what left after an acknowledged pause, cancel or unsubscribe was marked before it."""
    by_id = {message_id_of(it.key): it for it in messages}
    for accepted in world.ledger:
        message = by_id.get(accepted.message_id)
        if message is None:
            yield Violation("I6", f"{accepted.message_id} is no message of ours")
            continue
        marks = [tick for tick, _ in world.marks[message.key] if tick < accepted.tick]
        if not marks:
            yield Violation("I6", f"{message.key} was sent without a mark")
            continue
        for kind in _stops_before(world, marks[-1], message):
            yield Violation("I6", f"{message.key} was marked and sent after {kind}")


def _stops_before(world: World, mark: int, message: Message) -> Iterator[str]:
    is_paused = False
    for tick, kind, name in world.acks:
        if tick > mark:
            break
        if (kind, name) in (
            ("unsubscribe", message.recipient),
            ("cancel", message.campaign_id),
        ):
            yield kind
        elif kind in ("pause", "resume") and name == message.campaign_id:
            is_paused = kind == "pause"
    if is_paused:
        yield "pause"


def unknowns_are_explained(world: World, evidence: Evidence) -> Iterator[Violation]:
    """I7: an unknown message had its answer lost, or its worker crashed, froze, or lost a write."""
    for message in evidence.messages:
        if message.state is MessageState.UNKNOWN:
            is_lost = message_id_of(message.key) in world.lost_at_server
            if not is_lost and not any(
                who is None or who.is_troubled for _, who in world.marks[message.key]
            ):
                yield Violation("I7", f"{message.key} is unknown, and nothing happened to it")


async def counts_equal_a_recount(store: Store, name: str) -> list[Violation]:
    """I9"""
    found = await store.counts.find([name])
    values = found[0].values if found else {}
    actual = await store.leads.recount(name)
    counted = {
        key: value
        for key, value in values.items()
        if value
        and (
            key.startswith(("leads/", "at/"))
            or (key.startswith("total/") and key.endswith("/sent"))
        )
    }
    if counted == actual:
        return []
    keys = sorted(counted.keys() | actual.keys())
    differing = {
        key: (counted.get(key, 0), actual.get(key, 0))
        for key in keys
        if counted.get(key, 0) != actual.get(key, 0)
    }
    return [Violation("I9", f"{name}: (counted, recounted) {differing}")]


def _entries(records: Sequence[JournalRecord]) -> Iterator[tuple[JournalRecord, Entry]]:
    for record in sorted(records, key=lambda it: it.revision):
        if record.revision:
            for entry in record.entries:
                yield record, entry
