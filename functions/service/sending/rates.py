"""The rates of a sending account: its own, and those by the recipient's domain.

This module must not know who asks or where buckets are stored. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from functions.mail.address import domain_key
from functions.service.rates import Rate, RateError, parse_rate, shown

DOMAINS_NAMED_MAX = 100
DOMAIN_CHARS_MAX = 253
OTHERS = "*"
"""In a list by domain: every domain that is not named. Each has its own bucket."""

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)


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


def parse_domain_rates(written: str) -> dict[str, Rate]:
    """`gmail.com=20/s, *=100/m`; empty: none. Raises RateError."""
    rates: dict[str, Rate] = {}
    for part in written.split(",") if written.strip() else ():
        name, equals, rate = part.partition("=")
        domain = domain_key(name.strip())
        if not equals or not _is_domain(domain):
            raise RateError(f"must be written like gmail.com=20/s, *=100/m; not {shown(part)}")
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
