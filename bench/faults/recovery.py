"""How long leads need to go on after the broker was wiped.

Measured for every lead whose job the broker had when it was wiped: from the broker's return, or
from the lead's due time if that is later, until a worker works on the lead again, that is, claims
its message or commits its next step. A lead that a worker was already working on lost nothing. How
long sending then takes depends on the mail server and is not counted.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from bench.faults.evidence import CampaignEvidence, Evidence
from bench.faults.lines import Claiming, Dispatching, Fault
from functions.flow.journal import JournalRecord

BROKER_WIPED, BROKER_UP = "broker wiped", "broker up"


@dataclass(frozen=True, slots=True)
class Recovery:
    """The recovery after one wipe; `slowest` names the lead that took longest, by the step it then
    took. `dispatched_seconds`: the part of that time until its job was passed to the broker again;
    for the rest, the job was in the queue. None if it was not dispatched again.
    """

    wipe: Fault
    seconds: float
    slowest: str
    dispatched_seconds: float | None = None

    def __str__(self) -> str:
        again = "never" if self.dispatched_seconds is None else f"{self.dispatched_seconds:.1f} s"
        return (
            f"{self.seconds:.1f} s to go on ({self.wipe.message}; {self.slowest}, "
            f"dispatched again: {again})"
        )


def recoveries(evidence: Evidence) -> list[Recovery]:
    returns = sorted(it.at for it in evidence.faults if it.kind == BROKER_UP)
    pairs = [pair for it in evidence.campaigns for pair in _pairs(it)]
    claims = _times(evidence.claimings)
    dispatches = _times(evidence.dispatchings)
    found = []
    for wipe in (it for it in evidence.faults if it.kind == BROKER_WIPED):
        up_at = next((at for at in returns if at >= wipe.at), wipe.at)
        found.append(_slowest(wipe, up_at, pairs, claims, dispatches))
    return found


def _times(facts: Iterable[Claiming | Dispatching]) -> Mapping[str, Sequence[float]]:
    """The times by lead, in order."""
    times: dict[str, list[float]] = defaultdict(list)
    for fact in sorted(facts, key=lambda it: it.at):
        times[fact.lead_id].append(fact.at)
    return times


def _slowest(
    wipe: Fault,
    up_at: float,
    pairs: Sequence[tuple[JournalRecord, JournalRecord]],
    claims: Mapping[str, Sequence[float]],
    dispatches: Mapping[str, Sequence[float]],
) -> Recovery:
    slowest = Recovery(wipe, 0.0, "the broker had no job")
    for before, after in pairs:
        began, ended = before.at.timestamp(), after.at.timestamp()
        if not began <= wipe.at < ended:
            continue
        assert after.lead_id is not None
        of_lead = claims.get(after.lead_id, ())
        at = bisect_right(of_lead, wipe.at)
        if at and of_lead[at - 1] > began:
            continue
        moved_at = min(ended, of_lead[at]) if at < len(of_lead) else ended
        since = max(up_at, _due(before) or 0.0)
        if moved_at - since > slowest.seconds:
            again = [at for at in dispatches.get(after.lead_id, ()) if wipe.at < at < moved_at]
            dispatched_seconds = max(again[0] - since, 0.0) if again else None
            slowest = Recovery(wipe, moved_at - since, after.key, dispatched_seconds)
    return slowest


def _pairs(it: CampaignEvidence) -> Iterator[tuple[JournalRecord, JournalRecord]]:
    """Each step of each lead, with the next one."""
    for records in it.journal.values():
        steps = sorted((r for r in records if r.revision), key=lambda r: r.revision)
        yield from pairwise(steps)


def _due(record: JournalRecord) -> float | None:
    """When the pause that this step began ends."""
    until = record.entries[-1].detail.get("until") if record.entries else None
    return datetime.fromisoformat(str(until)).timestamp() if until is not None else None
