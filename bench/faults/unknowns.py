"""Unknown messages and their causes.

Invariant: a cause is a logged fault of this bench that affected the same message, the process that
had marked it, or the store while the mark existed; nothing else explains an unknown message.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bench.faults.evidence import Evidence
from bench.faults.lines import Fault, Marking
from functions.flow.journal import EntryKind
from functions.service.sending.records import Message, MessageState
from harness.simulation.world import message_id_of

READY = "worker ready"
KILL, CRASH_POINT, STOP = "kill", "crash point", "stop"
STORE_DOWN, STORE_UP = "store killed", "store up"
PROXY = "store proxy"
_DROPS = ("drop_kept", "drop_lost")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A message that became unknown at `at`, by its lead's journal. `cause` None: nothing explains
    it. `pid`: the process that was killed or stopped. `rests`: it is still unknown; otherwise a
    late answer made it sent.
    """

    key: str
    at: float
    is_at_server: bool
    rests: bool
    cause: str | None
    pid: int | None = None


@dataclass(slots=True)
class _Log:
    """The logs, indexed for lookups."""

    dropped: frozenset[str]
    ends: dict[int, Fault]
    stops: dict[int, list[Fault]]
    troubles: list[Fault]
    last_marking: dict[str, Marking]
    outages: list[tuple[float, float]] = field(default_factory=list)


def unknowns(evidence: Evidence) -> list[Unknown]:
    """By the journals, so including those that a late answer has settled since."""
    log = _read_log(evidence)
    at_server = {it.message_id for it in evidence.accepted}
    messages = messages_of(evidence)
    found = []
    for key, at in _told(evidence):
        cause, pid = _cause(log, key, at)
        message = messages.get(key)
        rests = message is not None and message.state is MessageState.UNKNOWN
        found.append(Unknown(key, at, message_id_of(key) in at_server, rests, cause, pid))
    return found


def _told(evidence: Evidence) -> Iterator[tuple[str, float]]:
    """The bench's flow visits each e-mail once, and the bench never sends again."""
    for it in evidence.campaigns:
        for lead_id, records in it.journal.items():
            for record in records:
                for entry in record.entries:
                    if entry.kind is EntryKind.UNKNOWN:
                        yield f"{lead_id}/{entry.node_id}/1/1", record.at.timestamp()


def _read_log(evidence: Evidence) -> _Log:
    log = _Log(
        dropped=frozenset(
            it.message_id for it in evidence.misdeeds if it.kind in _DROPS and it.message_id
        ),
        ends={
            it.pid: it
            for it in evidence.faults
            if it.kind in (KILL, CRASH_POINT) and it.pid is not None
        },
        stops={},
        troubles=[it for it in evidence.faults if it.kind.startswith(PROXY)],
        # Later ones overwrite earlier ones.
        last_marking={it.key: it for it in evidence.markings},
    )
    down: float | None = None
    for it in evidence.faults:
        if it.kind == STOP and it.pid is not None:
            log.stops.setdefault(it.pid, []).append(it)
        elif it.kind == STORE_DOWN:
            down = it.at
        elif it.kind == STORE_UP and down is not None:
            log.outages.append((down, it.at))
            down = None
    return log


def _cause(log: _Log, key: str, unknown_at: float) -> tuple[str | None, int | None]:
    if message_id_of(key) in log.dropped:
        return "answer dropped", None
    marking = log.last_marking.get(key)
    if marking is None:
        return None, None
    end = log.ends.get(marking.pid)
    if end is not None and marking.at <= end.at <= unknown_at:
        return "worker killed", marking.pid
    if any(marking.at <= it.at <= unknown_at for it in log.stops.get(marking.pid, ())):
        return "worker stopped", marking.pid
    if any(begin <= unknown_at and marking.at <= until for begin, until in log.outages):
        return "store down", None
    if any(marking.at <= it.at <= unknown_at for it in log.troubles):
        return "store's answer lost", None
    return None, None


def messages_of(evidence: Evidence) -> Mapping[str, Message]:
    return {key: it for each in evidence.campaigns for key, it in each.messages.items()}
