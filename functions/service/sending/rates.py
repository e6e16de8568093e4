"""Rates as people write them: `50/s`, `1000/m burst 100`, and a list of them by domain.

Invariant: the bucket of every rate accepted here refills within a day, so a cache that forgets an
account after two days loses nothing.
This module must not know who asks or what is limited. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from functions.mail.address import domain_key

SECOND_US = 1_000_000
PER_SECOND_MAX = 1_000_000
FILLING_SECONDS_MAX = 86_400
DOMAINS_NAMED_MAX = 100
DOMAIN_CHARS_MAX = 253
OTHERS = "*"
"""In a list by domain: every domain that is not named. Each has its own bucket."""
OFF = "off"

_UNITS = {"s": (1, "a second"), "m": (60, "a minute"), "h": (3600, "an hour")}
_RATE = re.compile(r"(\d{1,12})\s*/\s*([smh])(?:\s+burst\s+(\d{1,12}))?", re.ASCII)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)


class RateError(ValueError):
    """A rate that cannot be read. The message says what would be right."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` messages in `per_seconds`. `burst`: how many may go at once after a rest."""

    count: int
    per_seconds: int
    burst: int

    def __str__(self) -> str:
        return f"{self.count} {next(it for n, it in _UNITS.values() if n == self.per_seconds)}"

    @property
    def interval_us(self) -> int:
        """The time between two messages, rounded up."""
        return -(-self.per_seconds * SECOND_US // self.count)


@dataclass(frozen=True, slots=True)
class Limits:
    """`own`: the rate of the whole account; None: unlimited. `domains`: by the key of the
    recipient's domain, or `*`."""

    own: Rate | None = None
    domains: Mapping[str, Rate] = field(default_factory=dict)

    @property
    def are_off(self) -> bool:
        return self.own is None and not self.domains

    def of_domain(self, domain: str) -> Rate | None:
        return self.domains.get(domain) or self.domains.get(OTHERS)


def at_most(limits: Limits, per_second: float | None) -> Limits:
    """The limits of an account whose mail server says how many messages a second it takes; None: it
    does not say."""
    if per_second is None:
        return limits
    per_seconds = 1 if per_second >= 1 else 3600
    granted = Rate(max(int(per_second * per_seconds), 1), per_seconds, max(int(per_second), 1))
    if limits.own is not None and limits.own.interval_us >= granted.interval_us:
        return limits
    return replace(limits, own=granted)


def parse_rate(written: str) -> Rate:
    """If no burst is given, it is one second's worth, and at least 1. Raises RateError."""
    match = _RATE.fullmatch(written.strip())
    if match is None:
        raise RateError(
            "must be written like 50/s, 1000/m or 100000/h, optionally with a burst as in "
            f"50/s burst 100; not {_shown(written)}"
        )
    count, burst_written = int(match[1]), match[3]
    per_seconds, _ = _UNITS[match[2]]
    if count < 1 or (burst_written is not None and int(burst_written) < 1):
        raise RateError(f"must allow at least 1, not {_shown(written)}")
    if count > PER_SECOND_MAX * per_seconds:
        raise RateError(f"must be at most {PER_SECOND_MAX}/s, not {_shown(written)}")
    burst = int(burst_written) if burst_written else -(-count // per_seconds)
    if burst * per_seconds > FILLING_SECONDS_MAX * count:
        raise RateError(
            f"must have a burst that refills within a day, at most "
            f"{FILLING_SECONDS_MAX * count // per_seconds}, not {_shown(written)}"
        )
    return Rate(count, per_seconds, burst)


def parse_send_rate(written: str) -> Rate | None:
    """None for `off`. Raises RateError."""
    return None if written.strip().lower() == OFF else parse_rate(written)


def parse_domain_rates(written: str) -> dict[str, Rate]:
    """`gmail.com=20/s, *=100/m`; empty: none. Raises RateError."""
    rates: dict[str, Rate] = {}
    for part in written.split(",") if written.strip() else ():
        name, equals, rate = part.partition("=")
        domain = domain_key(name.strip())
        if not equals or not _is_domain(domain):
            raise RateError(f"must be written like gmail.com=20/s, *=100/m; not {_shown(part)}")
        if domain in rates:
            raise RateError(f"must name {domain} only once")
        try:
            rates[domain] = parse_rate(rate)
        except RateError as fault:
            raise RateError(f"for {domain} {fault}") from None
    if len(rates) > DOMAINS_NAMED_MAX:
        raise RateError(f"must name at most {DOMAINS_NAMED_MAX} domains, not {len(rates)}")
    return rates


def _is_domain(name: str) -> bool:
    return name == OTHERS or (len(name) <= DOMAIN_CHARS_MAX and bool(_DOMAIN.fullmatch(name)))


def _shown(written: str) -> str:
    return repr(written.strip()[:60])
