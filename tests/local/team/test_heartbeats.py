"""Heartbeats, in a real Redis."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from harness.servers.redis import new_database
from local.team.heartbeats import (
    NAMES_SECONDS_MAX,
    WORKER_SECONDS_MAX,
    SweepBeat,
    WorkerBeat,
    read_sweep,
    read_workers,
    write_sweep,
    write_worker,
)

AT = datetime(2027, 3, 1, 9, 0, 0, 250_000, tzinfo=UTC)
BEAT = WorkerBeat("w1", AT, 42, AT - timedelta(hours=1), 1000, 61 * 2**20)


def run(test: Callable[[Redis], Awaitable[None]]) -> None:
    """With an empty Redis."""

    async def inner() -> None:
        async with Redis.from_url(new_database()) as redis:
            await test(redis)

    asyncio.run(inner())


def test_beats_come_back_as_they_were() -> None:
    """The latest of each worker, by name."""

    async def test(redis: Redis) -> None:
        assert (await read_workers(redis), await read_sweep(redis)) == ([], None)
        other = replace(BEAT, name="w0@häst", jobs=7)
        for beat in (BEAT, other, replace(BEAT, jobs=1001)):
            await write_worker(redis, beat)
        assert await read_workers(redis) == [other, replace(BEAT, jobs=1001)]
        await write_sweep(redis, SweepBeat(AT, "w1"))
        assert await read_sweep(redis) == SweepBeat(AT, "w1")

    run(test)


def test_worker_that_beats_no_more_is_gone() -> None:
    """Its key expires; other workers remove its name."""

    async def test(redis: Redis) -> None:
        await write_worker(redis, BEAT)
        assert 0 < await redis.ttl("emailbuilder:worker:w1") <= WORKER_SECONDS_MAX
        await redis.delete("emailbuilder:worker:w1")
        assert await read_workers(redis) == []
        assert await redis.zcard("emailbuilder:workers") == 1
        later = AT + timedelta(seconds=NAMES_SECONDS_MAX + 1)
        await write_worker(redis, replace(BEAT, name="w2", at=later))
        assert await redis.zrange("emailbuilder:workers", 0, -1) == [b"w2"]

    run(test)


GARBAGE = ["", "{", "7", "[]", "null", "{}", '{"at": "soon", "by": "w"}', '{"at": 7, "by": "w"}']


@pytest.mark.parametrize("written", [*GARBAGE, '{"at": "2027-03-01T09:00:00", "by": "w"}'])
def test_unreadable_heartbeat_is_left_out(written: str) -> None:
    """Other programs may write to the same Redis, and earlier versions did."""

    async def test(redis: Redis) -> None:
        await write_worker(redis, BEAT)
        await write_worker(redis, replace(BEAT, name="w2"))
        await redis.set("emailbuilder:worker:w1", written)
        await redis.set("emailbuilder:sweep", written)
        assert [it.name for it in await read_workers(redis)] == ["w2"]
        assert await read_sweep(redis) is None

    run(test)
