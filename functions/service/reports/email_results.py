"""What happened to an e-mail: over time, and which of its links were clicked by how many leads.

Invariant: hours and days are UTC, and bounded: the first `HOURS_KEPT` hours, counted from the first
in which anything happened, and the latest `DAYS_KEPT` days, counted back from the last. Neither
depends on the order in which numbers are added. Pure.
This module must not know how results are stored, or how the journal is rolled up.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from functions.flow.journal import LINK_PREFIX, JournalRecord, link_of
from functions.service.reports.records import EmailResults, EmailTally, LinkClicks, Row
from functions.service.reports.sends import day_of, hour_of

WHATS = ("sent", "bounced", "complained", "opened", "clicked", "unsubscribed")
"""What is counted over time, in the order of a `Row`. New ones go to the end."""

HOURS_KEPT = 48
DAYS_KEPT = 366
LINKS_KEPT = 100

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

NOTHING: Row = (0,) * len(WHATS)


def tallies(records: Sequence[JournalRecord]) -> dict[str, EmailTally]:
    """What these records add, by e-mail node."""
    hours: dict[str, dict[str, Counter[str]]] = {}
    links: dict[str, Counter[str]] = {}
    for record in records:
        for key, amount in record.delta.items():
            if key.startswith(LINK_PREFIX):
                node_id, link = link_of(key)
                links.setdefault(node_id, Counter())[link] += amount
            elif key.startswith("total/") and key.rpartition("/")[2] in WHATS:
                _, node_id, what = key.split("/")
                of_node = hours.setdefault(node_id, {})
                of_node.setdefault(hour_of(record.at), Counter())[what] += amount
    return {
        node_id: EmailTally(
            {
                hour: tuple(numbers[it] for it in WHATS)
                for hour, numbers in hours.get(node_id, {}).items()
            },
            _clicks(links.get(node_id, {})),
        )
        for node_id in sorted(hours.keys() | links.keys())
    }


def with_tally(results: EmailResults, tally: EmailTally, counted: int) -> EmailResults:
    """The next revision, with the tally of revision `counted` of the campaign's counts."""
    by_day: list[tuple[str, Row]] = [
        (hour[: len("2027-03-01")], row) for hour, row in tally.by_hour.items()
    ]
    links = {it.link: it.leads for it in results.links}
    other_links = results.other_links
    for it in tally.links:
        if it.link in links or len(links) < LINKS_KEPT:
            links[it.link] = links.get(it.link, 0) + it.leads
        else:
            other_links += it.leads
    return replace(
        results,
        revision=results.revision + 1,
        counted=counted,
        by_hour=_first_hours(summed([*results.by_hour.items(), *tally.by_hour.items()])),
        by_day=_latest_days(summed([*results.by_day.items(), *by_day])),
        links=_clicks(links),
        other_links=other_links,
    )


def summed(rows: Iterable[tuple[str, Row]]) -> dict[str, Row]:
    """Rows of the same hour or day become one. A row of an older version may be shorter."""
    found: dict[str, Row] = {}
    for key, row in rows:
        padded = (*row, *NOTHING[len(row) :])
        before = found.get(key, NOTHING)
        found[key] = tuple(map(sum, zip(before, padded, strict=True)))
    return found


def hours_of(emails: Sequence[EmailResults]) -> dict[str, Row]:
    """The first hours of these e-mails together, without gaps, oldest first."""
    rows = _first_hours(summed(it for email in emails for it in email.by_hour.items()))
    return _without_gaps(rows, HOUR)


def days_of(emails: Sequence[EmailResults]) -> dict[str, Row]:
    """The latest days of these e-mails together, without gaps, oldest first."""
    rows = _latest_days(summed(it for email in emails for it in email.by_day.items()))
    return _without_gaps(rows, DAY)


def began(key: str) -> datetime:
    """When an hour or a day began."""
    written = f"{key}:00" if "T" in key else key
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def _clicks(links: Mapping[str, int]) -> tuple[LinkClicks, ...]:
    return tuple(LinkClicks(link, links[link]) for link in sorted(links))


def _first_hours(rows: Mapping[str, Row]) -> dict[str, Row]:
    if not rows:
        return {}
    beyond = hour_of(began(min(rows)) + HOURS_KEPT * HOUR)
    return {key: rows[key] for key in sorted(rows) if key < beyond}


def _latest_days(rows: Mapping[str, Row]) -> dict[str, Row]:
    if not rows:
        return {}
    before = day_of(began(max(rows)) - DAYS_KEPT * DAY)
    return {key: rows[key] for key in sorted(rows) if key > before}


def _without_gaps(rows: Mapping[str, Row], unit: timedelta) -> dict[str, Row]:
    if not rows:
        return {}
    first, last = began(min(rows)), began(max(rows))
    write = hour_of if unit == HOUR else day_of
    keys = [write(first + place * unit) for place in range((last - first) // unit + 1)]
    return {key: rows.get(key, NOTHING) for key in keys}
