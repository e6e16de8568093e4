"""How long it takes to go on after the broker was wiped.

Counted for every lead whose job the broker had when it was wiped, from the broker's return, or
from the lead's due time where that is later, until somebody works on the lead again: claims its
message or commits its next step. A lead that a worker was busy with lost nothing. How long a
message then takes is its mail server's affair.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from bench.faults.evidence import CampaignEvidence, Evidence
from bench.faults.lines import Fault
from functions.flow.journal import JournalRecord

BROKER_WIPED, BROKER_UP = "broker wiped", "broker up"


@dataclass(frozen=True, slots=True)
class Recovery:
    """After one wipe; `slowest` names the lead that took longest, by the step it then took."""

    wipe: Fault
    seconds: float
    slowest: str


def recoveries(evidence: Evidence) -> list[Recovery]:
    returns = sorted(it.at for it in evidence.faults if it.kind == BROKER_UP)
    pairs = [pair for it in evidence.campaigns for pair in _pairs(it)]
    claims: dict[str, list[float]] = defaultdict(list)
    for claiming in sorted(evidence.claimings, key=lambda it: it.at):
        claims[claiming.lead_id].append(claiming.at)
    found = []
    for wipe in (it for it in evidence.faults if it.kind == BROKER_WIPED):
        up_at = next((at for at in returns if at >= wipe.at), wipe.at)
        found.append(_slowest(wipe, up_at, pairs, claims))
    return found


def _slowest(
    wipe: Fault,
    up_at: float,
    pairs: Sequence[tuple[JournalRecord, JournalRecord]],
    claims: Mapping[str, Sequence[float]],
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
        seconds = moved_at - max(up_at, _due(before) or 0.0)
        if seconds > slowest.seconds:
            slowest = Recovery(wipe, seconds, after.key)
    return slowest


def _pairs(it: CampaignEvidence) -> Iterator[tuple[JournalRecord, JournalRecord]]:
    """Of each lead, each step and the next."""
    for records in it.journal.values():
        steps = sorted((r for r in records if r.revision), key=lambda r: r.revision)
        yield from pairwise(steps)


def _due(record: JournalRecord) -> float | None:
    """When the pause that this step began is over."""
    until = record.entries[-1].detail.get("until") if record.entries else None
    return datetime.fromisoformat(str(until)).timestamp() if until is not None else None
