"""Durations as people write them, and time zones by name.

Invariant: an accepted duration is bounded, so that adding it to a date of this century never
overflows; an accepted time zone can be loaded.
"""

from datetime import timedelta, tzinfo
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from functions.flow.nodes.plan import Strict
from functions.flow.zones import find_zone

Unit = Literal["seconds", "minutes", "hours", "days", "weeks"]

DURATION_MAX = timedelta(days=5 * 366)


def _plural(value: object) -> object:
    """`day`, `Day` and `days` are the same unit."""
    if isinstance(value, str):
        unit = value.strip().lower()
        return unit if unit.endswith("s") else unit + "s"
    return value


UnitField = Annotated[Unit, BeforeValidator(_plural)]


class Offset(Strict):
    """A signed duration; a day is 24 hours."""

    amount: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
    unit: UnitField

    @model_validator(mode="after")
    def _bounded(self) -> "Offset":
        if abs(self.delta()) > DURATION_MAX:
            raise ValueError("must not be longer than five years: choose a shorter time")
        return self

    def delta(self) -> timedelta:
        return timedelta(**{self.unit: self.amount})


class Duration(Offset):
    """A duration from 1 second to five years."""

    amount: Annotated[int, Field(ge=1, le=1_000_000)]


def known_zone(name: str) -> str:
    """Raises ValueError with a message for people."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as problem:
        raise ValueError(
            f"{name!r} is not a time zone: use a name such as Europe/Berlin, or UTC"
        ) from problem
    return name


ZoneName = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(known_zone)]


def zone_or(name: object, fallback: str) -> tzinfo:
    """Return the time zone `name`, or `fallback` if it is missing or unknown."""
    found = find_zone(name) if isinstance(name, str) and name else None
    return found or ZoneInfo(fallback)
