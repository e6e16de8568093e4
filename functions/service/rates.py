"""Rates as people write them: `50/s`, `1000/m burst 100`, or `off`.

Invariant: the bucket of every rate accepted here refills within a day, so a cache that forgets an
account after two days loses nothing.
This module must not know who asks or what is limited. Pure.
"""

import re
from dataclasses import dataclass

SECOND_US = 1_000_000
PER_SECOND_MAX = 1_000_000
FILLING_SECONDS_MAX = 86_400
OFF = "off"

_UNITS = {"s": (1, "a second"), "m": (60, "a minute"), "h": (3600, "an hour")}
_RATE = re.compile(r"(\d{1,12})\s*/\s*([smh])(?:\s+burst\s+(\d{1,12}))?", re.ASCII)


class RateError(ValueError):
    """A rate that cannot be read. The message says what would be right."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` in `per_seconds`. `burst`: how many at once after a rest."""

    count: int
    per_seconds: int
    burst: int

    def __str__(self) -> str:
        return f"{self.count} {next(it for n, it in _UNITS.values() if n == self.per_seconds)}"

    @property
    def interval_us(self) -> int:
        """The time between two, rounded up."""
        return -(-self.per_seconds * SECOND_US // self.count)


def parse_rate(written: str) -> Rate:
    """If no burst is given, it is one second's worth, and at least 1. Raises RateError."""
    match = _RATE.fullmatch(written.strip())
    if match is None:
        raise RateError(
            "must be written like 50/s, 1000/m or 100000/h, optionally with a burst as in "
            f"50/s burst 100; not {shown(written)}"
        )
    count, burst_written = int(match[1]), match[3]
    per_seconds, _ = _UNITS[match[2]]
    if count < 1 or (burst_written is not None and int(burst_written) < 1):
        raise RateError(f"must allow at least 1, not {shown(written)}")
    if count > PER_SECOND_MAX * per_seconds:
        raise RateError(f"must be at most {PER_SECOND_MAX}/s, not {shown(written)}")
    burst = int(burst_written) if burst_written else -(-count // per_seconds)
    if burst * per_seconds > FILLING_SECONDS_MAX * count:
        raise RateError(
            f"must have a burst that refills within a day, at most "
            f"{FILLING_SECONDS_MAX * count // per_seconds}, not {shown(written)}"
        )
    return Rate(count, per_seconds, burst)


def parse_rate_or_off(written: str) -> Rate | None:
    """None for `off`. Raises RateError."""
    return None if written.strip().lower() == OFF else parse_rate(written)


def shown(written: str) -> str:
    """For messages: quoted, and not too long."""
    return repr(written.strip()[:60])
