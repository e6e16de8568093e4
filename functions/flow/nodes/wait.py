"""The wait node: a duration, an instant, a weekday and time of day, or a date of the contact.

Invariant: a wait never ends early unless a person ends it, and its end is fixed on arrival, unless
a person has it computed anew with a later flow version: then from the arrival, too.
Daylight saving time: a wall time that is skipped means the instant later by the gap, and a wall
time that occurs twice means the first (PEP 495, fold=0).
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field

from functions.flow.attributes import look_up
from functions.flow.dates import read_anniversary, read_date
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
        return here.arrived_at + self.delta()


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
        today = here.arrived_at.astimezone(zone).date()
        for ahead in range(9):
            day = today + timedelta(days=ahead)
            if day.weekday() in wanted:
                instant = at_wall_time(day, time(hour, minute), zone)
                if instant > here.arrived_at:
                    return instant
        raise AssertionError("some weekday comes within nine days")


def _is_once(occurs: str) -> bool:
    return occurs == "once"


class WaitAttribute(Strict):
    """A date, or date and time, of the contact, moved by `offset`. A date alone means `time`.

    `occurs` yearly: the next anniversary of the date, at `time`, strictly after the arrival. The
    date may lack its year, and 29 February is the 28th in other years. "once" is left out of
    documents, so that versions published before there was a choice stay equal.
    """

    mode: Literal["attribute"]
    attribute: Annotated[str, Field(min_length=1, max_length=100)]
    offset: Offset = Offset(amount=0, unit="days")
    time: Clock = "09:00"
    zone: Zone = "contact"
    if_missing: Literal["end", "continue"] = "end"
    occurs: Annotated[Literal["once", "yearly"], Field(exclude_if=_is_once)] = "once"

    def until(self, here: Here) -> datetime | None:
        value = look_up(here.lead.attributes, self.attribute)
        return self.instant(value, zone_of(self.zone, here), here.arrived_at)

    def instant(self, value: AttributeValue, zone: tzinfo, now: datetime) -> datetime | None:
        """When the wait ends for a contact with this date who arrives `now`; None if it is no
        date."""
        hour, minute = map(int, self.time.split(":"))
        clock = time(hour, minute)
        if self.occurs == "yearly":
            return _next_anniversary(value, clock, zone, self.offset, now)
        return _instant(value, clock, zone, self.offset)


WaitConfiguration = Annotated[
    WaitDuration | WaitUntil | WaitWeekday | WaitAttribute, Field(discriminator="mode")
]


class WaitNode(Switchable):
    LABEL: ClassVar[str] = "Wait"
    type: Literal["wait"] = "wait"
    configuration: WaitConfiguration

    def plan(self, here: Here) -> Plan:
        if here.deadline is not None:
            return ONWARD
        if self.disabled:
            return PASS_ON
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


def at_wall_time(day: date, clock: time, zone: tzinfo) -> datetime:
    """Return the UTC instant of a wall time; the module says what daylight saving time does."""
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def _whole_ms(at: datetime) -> datetime:
    """Round up: stores keep milliseconds, and a wait that is rounded down would end early."""
    return at + timedelta(microseconds=-at.microsecond % 1000)


def zone_of(name: str, here: Here) -> tzinfo:
    """Return the time zone that a `Zone` stands for on this walk."""
    return zone_meant(name, look_up(here.lead.attributes, ZONE_ATTRIBUTE), here.zone)


def zone_meant(name: str, of_contact: AttributeValue, of_campaign: str) -> tzinfo:
    """Return the time zone that a `Zone` stands for. `of_contact`: the attribute's value."""
    if name == "contact":
        return zone_or(of_contact, of_campaign)
    return ZoneInfo(of_campaign if name == "campaign" else name)


def _instant(value: AttributeValue, clock: time, zone: tzinfo, offset: Offset) -> datetime | None:
    written = read_date(value)
    if written is None:
        return None
    at = written.at
    try:
        if at.tzinfo is not None:
            return _whole_ms((at + offset.delta()).astimezone(UTC))
        wall = datetime.combine(at.date(), clock) if written.is_date else at
        return _moved(wall, zone, offset)
    except OverflowError:
        return None


def _next_anniversary(
    value: AttributeValue, clock: time, zone: tzinfo, offset: Offset, now: datetime
) -> datetime | None:
    """Strictly after `now`. The offset may be longer than a year."""
    anniversary = read_anniversary(value)
    if anniversary is None:
        return None
    try:
        first = (now - offset.delta()).year - 1
        for year in range(first, first + 4):
            instant = _moved(datetime.combine(anniversary.in_year(year), clock), zone, offset)
            if instant > now:
                return instant
    except (OverflowError, ValueError):
        return None
    raise AssertionError("an anniversary comes within two years")


def _moved(wall: datetime, zone: tzinfo, offset: Offset) -> datetime:
    """Days and weeks move the calendar date, so that 09:00 stays 09:00 when the clocks change;
    smaller units move the instant."""
    if offset.unit in ("days", "weeks"):
        return _whole_ms((wall + offset.delta()).replace(tzinfo=zone).astimezone(UTC))
    return _whole_ms(wall.replace(tzinfo=zone).astimezone(UTC) + offset.delta())
