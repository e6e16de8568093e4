"""I9 for results: what is kept about e-mails, links and branches equals a recount.

It knows neither how results are kept nor how a lead remembers its branches: hours and days come
from the journals, links from the readers' clicks as stored, branches from the order of the
journals.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from functions.flow.event import TrackingEvent, TrackingEventKind
from functions.flow.journal import Entry, EntryKind, JournalRecord, branch_key
from functions.service.reports.email_results import WHATS
from functions.service.reports.records import EmailResults

Journal = Mapping[str, Sequence[JournalRecord]]
"""By lead."""
Events = Mapping[str, Sequence[TrackingEvent]]
"""As stored, by lead."""

Flat = dict[tuple[str, str, str], int]
"""By node, hour or day, and what happened."""

HOURS = timedelta(hours=48)
DAYS = timedelta(days=366)


def differences(results: Sequence[EmailResults], journal: Journal, events: Events) -> Iterator[str]:
    """Over time and by link."""
    by_hour, by_day = _recounted(journal)
    clicks = {
        (lead_id, event.node_id, event.link or event.url)
        for lead_id, seen in events.items()
        for event in seen
        if event.kind is TrackingEventKind.CLICKED
    }
    by_link = Counter((node_id, link) for _, node_id, link in clicks)
    links = {(it.node_id, link.link): link.leads for it in results for link in it.links}
    if _flat(results, "by_hour") != by_hour:
        yield f"by hour {_flat(results, 'by_hour')}, recounted {by_hour}"
    if _flat(results, "by_day") != by_day:
        yield f"by day {_flat(results, 'by_day')}, recounted {by_day}"
    if links != dict(by_link):
        yield f"by link {links}, recounted {dict(by_link)}"


def _recounted(journal: Journal) -> tuple[Flat, Flat]:
    happened = [
        (key.split("/")[1], record.at, key.rpartition("/")[2], number)
        for records in journal.values()
        for record in records
        for key, number in record.delta.items()
        if key.startswith("total/") and key.rpartition("/")[2] in WHATS
    ]
    hours = [(it[0], it[1].replace(minute=0, second=0, microsecond=0)) for it in happened]
    first: dict[str, datetime] = {}
    last: dict[str, datetime] = {}
    for node_id, hour in hours:
        first[node_id] = min(hour, first.get(node_id, hour))
        last[node_id] = max(hour, last.get(node_id, hour))
    by_hour: Counter[tuple[str, str, str]] = Counter()
    by_day: Counter[tuple[str, str, str]] = Counter()
    for (node_id, _, what, number), (_, hour) in zip(happened, hours, strict=True):
        if hour < first[node_id] + HOURS:
            by_hour[node_id, f"{hour:%Y-%m-%dT%H}", what] += number
        if hour.replace(hour=0) > last[node_id].replace(hour=0) - DAYS:
            by_day[node_id, f"{hour:%Y-%m-%d}", what] += number
    return dict(by_hour), dict(by_day)


def _flat(results: Sequence[EmailResults], field: str) -> Flat:
    return {
        (it.node_id, key, what): number
        for it in results
        for key, row in getattr(it, field).items()
        for what, number in zip(WHATS, row, strict=True)
        if number
    }


def branches(journal: Journal, events: Events) -> dict[str, int]:
    """The counts of leads by branch."""
    found: Counter[str] = Counter()
    for lead_id, records in journal.items():
        steps = sorted((it for it in records if it.revision), key=lambda it: it.revision)
        entries = [entry for record in steps for entry in record.entries]
        found.update(_of_lead(entries, events.get(lead_id, ())))
    return dict(found)


def _of_lead(entries: Sequence[Entry], events: Sequence[TrackingEvent]) -> set[str]:
    ports: dict[str, str] = {}
    before: dict[tuple[str | None, object], frozenset[str]] = {}
    done: set[str] = set()
    for entry in entries:
        if entry.kind is EntryKind.TOOK and entry.detail.get("because") == "split":
            ports[entry.node_id or ""] = str(entry.detail["port"])
        elif entry.kind is EntryKind.SENDING:
            before.setdefault((entry.node_id, entry.detail["visit"]), frozenset(ports))
        elif entry.kind is EntryKind.SENT:
            done |= {branch_key("sent", split, port) for split, port in ports.items()}
    for event in events:
        splits = before.get((event.node_id, event.visit), frozenset())
        done |= {branch_key(event.kind.value, split, ports[split]) for split in splits}
    return done
