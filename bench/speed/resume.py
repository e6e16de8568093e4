"""Waits that end: leads become due at even intervals within ten seconds; measures how late each
goes on.

The lateness is that of the step in the journal: from the due time to the clock of the worker that
stepped the lead. All leads are waiting when the first becomes due.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.speed.campaign import ONE_WAIT, rows
from bench.speed.stack import CAMPAIGN, Servers, Team
from functions.flow.journal import EntryKind, status_key
from functions.flow.lead import LeadStatus
from functions.service.audience.contact_row import Row
from functions.service.services import Services

WITHIN_SECONDS = 10.0
ENTERED_A_SECOND_MIN = 250
"""At least this many leads per second are imported, launched and reach their wait."""
HEAD_START_SECONDS = 10.0
"""The additional time of a launch."""
DOUBLINGS_MAX = 4
"""The head start is doubled until it suffices."""
LOOK_SECONDS = 0.2
PAGE = 500


class TooLateError(RuntimeError):
    """Leads became due before all of them waited, so the figure would be meaningless."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """`late_ms` of each lead; `seconds` from the first due time to the last step."""

    late_ms: list[int]
    seconds: float


def measure(
    servers: Servers,
    count: int,
    within_seconds: float = WITHIN_SECONDS,
    head_start_seconds: float = HEAD_START_SECONDS,
) -> Resumed:
    """A slow machine gets a longer head start. Raises StalledError, TooLateError."""
    head_start = head_start_seconds + count / ENTERED_A_SECOND_MIN
    for _ in range(DOUBLINGS_MAX):
        with suppress(TooLateError):
            return _measured(servers, count, within_seconds, head_start)
        head_start *= 2
    return _measured(servers, count, within_seconds, head_start)


def _measured(servers: Servers, count: int, within_seconds: float, head_start: float) -> Resumed:
    with servers.team("sqlite") as team:
        team.start()
        first = _now(team) + timedelta(seconds=head_start)
        team.bring_in(ONE_WAIT, list(_due_rows(count, first, within_seconds)))
        team.launch()
        while (waiting := _waiting(team)) < count:
            if _now(team) >= first:
                raise TooLateError(f"of {count} leads {waiting} waited when the first was due")
            time.sleep(LOOK_SECONDS)
        team.until_completed()
        late_ms, last = team.ask(lambda services: _lateness(services, count))
        return Resumed(late_ms, (last - first).total_seconds())


def _due_rows(count: int, first: datetime, within_seconds: float) -> Iterator[Row]:
    for row in rows(count):
        due = first + timedelta(seconds=within_seconds * (row.line - 1) / count)
        yield Row(row.line, row.email, {**row.attributes, "due_at": due.isoformat()})


def _now(team: Team) -> datetime:
    return team.ask(lambda services: services.store.now())


def _waiting(team: Team) -> int:
    async def waiting(services: Services) -> int:
        found = await services.store.counts.find([CAMPAIGN])
        return found[0].values.get(status_key(LeadStatus.PAUSED), 0) if found else 0

    return team.ask(waiting)


async def _lateness(services: Services, count: int) -> tuple[list[int], datetime]:
    """The lateness of each lead, once, and the time of the last step."""
    late_ms: list[int] = []
    last = datetime.min.replace(tzinfo=(await services.store.now()).tzinfo)
    after_seq = 0
    while leads := await services.store.leads.page(CAMPAIGN, after_seq=after_seq, limit=PAGE):
        for stored in leads:
            for record in await services.store.journal.of_lead(stored.lead.lead_id, 10):
                for entry in record.entries:
                    if entry.kind is EntryKind.RESUMED:
                        late_ms.append(int(entry.detail["lateness_ms"] or 0))
                        last = max(last, record.at)
        after_seq = leads[-1].lead.seq
    if len(late_ms) != count:
        raise AssertionError(f"{count} leads were resumed {len(late_ms)} times")
    return late_ms, last
