"""The wait node: a duration, an instant, a weekday and time of day, or a date of the contact.

Invariant: a wait never ends early unless a person ends it, and its end is fixed on arrival.
Daylight saving time: a wall time that is skipped means the instant later by the gap, and a wall
time that occurs twice means the first (PEP 495, fold=0).
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field

from functions.flow.lead import AttributeValue, Reason
from functions.flow.nodes.duration import Duration, Offset, known_zone, zone_or
from functions.flow.nodes.plan import (
    ONWARD,
    PASS_ON,
    Finish,
    Follow,
    Here,
    PauseUntil,
    Plan,
    Strict,
    Switchable,
)
from functions.flow.sentences import shown

ZONE_ATTRIBUTE = "timezone"
"""The attribute that holds the time zone of the contact."""

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _zone_or_owner(name: str) -> str:
    return name if name in ("contact", "campaign") else known_zone(name)


Zone = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_zone_or_owner)]
"""`contact`, `campaign`, or the name of a time zone."""


def _clock(text: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise ValueError(f"must be a time of day such as 09:00 or 17:30, not {shown(text)}")
    return text


Clock = Annotated[str, AfterValidator(_clock)]


class WaitDuration(Duration):
    mode: Literal["duration"] = "duration"

    def until(self, here: Here) -> datetime | None:
        return here.now + self.delta()


def _in_utc(at: datetime) -> datetime:
    try:
        return _whole_ms(at.astimezone(UTC))
    except OverflowError as problem:
        raise ValueError("lies outside the years 1 to 9999: choose another time") from problem


class WaitUntil(Strict):
    mode: Literal["until"]
    at: Annotated[AwareDatetime, AfterValidator(_in_utc)]

    def until(self, here: Here) -> datetime | None:
        return self.at


class WaitWeekday(Strict):
    """The next of `weekdays` at `time` (HH:MM) in `zone`, strictly after the arrival."""

    mode: Literal["weekday"]
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)]
    time: Clock
    zone: Zone = "contact"

    def until(self, here: Here) -> datetime | None:
        zone = zone_of(self.zone, here)
        hour, minute = map(int, self.time.split(":"))
        wanted = {_WEEKDAYS.index(day) for day in self.weekdays}
        today = here.now.astimezone(zone).date()
        for ahead in range(9):
            day = today + timedelta(days=ahead)
            if day.weekday() in wanted:
                instant = at_wall_time(day, time(hour, minute), zone)
                if instant > here.now:
                    return instant
        raise AssertionError("some weekday comes within nine days")


class WaitAttribute(Strict):
    """A date, or date and time, of the contact, moved by `offset`. A date alone means `time`."""

    mode: Literal["attribute"]
    attribute: Annotated[str, Field(min_length=1, max_length=100)]
    offset: Offset = Offset(amount=0, unit="days")
    time: Clock = "09:00"
    zone: Zone = "contact"
    if_missing: Literal["end", "continue"] = "end"

    def until(self, here: Here) -> datetime | None:
        zone = zone_of(self.zone, here)
        hour, minute = map(int, self.time.split(":"))
        value = here.lead.attributes.get(self.attribute)
        return _instant(value, time(hour, minute), zone, self.offset)


WaitConfiguration = Annotated[
    WaitDuration | WaitUntil | WaitWeekday | WaitAttribute, Field(discriminator="mode")
]


class WaitNode(Switchable):
    LABEL: ClassVar[str] = "Wait"
    type: Literal["wait"] = "wait"
    configuration: WaitConfiguration

    def plan(self, here: Here) -> Plan:
        if self.disabled:
            return PASS_ON
        if here.deadline is not None:
            return ONWARD
        configuration = self.configuration
        until = configuration.until(here)
        if until is None:
            assert isinstance(configuration, WaitAttribute)
            if configuration.if_missing == "end":
                return Finish(f"{configuration.attribute} holds no date")
            return Follow("next", {"missing": configuration.attribute})
        if until <= here.now:
            return Follow("next", {"past": until.isoformat()})
        return PauseUntil(until, Reason.WAIT)


def at_wall_time(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a wall time; the module says what daylight saving time does."""
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def _whole_ms(at: datetime) -> datetime:
    """Round up: stores keep milliseconds, and a wait that is rounded down would end early."""
    return at + timedelta(microseconds=-at.microsecond % 1000)


def zone_of(name: str, here: Here) -> ZoneInfo:
    """Return the time zone that a `Zone` stands for on this walk."""
    if name == "contact":
        return zone_or(here.lead.attributes.get(ZONE_ATTRIBUTE), here.zone)
    return ZoneInfo(here.zone if name == "campaign" else name)


def _instant(value: AttributeValue, clock: time, zone: ZoneInfo, offset: Offset) -> datetime | None:
    """Days and weeks move the calendar date, so that 09:00 stays 09:00 when the clocks change;
    smaller units move the instant."""
    if not isinstance(value, str):
        return None
    try:
        written = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    is_date = len(value.strip()) <= len("2027-01-01")
    try:
        if written.tzinfo is not None:
            return _whole_ms((written + offset.delta()).astimezone(UTC))
        wall = datetime.combine(written.date(), clock) if is_date else written
        if offset.unit in ("days", "weeks"):
            return _whole_ms((wall + offset.delta()).replace(tzinfo=zone).astimezone(UTC))
        return _whole_ms(wall.replace(tzinfo=zone).astimezone(UTC) + offset.delta())
    except OverflowError:
        return None
