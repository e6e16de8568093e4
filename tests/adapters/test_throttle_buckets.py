"""Promises of `ThrottleBuckets`, over each store, over Redis and over a process's own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from pathlib import Path
from random import Random  # noqa: TID251 (seeded)
from typing import Any

import pytest

from functions.adapters.collections.access import StoredThrottleBuckets
from functions.service.access.ports import THROTTLE_SKEW, ThrottleBuckets
from functions.service.access.records import ThrottleBucket
from functions.service.access.throttle import ProcessBuckets
from local.team.redis_throttle_buckets import RedisThrottleBuckets
from tests.adapters.port_kinds import PortKind, over, port_kinds

NOW = datetime.now(UTC).replace(microsecond=123_000)  # noqa: TID251 (Redis expires by its own clock)
COST = timedelta(seconds=10)
ROOM = 3 * COST
MILLISECOND = timedelta(milliseconds=1)


@asynccontextmanager
async def _own(_: Path) -> AsyncIterator[ThrottleBuckets]:
    yield ProcessBuckets()


KINDS = [
    *port_kinds(attrgetter("throttle_buckets"), RedisThrottleBuckets),
    PortKind("process", _own),
]


def over_all(
    scenario: Callable[[ThrottleBuckets], Awaitable[None]],
) -> Callable[[PortKind[ThrottleBuckets], Path], None]:
    return over(KINDS, scenario)


def over_stores(
    scenario: Callable[[ThrottleBuckets], Awaitable[None]],
) -> Callable[[PortKind[ThrottleBuckets], Path], None]:
    """Over those that forget nothing by themselves."""
    return over([it for it in KINDS if it.name not in ("redis", "process")], scenario)


@over_all
async def test_bucket_gives_its_burst_and_then_what_flows_in(buckets: ThrottleBuckets) -> None:
    """Each refusal changes nothing, and a bucket by another name is another bucket."""
    for _ in range(3):
        assert await buckets.take("a", NOW, COST, ROOM) is None
    for _ in range(2):
        assert await buckets.take("a", NOW + MILLISECOND, COST, ROOM) == NOW + ROOM
    assert await buckets.take("b", NOW, COST, ROOM) is None
    assert await buckets.take("a", NOW + COST - MILLISECOND, COST, ROOM) == NOW + ROOM
    assert await buckets.take("a", NOW + COST, COST, ROOM) is None
    assert await buckets.take("a", NOW + COST, COST, ROOM) == NOW + ROOM + COST


@over_all
async def test_bucket_that_rested_holds_no_more_than_its_burst(buckets: ThrottleBuckets) -> None:
    await buckets.take("a", NOW, COST, ROOM)
    later = NOW + timedelta(days=1)
    for _ in range(3):
        assert await buckets.take("a", later, COST, ROOM) is None
    assert await buckets.take("a", later, COST, ROOM) == later + ROOM


@over_all
async def test_clock_that_is_set_back_locks_nobody_out(buckets: ThrottleBuckets) -> None:
    """But processes whose clocks differ a little share a bucket."""
    for _ in range(3):
        await buckets.take("a", NOW, COST, ROOM)
    slower = NOW - THROTTLE_SKEW
    assert await buckets.take("a", slower, COST, ROOM) == NOW + ROOM
    before = slower - MILLISECOND
    for _ in range(3):
        assert await buckets.take("a", before, COST, ROOM) is None
    assert await buckets.take("a", before, COST, ROOM) == before + ROOM


@over_all
async def test_takers_at_once_get_no_more_than_there_is(buckets: ThrottleBuckets) -> None:
    """Whether or not the bucket is stored yet."""
    for now in (NOW, NOW + ROOM):
        taken = await asyncio.gather(*(buckets.take("a", now, COST, ROOM) for _ in range(8)))
        assert taken.count(None) == 3
        assert set(taken) == {None, now + ROOM}


@over_all
async def test_full_buckets_are_forgotten_and_others_stay(buckets: ThrottleBuckets) -> None:
    for _ in range(3):
        await buckets.take("a", NOW, COST, ROOM)
    await buckets.take("b", NOW, COST, ROOM)
    await buckets.forget_full(NOW + 2 * COST, 10)
    assert await buckets.take("a", NOW, COST, ROOM) == NOW + ROOM
    await buckets.forget_full(NOW + 9 * COST, 10)
    assert await buckets.take("a", NOW + 9 * COST, COST, ROOM) is None


@over_stores
async def test_no_more_full_buckets_are_forgotten_than_allowed(buckets: ThrottleBuckets) -> None:
    """Those that have been full longest go first."""
    for number in range(5):
        await buckets.take(str(number), NOW + number * MILLISECOND, COST, ROOM)
    later = NOW + 2 * COST
    assert await buckets.forget_full(NOW + COST + MILLISECOND, 10) == 1
    assert await buckets.forget_full(later, 3) == 3
    assert await buckets.forget_full(later, 3) == 1
    assert await buckets.forget_full(later, 3) == 0


@over_stores
async def test_bucket_that_is_taken_from_while_full_ones_are_forgotten_stays(
    buckets: ThrottleBuckets,
) -> None:
    """A store finds the full buckets before it deletes them."""
    assert isinstance(buckets, StoredThrottleBuckets)
    await buckets.take("a", NOW, COST, ROOM)
    later = NOW + 2 * COST
    find = buckets._table.find

    async def found_and_taken_from(*asked: Any, **how: Any) -> list[ThrottleBucket]:
        found = await find(*asked, **how)
        await buckets.take("a", later, ROOM, ROOM)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buckets._table, "find", found_and_taken_from)
        assert await buckets.forget_full(later, 10) == 0
    assert await buckets.take("a", later, COST, ROOM) == later + ROOM


@over_all
async def test_buckets_agree_with_the_plain_computation(buckets: ThrottleBuckets) -> None:
    """At random times, also backwards, with costs and rooms that change as settings do."""
    chance, model = Random(7), ProcessBuckets()
    now = NOW
    for _ in range(60):
        now += chance.randrange(-3_000, 9_000) * MILLISECOND
        cost = chance.choice([1, 999, 10_000]) * MILLISECOND
        asked = (chance.choice("ab"), now, cost, chance.choice([10_000, 25_000]) * MILLISECOND)
        assert await buckets.take(*asked) == await model.take(*asked)
