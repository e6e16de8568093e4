"""Throttles: how often a caller may do something, by token buckets that all processes share.

Invariant: over any time t, all processes together grant at most rate × t + burst tokens. A process
takes a block of them at once, a twentieth of the burst, and uses it up request by request, so that
most requests cost no round trip, and one that passes costs at most one. After a refusal, which says
how long to wait, the process refuses the caller from memory until then.
Mail has other buckets (`sending/token_bucket.py`): they queue what has to wait, where these refuse
it and forget it. Unsubscribing is never throttled. Tracking events need no bucket, because the ids
of their records bound them (`tracking/record_tracking_event.py`).
This module must not know HTTP or where buckets are stored.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address
from typing import TypeVar

from functions.service.access.ports import THROTTLE_SKEW, ThrottleBuckets
from functions.service.errors import CallerError
from functions.service.rates import Rate

CALLERS_MAX = 10_000
"""Of so many callers a process remembers what it holds, and buckets of its own. Another one takes
the place of the one that asked least recently."""
FORGOTTEN_PAGE = 500
FORGOTTEN_PAGES_MAX = 40
"""Of one sweep. Each bucket was taken from by a request; those that are left wait for the next."""
NETWORK_BITS = 64
"""The part of an IPv6 address that its owner cannot choose."""

_BLOCKS_PER_BURST = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

V = TypeVar("V")


class Throttled(StrEnum):
    """What is throttled. Each caller has a bucket for each."""

    REQUEST = "request"
    """Of the API, by API token or session."""
    WRONG_TOKEN = "wrong-token"  # noqa: S105 (no token)
    """By network."""
    SIGN_IN = "sign-in"
    """By network."""
    SIGN_IN_WITH_TOKEN = "sign-in-token"  # noqa: S105 (no token)
    """By API token."""
    TEST_SEND = "test-send"
    """By workspace."""


_RATES: Mapping[Throttled, Rate] = {
    Throttled.WRONG_TOKEN: Rate(30, 60, 30),
    Throttled.SIGN_IN: Rate(30, 60, 30),
    Throttled.SIGN_IN_WITH_TOKEN: Rate(60, 60, 60),
    Throttled.TEST_SEND: Rate(30, 60, 30),
}
_MESSAGES: Mapping[Throttled, str] = {
    Throttled.REQUEST: "You have sent too many requests",
    Throttled.WRONG_TOKEN: "Your address has sent too many requests with a wrong API token",
    Throttled.SIGN_IN: "Somebody has tried to sign in too often from your address",
    Throttled.SIGN_IN_WITH_TOKEN: "Somebody has signed in too often with this API token",
    Throttled.TEST_SEND: "Too many tests have been sent",
}


@dataclass(frozen=True, slots=True)
class _Held:
    """What this process holds for a caller: tokens that it has taken, or a refusal."""

    tokens: int = 0
    refused_until: datetime = _EPOCH

    def is_refused(self, now: datetime, rate: Rate) -> bool:
        """A refusal of a clock that was set back does not count."""
        return now < self.refused_until <= now + _filling(rate) + THROTTLE_SKEW


class ProcessBuckets:
    """Buckets of this process alone: for tests, and while the shared ones are away."""

    def __init__(self) -> None:
        self._full_at: OrderedDict[str, datetime] = OrderedDict()

    async def take(
        self, name: str, now: datetime, cost: timedelta, room: timedelta
    ) -> datetime | None:
        full_at = self._full_at.get(name, now)
        if not now < full_at <= now + room + THROTTLE_SKEW:
            full_at = now
        if full_at + cost > now + room:
            return full_at
        _keep(self._full_at, name, full_at + cost)
        return None

    async def forget_full(self, now: datetime, limit: int) -> int:
        """Does nothing: there is a bound on their number."""
        return 0

    async def close(self) -> None:
        """Does nothing: there is no connection."""


class Throttle:
    """One per process and event loop."""

    def __init__(
        self, buckets: ThrottleBuckets | None = None, request_rate: Rate | None = None
    ) -> None:
        """`buckets`: None: this process's own. `request_rate`: of each API token or session; None:
        unlimited."""
        self._buckets = buckets or ProcessBuckets()
        self._rates: dict[Throttled, Rate | None] = {**_RATES, Throttled.REQUEST: request_rate}
        self._held: OrderedDict[str, _Held] = OrderedDict()

    async def admit(self, throttled: Throttled, caller: str, now: datetime) -> None:
        """`caller`: contains no secret. Raises CallerError 429."""
        rate = self._rates[throttled]
        if rate is None:
            return
        name = f"{throttled}:{caller}"
        held = self._held.get(name, _Held())
        if held.tokens == 0 and not held.is_refused(now, rate):
            taken = await self._take(name, rate, now)
            # Another request of the same caller may have taken a block meanwhile.
            held = self._held.get(name, _Held())
            held = replace(taken, tokens=held.tokens + taken.tokens)
        if held.tokens == 0:
            _keep(self._held, name, held)
            raise _refusal(throttled, held.refused_until - now)
        _keep(self._held, name, replace(held, tokens=held.tokens - 1))

    async def forget_full(self, now: datetime) -> None:
        """Forget shared buckets that nobody misses: page by page, and not without end. The next
        call goes on."""
        for _ in range(FORGOTTEN_PAGES_MAX):
            if await self._buckets.forget_full(now, FORGOTTEN_PAGE) < FORGOTTEN_PAGE:
                return

    async def close(self) -> None:
        await self._buckets.close()

    async def _take(self, name: str, rate: Rate, now: datetime) -> _Held:
        tokens = max(rate.burst // _BLOCKS_PER_BURST, 1)
        cost, room = _time_for(tokens, rate), _filling(rate)
        full_at = await self._buckets.take(name, now, cost, room)
        return _Held(tokens) if full_at is None else _Held(refused_until=full_at + cost - room)


def network_of(address: str) -> str:
    """The network that an IP address belongs to, as far as its owner may choose the rest."""
    try:
        it = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(it, IPv6Address):
        return str(it)
    if it.ipv4_mapped is not None:
        return str(it.ipv4_mapped)
    hosts = 128 - NETWORK_BITS
    return str(IPv6Address(int(it) >> hosts << hosts))


def _filling(rate: Rate) -> timedelta:
    """How long an empty bucket takes to fill."""
    return _time_for(rate.burst, rate)


def _time_for(tokens: int, rate: Rate) -> timedelta:
    """In whole milliseconds, because stores cut times; rounded up, so that none is free."""
    return timedelta(milliseconds=-(-tokens * rate.per_seconds * 1_000 // rate.count))


def _refusal(throttled: Throttled, wait: timedelta) -> CallerError:
    seconds = max(-(-wait // timedelta(seconds=1)), 1)
    message = f"{_MESSAGES[throttled]}. Try again in {seconds} s."
    return CallerError(429, "too_many_requests", message, retry_after_seconds=seconds)


def _keep(kept: OrderedDict[str, V], name: str, value: V) -> None:
    kept[name] = value
    kept.move_to_end(name)
    while len(kept) > CALLERS_MAX:
        kept.popitem(last=False)
