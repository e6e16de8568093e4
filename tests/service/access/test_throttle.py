"""What throttles grant, whoever asks, how often and through which process."""

import asyncio
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from functions.service.access import throttle as module
from functions.service.access.throttle import (
    FORGOTTEN_PAGE,
    FORGOTTEN_PAGES_MAX,
    ProcessBuckets,
    Throttle,
    Throttled,
    network_of,
)
from functions.service.errors import CallerError
from functions.service.rates import Rate
from harness.fakes.clock import BEGINNING, FakeClock

ANN, BOB = "ann", "bob"
RATE = Rate(10, 1, 100)
BLOCK = 5
"""A twentieth of the burst."""


class Counted(ProcessBuckets):
    """Stands for the shared buckets."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    async def take(
        self, name: str, now: datetime, cost: timedelta, room: timedelta
    ) -> datetime | None:
        self.asked += 1
        await asyncio.sleep(0)
        return await super().take(name, now, cost, room)


async def is_admitted(throttle: Throttle, clock: FakeClock, caller: str = ANN) -> bool:
    try:
        await throttle.admit(Throttled.REQUEST, caller, clock.at)
    except CallerError:
        return False
    return True


def test_burst_passes_and_then_the_rate() -> None:
    """A caller that is refused can come back when it was told to. Others do not notice."""

    async def story() -> None:
        clock, throttle = FakeClock(), Throttle(request_rate=RATE)
        assert [await is_admitted(throttle, clock) for _ in range(101)] == [*[True] * 100, False]
        assert await is_admitted(throttle, clock, BOB)
        with pytest.raises(CallerError) as caught:
            await throttle.admit(Throttled.REQUEST, ANN, clock.at)
        assert (caught.value.status, caught.value.code) == (429, "too_many_requests")
        assert caught.value.retry_after_seconds == 1
        assert str(caught.value) == "You have sent too many requests. Try again in 1 s."
        clock.advance(1)
        assert [await is_admitted(throttle, clock) for _ in range(11)] == [*[True] * 10, False]

    asyncio.run(story())


def test_most_requests_ask_nobody() -> None:
    """One round trip for a block, none for a caller that is refused, and none without a rate."""

    async def story() -> None:
        clock, buckets = FakeClock(), Counted()
        throttle = Throttle(buckets, RATE)
        for n in range(100):
            assert await is_admitted(throttle, clock)
            assert buckets.asked == n // BLOCK + 1
        for _ in range(9):
            assert not await is_admitted(throttle, clock)
        assert buckets.asked == 100 // BLOCK + 1
        unlimited = Throttle(buckets, None)
        assert all([await is_admitted(unlimited, clock) for _ in range(500)])
        assert buckets.asked == 100 // BLOCK + 1

    asyncio.run(story())


@given(
    some.lists(
        some.tuples(some.integers(0, 2), some.sampled_from([0.0, 0.001, 0.099, 0.3, 7.0])),
        max_size=400,
    )
)
def test_processes_together_grant_no_more_than_the_rate(asks: list[tuple[int, float]]) -> None:
    """From the beginning to any moment: rate × time + burst."""

    async def story() -> None:
        clock, buckets = FakeClock(), ProcessBuckets()
        processes = [Throttle(buckets, RATE) for _ in range(3)]
        granted = 0
        for process, seconds in asks:
            clock.advance(seconds)
            granted += await is_admitted(processes[process], clock)
            passed = (clock.at - BEGINNING) / timedelta(seconds=1)
            assert granted <= RATE.count * passed + RATE.burst + 1e-6

    asyncio.run(story())


def test_caller_at_the_rate_is_never_refused() -> None:
    """Whatever other processes serve it, if the burst covers their blocks."""

    async def story() -> None:
        clock, buckets = FakeClock(), ProcessBuckets()
        processes = [Throttle(buckets, RATE) for _ in range(3)]
        for n in range(500):
            clock.advance(0.1)
            assert await is_admitted(processes[n % 3], clock)

    asyncio.run(story())


def test_requests_at_once_keep_their_blocks() -> None:
    """A block that one of them took is not lost to another."""

    async def story() -> None:
        clock, buckets = FakeClock(), Counted()
        throttle = Throttle(buckets, RATE)
        await asyncio.gather(*(is_admitted(throttle, clock) for _ in range(50)))
        granted = 50
        while await is_admitted(throttle, clock):
            granted += 1
        assert granted == 100

    asyncio.run(story())


def test_clock_that_is_set_back_locks_nobody_out() -> None:
    async def story() -> None:
        clock, throttle = FakeClock(), Throttle(request_rate=RATE)
        while await is_admitted(throttle, clock):
            pass
        clock.advance(-3600)
        assert await is_admitted(throttle, clock)

    asyncio.run(story())


def test_throttle_remembers_no_more_callers_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that asked least recently are forgotten: they may get a burst too many."""

    async def story() -> None:
        monkeypatch.setattr(module, "CALLERS_MAX", 10)
        clock, throttle = FakeClock(), Throttle(request_rate=Rate(1, 60, 1))
        assert await is_admitted(throttle, clock)
        for n in range(9):
            assert await is_admitted(throttle, clock, str(n))
        assert not await is_admitted(throttle, clock)
        for n in range(10):
            await is_admitted(throttle, clock, str(n + 9))
        assert await is_admitted(throttle, clock)

    asyncio.run(story())


class Full(ProcessBuckets):
    """Stands for shared buckets of which many are full."""

    def __init__(self, full: int) -> None:
        super().__init__()
        self.full = full

    async def forget_full(self, now: datetime, limit: int) -> int:
        forgotten = min(self.full, limit)
        self.full -= forgotten
        return forgotten


def test_full_buckets_are_forgotten_in_pages_that_a_sweep_can_afford() -> None:
    async def story() -> None:
        buckets = Full(FORGOTTEN_PAGE * FORGOTTEN_PAGES_MAX + 700)
        for left in (700, 0):
            await Throttle(buckets).forget_full(BEGINNING)
            assert buckets.full == left

    asyncio.run(story())


async def _often(throttle: Throttle, throttled: Throttled, clock: FakeClock) -> None:
    for _ in range(1_000):
        await throttle.admit(throttled, ANN, clock.at)


@pytest.mark.parametrize("throttled", [it for it in Throttled if it is not Throttled.REQUEST])
def test_everything_else_has_a_rate_of_its_own(throttled: Throttled) -> None:
    """And words that say what it is."""

    async def story() -> None:
        clock, throttle = FakeClock(), Throttle()
        with pytest.raises(CallerError) as caught:
            await _often(throttle, throttled, clock)
        assert caught.value.message.endswith(" s.")
        assert ANN not in caught.value.message
        await throttle.admit(throttled, BOB, clock.at)
        await throttle.admit(Throttled.REQUEST, ANN, clock.at)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_network_is_what_the_owner_cannot_choose(address: str, network: str) -> None:
    assert network_of(address) == network
