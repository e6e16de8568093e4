"""Token buckets: which messages may go now, and when the others should ask again.

Invariant: over any time t a bucket grants at most rate × t + burst. A message takes one token from
its account's bucket and one from the bucket of its recipient's domain, or neither. Each deferred
message gets its own time, spaced by the rate and never before now, so deferred messages do not
come back all at once. Pure: the time is a parameter, and buckets are values.

A bucket is stored as the time at which it will be full (the generic cell rate algorithm, ITU-T
I.371). That time is exact, because stores truncate times to milliseconds and a third of a second
is no whole number of microseconds, and rounding would grant too much or too little.
This module must not know where buckets are stored or what happens to the messages.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from functions.mail.address import domain_of
from functions.service.rates import SECOND_US, Rate
from functions.service.sending.rates import Limits

OWN = ""
"""The name of the account's own bucket, among those named by domain."""
BUCKETS_MAX = 500
"""If there are more, those that are nearly full are forgotten. Each may then grant one burst too
many."""
DEFERRAL_MAX = timedelta(hours=1)
"""Later estimates are of little use, because rates, campaigns and servers change until then."""
SKEW = timedelta(seconds=5)
"""How far the clocks of two workers may differ. If a bucket would be full later than its rate
allows by more than this, the clock was set back."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MILLISECOND_US = 1000
_DEFERRAL_MAX_US = DEFERRAL_MAX // _MICROSECOND
_SKEW_US = SKEW // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Bucket:
    """`full_at_us`: when all tokens will be back. `part`: the fraction of a microsecond to add to
    it, in units of 1/count of the bucket's rate. `queue_until_us`: until when deferred messages
    are expected to need the tokens. Times are in microseconds since 1970."""

    full_at_us: int
    part: int = 0
    queue_until_us: int = 0


Buckets = Mapping[str, Bucket]
"""By the recipient's domain, or `OWN`. A full bucket that nobody waits for is left out."""


@dataclass(frozen=True, slots=True)
class Deferral:
    """`at`: when to ask again (UTC, whole milliseconds). `reason`: why, for people."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """`buckets`: to be stored. `deferrals`: by key; messages that are not in it may go."""

    buckets: Buckets
    deferrals: Mapping[str, Deferral]


@dataclass(frozen=True, slots=True)
class Level:
    """`tokens`: how many of `burst` could be taken now. `queue_seconds`: how far into the future
    deferred messages are spread."""

    tokens: int
    burst: int
    queue_seconds: float


def decide(
    limits: Limits,
    buckets: Buckets,
    recipients: Mapping[str, str],
    now: datetime,
    *,
    messages_max: int | None = None,
    beyond: Deferral | None = None,
) -> Decision:
    """`recipients`: addresses by key, in the order in which they are served. At most
    `messages_max` of them may go; the others wait until `beyond.at` or later, one after another,
    for its reason."""
    assert messages_max is None or beyond is not None
    batch = _Batch(limits, buckets, now)
    deferrals: dict[str, Deferral] = {}
    for key, address in recipients.items():
        if beyond is not None and messages_max is not None and messages_max <= 0:
            deferrals[key] = Deferral(batch.slot_behind(beyond.at), beyond.reason)
            continue
        wait = batch.take(domain_of(address))
        if wait is not None:
            deferrals[key] = wait
        elif messages_max is not None:
            messages_max -= 1
    return Decision(batch.after(), deferrals)


def level(limits: Limits, buckets: Buckets, name: str, now: datetime) -> Level | None:
    """The level of a domain's bucket, or of `OWN`; None if it is not limited."""
    there = _Batch(limits, buckets, now).bucket(name)
    if there is None:
        return None
    queue_us = max(there.queue_until_us - there.now_us, 0)
    return Level(max(there.free, 0), there.rate.burst, queue_us / SECOND_US)


