"""The clock of the MongoDB store: the server's, read rarely, never ahead of it."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from functions.adapters.mongo import MongoStore
from functions.adapters.mongo.clock import ServerClock
from harness.servers.mongo import open_passing
from tests.adapters.store_contract.builders import NOW, at
from tests.adapters.test_mongo_round_trips import trips_of


@dataclass
class FakeTime:
    """A server's clock and two local ones, moved by hand."""

    server: datetime = NOW
    steady: float = 50.0
    wall: float = 1e9
    travel_seconds: float = 0.0
    asked: int = 0

    async def ask(self) -> datetime:
        self.asked += 1
        self.pass_seconds(self.travel_seconds)
        reading = self.server
        self.pass_seconds(self.travel_seconds)
        return reading

    def clock(self) -> ServerClock:
        return ServerClock(self.ask, steady=lambda: self.steady, wall=lambda: self.wall)

    def pass_seconds(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += seconds
        self.server += timedelta(seconds=seconds)


def test_the_clock_is_the_servers_and_asked_for_twice_a_minute() -> None:
    time = FakeTime()

    async def work() -> None:
        clock = time.clock()
        assert await clock.now() == NOW
        time.pass_seconds(29.0004)
        assert await clock.now() == at(29)
        assert time.asked == 1
        time.pass_seconds(1)
        assert await clock.now() == at(30)
        assert time.asked == 2

    asyncio.run(work())


def test_the_clock_is_never_ahead_of_the_server() -> None:
    """However long request and response take: a wait must not end early."""
    time = FakeTime(travel_seconds=3)

    async def work() -> None:
        clock = time.clock()
        assert await clock.now() <= time.server

    asyncio.run(work())


def test_a_small_step_back_lets_the_clock_stand_still() -> None:
    """Until the server's has caught up; it never returns what was before."""
    time = FakeTime()

    async def work() -> None:
        clock = time.clock()
        time.pass_seconds(0)
        latest = await clock.now()
        time.pass_seconds(30)
        time.server = latest - timedelta(milliseconds=400)
        assert await clock.now() == latest
        time.pass_seconds(0.3)
        assert await clock.now() == latest
        time.pass_seconds(0.2)
        assert await clock.now() == latest + timedelta(milliseconds=100)

    asyncio.run(work())


def test_a_large_step_back_is_followed() -> None:
    """A clock that stood still for five minutes would delay every wait."""
    time = FakeTime()

    async def work() -> None:
        clock = time.clock()
        await clock.now()
        time.pass_seconds(30)
        time.server -= timedelta(minutes=5)
        assert await clock.now() == time.server

    asyncio.run(work())


def test_a_frozen_function_asks_again() -> None:
    """Its steady clock stood still for an hour, its wall clock jumped."""
    time = FakeTime()

    async def work() -> None:
        clock = time.clock()
        await clock.now()
        time.wall += 3600
        time.server += timedelta(hours=1)
        assert await clock.now() == at(3600)

    asyncio.run(work())


def test_many_who_ask_at_once_share_one_question() -> None:
    time = FakeTime()

    async def work() -> None:
        clock = time.clock()
        await asyncio.gather(*(clock.now() for _ in range(50)))
        assert time.asked == 1

    asyncio.run(work())


def test_the_stores_clock_costs_one_round_trip_for_many_readings() -> None:
    """Whole milliseconds, aware UTC, close to the server's."""
    heard: list[str] = []

    async def work(store: MongoStore) -> None:
        readings = [await store.now() for _ in range(20)]
        assert readings == sorted(readings)
        assert all(it.microsecond % 1000 == 0 for it in readings)
        assert all(it.utcoffset() == timedelta() for it in readings)
        stored = await store.database.client.admin.command("hello")
        assert abs(readings[-1] - stored["localTime"].replace(tzinfo=UTC)) < timedelta(seconds=2)

    assert asyncio.run(trips_of(work, heard)) == ["store.now", "hello"]


def test_a_simulated_clock_takes_the_servers_place() -> None:
    heard: list[str] = []

    async def work() -> None:
        store = await open_passing(
            clock=lambda: NOW + timedelta(microseconds=700), round_trips=heard.append
        )
        heard.clear()
        assert await store.now() == NOW
        assert heard == []
        await store.close()

    asyncio.run(work())
