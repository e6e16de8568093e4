"""What the columns of an import show about dates, and dates written so that they mean one thing.

Role: 24/12/2027 shows that its column has the day first, and 03/04/2027 is read accordingly; in a
column that shows nothing or both, a person has to say. Such dates, and the numbers by which
spreadsheets count days, are stored as ISO 8601. Dates that have one meaning everywhere stay as
they are written (`functions.flow.dates`).
Invariant: a value changes only in a column of dates, and only if it is a date. Changing it again
changes nothing. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from functions.flow.dates import DATE_CHARS_MAX, read_anniversary
from functions.service.audience.contact_row import Scalar
from functions.service.audience.import_policy import (
    Choice,
    DateOrder,
    ImportPolicy,
    Kind,
    Note,
    Question,
)

COLUMNS_MAX = 1000
"""Contacts in a JSON list may each have other names."""
FIRST_ROWS = 20
"""What they have in a column counts too, if a later row shows that it has dates."""
SAMPLE_CHARS_MAX = 40

_TWO_NUMBERS = re.compile(r"\s*(\d{1,2})([/-])(\d{1,2})\2(\d{4})(?!\d)", re.ASCII)
_TIME = re.compile(
    r"(?:\s*,)?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s?([ap])\.?m\.?)?\s*", re.I | re.A
)
_DAY_NUMBER = re.compile(r"\s*(\d{5})(?:\.(\d{1,10}))?\s*", re.ASCII)
_DAY_NUMBERS = range(14_000, 80_000)
"""1938 to 2119."""
_DAY_ZERO = date(1899, 12, 30)
_DAY_SECONDS = 86_400


@dataclass(slots=True)
class _Column:
    """`dates` of `filled` values can be read. `orders`: what they show. `doubtful` and
    `unreadable`: the first value of the kind, with its line."""

    filled: int = 0
    dates: int = 0
    orders: set[DateOrder] = field(default_factory=set)
    doubtful: tuple[int, str] | None = None
    unreadable: tuple[int, str] | None = None

    def add(self, line: int, value: str) -> None:
        self.filled += 1
        shown = _shown(value) if len(value) <= DATE_CHARS_MAX else None
        self.dates += shown is not None
        if isinstance(shown, DateOrder):
            self.orders.add(shown)
        elif shown == "doubtful" and self.doubtful is None:
            self.doubtful = (line, value.strip()[:SAMPLE_CHARS_MAX])
        elif shown is None and self.unreadable is None:
            self.unreadable = (line, value.strip()[:SAMPLE_CHARS_MAX])


class DateColumns:
    """Collects what the values of each column show, row by row."""

    def __init__(self, policy: ImportPolicy) -> None:
        self._policy = policy
        self._columns: dict[str, _Column] = {
            name: _Column() for name, kind in policy.column_types.items() if kind is Kind.DATE
        }
        self._first: list[tuple[int, Mapping[str, Scalar]]] = []

    def add(self, line: int, attributes: Mapping[str, Scalar]) -> None:
        for name, value in attributes.items():
            if (
                isinstance(value, str)
                and ("/" in value or ("-" in value and "-" in value[1:3]))
                and name not in self._columns
                and _TWO_NUMBERS.match(value) is not None
            ):
                self._begin(name)
        for name, column in self._columns.items():
            _add(column, line, attributes.get(name))
        if len(self._first) < FIRST_ROWS:
            self._first.append((line, attributes))

    @property
    def questions(self) -> tuple[Question, ...]:
        """One for each column whose dates have two meanings, and show neither."""
        return tuple(
            _which_order(name, *column.doubtful)
            for name, column in self._columns.items()
            if column.doubtful is not None
            and self._is_of_dates(name, column)
            and self._order(name, column) is None
        )

    @property
    def notes(self) -> tuple[Note, ...]:
        return tuple(
            Note(
                "dates_unreadable",
                column.unreadable[0],
                column.filled - column.dates,
                f"{name} has dates, but {column.unreadable[1]} is none that can be read; it is "
                "kept as it is.",
            )
            for name, column in self._columns.items()
            if column.unreadable is not None and self._is_of_dates(name, column)
        )

    def decided(self) -> ImportPolicy:
        """The policy, with the columns of dates and the orders that they show. A column with an
        open question is not among them."""
        open_columns = {it.column for it in self.questions}
        found = {
            name: column
            for name, column in self._columns.items()
            if self._is_of_dates(name, column) and name not in open_columns
        }
        orders = {name: self._order(name, column) for name, column in found.items()}
        return replace(
            self._policy,
            column_types={**self._policy.column_types, **dict.fromkeys(found, Kind.DATE)},
            date_orders={
                **self._policy.date_orders,
                **{name: order for name, order in orders.items() if order is not None},
            },
        )

    def _begin(self, name: str) -> None:
        if name not in self._policy.column_types and len(self._columns) < COLUMNS_MAX:
            self._columns[name] = column = _Column()
            for line, attributes in self._first:
                _add(column, line, attributes.get(name))

    def _is_of_dates(self, name: str, column: _Column) -> bool:
        return name in self._policy.column_types or 2 * column.dates > column.filled

    def _order(self, name: str, column: _Column) -> DateOrder | None:
        chosen = self._policy.date_orders.get(name) or self._policy.date_order
        if chosen is not None:
            return chosen
        return next(iter(column.orders)) if len(column.orders) == 1 else None


def _add(column: _Column, line: int, value: Scalar) -> None:
    if isinstance(value, str) and value.strip():
        column.add(line, value)


def with_dates(
    attributes: Mapping[str, Scalar], orders: Mapping[str, DateOrder | None]
) -> Mapping[str, Scalar]:
    """The attributes with the dates of these columns written without doubt. `orders`: None if each
    value shows its own."""
    if not orders:
        return attributes
    changed = {
        name: written
        for name, order in orders.items()
        if isinstance(value := attributes.get(name), str)
        and (written := _written(value, order)) is not None
    }
    return {**attributes, **changed} if changed else attributes


def date_orders(policy: ImportPolicy) -> dict[str, DateOrder | None]:
    """The columns of dates, for `with_dates`."""
    return {
        name: policy.date_orders.get(name)
        for name, kind in policy.column_types.items()
        if kind is Kind.DATE
    }


def _written(value: str, order: DateOrder | None) -> str | None:
    """As ISO 8601; None if the value has one meaning everywhere, or none."""
    day_first, month_first = _readings(value)
    if day_first is None or month_first is None or day_first == month_first:
        return day_first or month_first
    if order is None:
        return None
    return day_first if order is DateOrder.DAY_FIRST else month_first


@lru_cache(maxsize=4096)
def _shown(value: str) -> DateOrder | Literal["plain", "doubtful"] | None:
    """The only order in which the value is a date; `doubtful` if both give another day; `plain` if
    it needs none. None if it is no date."""
    day_first, month_first = _readings(value)
    if day_first is not None and month_first is not None:
        return "plain" if day_first == month_first else "doubtful"
    if day_first is not None:
        return DateOrder.DAY_FIRST
    if month_first is not None:
        return DateOrder.MONTH_FIRST
    return "plain" if read_anniversary(value) is not None else None


def _readings(value: str) -> tuple[str | None, str | None]:
    """The value as ISO 8601 in either order, as far as that is a date; twice the same for the
    number of a day."""
    numbers = _TWO_NUMBERS.match(value)
    if numbers is None:
        counted = _counted_day(value)
        return counted, counted
    rest = value[numbers.end() :]
    clock = _clock(rest) if rest.strip() else None
    if rest.strip() and clock is None:
        return None, None
    first, second = (_iso(_day(numbers, order), clock) for order in DateOrder)
    return first, second


def _iso(day: date | None, clock: time | None) -> str | None:
    if day is None:
        return None
    return day.isoformat() if clock is None else datetime.combine(day, clock).isoformat()


def _counted_day(value: str) -> str | None:
    counted = _DAY_NUMBER.fullmatch(value)
    if counted is None or int(counted[1]) not in _DAY_NUMBERS:
        return None
    day = _DAY_ZERO + timedelta(days=int(counted[1]))
    if counted[2] is None:
        return day.isoformat()
    seconds = round(float(f"0.{counted[2]}") * _DAY_SECONDS)
    return (datetime.combine(day, time.min) + timedelta(seconds=seconds)).isoformat()


def _day(numbers: re.Match[str], order: DateOrder) -> date | None:
    """None if it is no day in this order."""
    first, second, year = int(numbers[1]), int(numbers[3]), int(numbers[4])
    day, month = (first, second) if order is DateOrder.DAY_FIRST else (second, first)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clock(rest: str) -> time | None:
    found = _TIME.fullmatch(rest)
    if found is None:
        return None
    hour = int(found[1])
    if found[4] is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[4].lower() == "p" else 0)
    try:
        return time(hour, int(found[2]), int(found[3] or 0))
    except ValueError:
        return None


def _which_order(name: str, line: int, value: str) -> Question:
    numbers = _TWO_NUMBERS.match(value)
    assert numbers is not None
    days = [_day(numbers, order) for order in DateOrder]
    shown = [f"{it.day} {it:%B} {it.year}" for it in days if it is not None]
    return Question(
        code="date_order_doubtful",
        field="date_order",
        message=f"{name} has dates like {value} (line {line}), which may be "
        f"{' (dmy) or '.join(shown)} (mdy).",
        choices=tuple(Choice(order, day) for order, day in zip(DateOrder, shown, strict=True)),
        proposed=DateOrder.DAY_FIRST,
        column=name,
    )