class _Batch:
    """The buckets while one decision is made."""

    def __init__(self, limits: Limits, buckets: Buckets, now: datetime) -> None:
        self._limits = limits
        self._before = buckets
        self._now_us = (now - _EPOCH) // _MICROSECOND
        self._open: dict[str, _Open | None] = {}

    def bucket(self, name: str) -> "_Open | None":
        if name not in self._open:
            limits = self._limits
            rate = limits.own if name == OWN else limits.of_domain(name)
            before = self._before.get(name, Bucket(0))
            self._open[name] = None if rate is None else _Open(rate, before, self._now_us)
        return self._open[name]

    def take(self, domain: str) -> Deferral | None:
        """None if the message may go."""
        named = ((OWN, "from this account"), (domain, f"to {domain}"))
        asked = [(it, reason) for name, reason in named if (it := self.bucket(name)) is not None]
        lacking = [(it, reason) for it, reason in asked if it.free < 1]
        if not lacking:
            for it, _ in asked:
                it.take()
            return None
        waits = [(it.slot(), f"limit of {it.rate} {reason}") for it, reason in lacking]
        at_us, reason = max(waits)
        return Deferral(_time(at_us), reason)

    def slot_behind(self, at: datetime) -> datetime:
        own = self.bucket(OWN)
        return at if own is None else _time(own.slot((at - _EPOCH) // _MICROSECOND))

    def after(self) -> dict[str, Bucket]:
        """The buckets to store, without those that are full or no longer limited."""
        names = [*self._before, *(name for name in self._open if name not in self._before)]
        kept = dict(self._still_of_use(names))
        if len(kept) <= BUCKETS_MAX:
            return kept
        latest = sorted(kept, key=lambda it: (it == OWN, kept[it].full_at_us, it))[-BUCKETS_MAX:]
        return {name: kept[name] for name in latest}

    def _still_of_use(self, names: list[str]) -> Iterator[tuple[str, Bucket]]:
        for name in names:
            there = self.bucket(name)
            if there is not None and there.is_of_use:
                yield name, there.closed()


class _Open:
    """One bucket while a decision is made. Its times are in units of 1/`count` microsecond, of
    which a token takes a whole number."""

    def __init__(self, rate: Rate, before: Bucket, now_us: int) -> None:
        self.rate = rate
        self.now_us = now_us
        self._token = rate.per_seconds * SECOND_US
        now = now_us * rate.count
        self._latest = now + rate.burst * self._token
        full_at = before.full_at_us * rate.count + min(before.part, rate.count - 1)
        is_set_back = full_at > self._latest + _SKEW_US * rate.count
        self._full_at = self._latest if is_set_back else max(full_at, now)
        self.queue_until_us = min(before.queue_until_us, now_us + _DEFERRAL_MAX_US)

    @property
    def free(self) -> int:
        """Tokens left; below 0 if this worker's clock is behind another's."""
        return (self._latest - self._full_at) // self._token

    @property
    def is_of_use(self) -> bool:
        """Whether it is not full, or deferred messages wait for it."""
        is_full = self._full_at <= self.now_us * self.rate.count
        return not is_full or self.queue_until_us > self.now_us

    def closed(self) -> Bucket:
        return Bucket(*divmod(self._full_at, self.rate.count), self.queue_until_us)

    def take(self) -> None:
        self._full_at += self._token

    def slot(self, not_before_us: int = 0) -> int:
        """When one more message will find a token, behind those that already wait."""
        missing = self._full_at + self._token - self._latest
        next_us = self.now_us + -(-missing // self.rate.count)
        at_us = max(self.queue_until_us, next_us, not_before_us, self.now_us)
        at_us = min(at_us, max(self.now_us + _DEFERRAL_MAX_US, not_before_us))
        self.queue_until_us = at_us + self.rate.interval_us
        return at_us


def _time(at_us: int) -> datetime:
    """Rounded up, because a message that asks a fraction too early finds no token."""
    whole_us = -(-at_us // _MILLISECOND_US) * _MILLISECOND_US
    return _EPOCH + timedelta(microseconds=whole_us)
