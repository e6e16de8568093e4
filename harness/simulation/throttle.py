"""Worlds that limit mail: their rates, their breaker, and the record of what was granted.

A separate random generator chooses them, so that worlds without limits run as they did before
limits existed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from functions.mail.address import domain_of
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.rates import Rate, parse_rate
from functions.service.sending.breaker import BreakerRule
from functions.service.sending.connections import Pool
from functions.service.sending.limiter import Clock, Limiter, Permit
from functions.service.sending.ports import SendingAccounts
from functions.service.sending.rates import Limits, parse_domain_rates
from functions.service.sending.token_bucket import OWN
from harness.fakes.clock import BEGINNING
from harness.simulation.relay import Relay, relay_of
from harness.simulation.story import Violation
from harness.simulation.world import Chance, Grant, World

SENDING_ACCOUNT = "mail.example.com:25"
SHARE = 0.3
"""As a share of all worlds."""


@dataclass(frozen=True, slots=True)
class Throttle:
    limits: Limits
    rule: BreakerRule
    relay: Relay | None = None

    def limiter(self, sending_accounts: SendingAccounts, world: World, worker: str) -> Limiter:
        return _WitnessedLimiter(self, sending_accounts, world, worker)


def throttle_of(seed: int) -> Throttle | None:
    """None in most worlds."""
    chance = Chance(f"throttle of {seed}")
    if chance.random() >= SHARE:
        return None
    domains = chance.choice(["", "example.org=1/s burst 2", "*=20/m", "example.net=1/s, *=5/s"])
    own = chance.choice(["1/s", "3/s burst 2", "60/m burst 10", "500/s", ""])
    throttle = Throttle(
        Limits(parse_rate(own) if own else None, parse_domain_rates(domains)),
        BreakerRule(
            refusals_max=chance.choice([1, 2, 10]),
            open_seconds=chance.choice([2, 30]),
            open_seconds_max=60,
            probe_seconds=chance.choice([5, 60]),
        ),
    )
    return replace(throttle, relay=relay_of(chance))


class _WitnessedLimiter(Limiter):
    def __init__(
        self, throttle: Throttle, sending_accounts: SendingAccounts, world: World, worker: str
    ) -> None:
        super().__init__(
            DEFAULT_WORKSPACE,
            SENDING_ACCOUNT,
            throttle.limits,
            sending_accounts,
            throttle.rule,
            worker=worker,
        )
        self._world = world

    async def ask(
        self, recipients: Mapping[str, str], clock: Clock, pool: Pool | None = None
    ) -> Permit:
        now = BEGINNING

        async def heard() -> datetime:
            nonlocal now
            now = await clock()
            return now

        permit = await super().ask(recipients, heard, pool)
        # Read before the clock was set back, but reported after that, so it belongs to another
        # time.
        is_stale = now > self._world.now()
        for key, address in recipients.items():
            wait = permit.deferrals.get(key)
            if wait is None:
                self._world.grants.append(
                    Grant(self._world.tick, key, domain_of(address), now, is_stale)
                )
            elif wait.at < now:
                self._world.defect(f"{key} is deferred to {wait.at}, which is over")
        self._world.log(f"granted {len(recipients) - len(permit.deferrals)} of {len(recipients)}")
        return permit


def no_rate_is_exceeded(world: World, throttle: Throttle) -> Iterator[Violation]:
    """L1: between any two moments, a bucket grants no more than the rate allows for the time
    between them, plus its burst. When the store's clock is set back, the count starts again.
    """
    by_bucket: dict[str, list[Grant]] = defaultdict(list)
    for grant in (it for it in world.grants if not it.is_stale):
        by_bucket[OWN].append(grant)
        by_bucket[grant.domain].append(grant)
    for name, grants in by_bucket.items():
        rate = throttle.limits.own if name == OWN else throttle.limits.of_domain(name)
        if rate is None:
            continue
        for reign in _between(grants, world.steps_back):
            if (finding := _excess(rate, reign)) is not None:
                yield Violation("L1", name or "account", finding)


def _excess(rate: Rate, grants: list[Grant]) -> str | None:
    times = sorted(it.at for it in grants)
    for first, begin in enumerate(times):
        for last, end in enumerate(times[first:], first):
            span_us = (end - begin) // timedelta(microseconds=1)
            earned = span_us * rate.count // (rate.per_seconds * 1_000_000)
            if last - first + 1 > earned + rate.burst:
                return f"{last - first + 1} granted from {begin} to {end}, at {rate!r}"
    return None


def _between(grants: list[Grant], steps_back: list[int]) -> Iterator[list[Grant]]:
    ticks = [0, *steps_back, 10**12]
    for begin, end in pairwise(ticks):
        yield [it for it in grants if begin < it.tick <= end]


def nothing_goes_ungranted(world: World) -> Iterator[Violation]:
    """L2: every message that the server accepted had its own grant."""
    granted = {it.key for it in world.grants}
    for key, marks in world.marks.items():
        if marks and key not in granted:
            yield Violation("L2", key, "was marked, but nobody asked the limiter")
