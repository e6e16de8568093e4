"""Dates as people write them, as far as they can mean only one thing.

Role: read a date, or a date and time, from an attribute, for waits and for templates.
Invariant: nothing here raises, and no date is guessed: 03/04/2027 is a day in March to one reader
and in April to another, so it is not read. This module must not know the time zones of contacts.

What is read: ISO 8601, 2027/12/24, 2027.12.24, 24.12.2027, 24 Dec 2027 and Dec 24, 2027; each may
be followed by a time, and the time by an offset. An anniversary may also lack the year.
"""

import re
from datetime import date, datetime, time
from typing import NamedTuple

DATE_CHARS_MAX = 64
_LEAP_YEAR = 2000

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_YEAR, _MONTH, _DAY = r"(?P<year>\d{4})", r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
_NAME, _NAMED_DAY = r"(?P<name>[a-z]{3,9})\.?", rf"{_DAY}(?:st|nd|rd|th)?"

_DATES = tuple(
    re.compile(pattern, re.ASCII | re.IGNORECASE)
    for pattern in (
        rf"{_YEAR}(?P<mark>[-/.]){_MONTH}(?P=mark){_DAY}",
        rf"{_DAY}\.\s?{_MONTH}\.\s?{_YEAR}",
        rf"{_NAMED_DAY}[\s-]{_NAME},?[\s-]{_YEAR}",
        rf"{_NAME}\s{_NAMED_DAY},?\s{_YEAR}",
    )
)
_WITHOUT_YEAR = tuple(
    re.compile(pattern, re.ASCII | re.IGNORECASE)
    for pattern in (
        rf"--{_MONTH}-?{_DAY}",
        rf"{_DAY}\.\s?{_MONTH}\.",
        rf"{_NAMED_DAY}[\s-]{_NAME}",
        rf"{_NAME}\s{_NAMED_DAY}",
    )
)
_TIME = re.compile(
    r"(?:t|,?\s+)(?P<clock>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s?(?P<offset>z|[+-]\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)


class Written(NamedTuple):
    """`at`: aware only if an offset was written. `is_date`: there was no time; it is midnight."""

    at: datetime
    is_date: bool


class Anniversary(NamedTuple):
    month: int
    day: int

    def in_year(self, year: int) -> date:
        """29 February is the 28th in other years."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return date(year, self.month, 28)


def read_date(value: object) -> Written | None:
    """None if the value is no date, or one that could be another."""
    if not isinstance(value, str) or len(value) > DATE_CHARS_MAX:
        return None
    text = value.strip()
    try:
        return Written(datetime.fromisoformat(text), is_date=len(text) <= len("2027-01-01"))
    except ValueError:
        pass
    for pattern in _DATES:
        found = pattern.match(text)
        day = _day(found) if found is not None else None
        if found is not None and day is not None:
            return _with_time(day, text[found.end() :])
    return None


def read_anniversary(value: object) -> Anniversary | None:
    """The day of the year of a date, which may lack its year: --12-24, 24.12., 24 Dec, Dec 24."""
    written = read_date(value)
    if written is not None:
        return Anniversary(written.at.month, written.at.day)
    if not isinstance(value, str) or len(value) > DATE_CHARS_MAX:
        return None
    for pattern in _WITHOUT_YEAR:
        found = pattern.fullmatch(value.strip())
        day = _day(found) if found is not None else None
        if day is not None:
            return Anniversary(day.month, day.day)
    return None


def _day(found: re.Match[str]) -> date | None:
    parts = found.groupdict()
    name = parts.get("name")
    month = _month(name) if name is not None else int(parts["month"])
    if month is None:
        return None
    try:
        return date(int(parts.get("year") or _LEAP_YEAR), month, int(parts["day"]))
    except ValueError:
        return None


def _month(name: str) -> int | None:
    """By the full name or its beginning, which has at least three letters."""
    name = name.lower()
    return next((at for at, full in enumerate(_MONTHS, 1) if full.startswith(name)), None)


def _with_time(day: date, rest: str) -> Written | None:
    if not rest:
        return Written(datetime.combine(day, time.min), is_date=True)
    clock = _TIME.fullmatch(rest)
    if clock is None:
        return None
    try:
        at = datetime.fromisoformat(f"{day}T{clock['clock']}{(clock['offset'] or '').upper()}")
    except ValueError:
        return None
    return Written(at, is_date=False)
