"""Accounts in Redis while Redis is flushed, restarted or down."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from redis import Redis

from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.rates import parse_rate
from functions.service.sending.limiter import Limiter
from functions.service.sending.rates import Limits
from functions.service.sending.records import SendingAccountState
from functions.service.sending.token_bucket import OWN, Bucket
from harness.fakes.clock import stopped_at
from harness.servers.redis import RedisServer
from local.team import redis_client
from local.team.redis_sending_accounts import KEPT, KEY_PREFIX, RedisSendingAccounts

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
FIRST = SendingAccountState(
    workspace_id=DEFAULT_WORKSPACE, account="a", revision=1, buckets={OWN: Bucket(5)}
)
SECOND = replace(FIRST, revision=2, buckets={OWN: Bucket(7)})


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def _asked_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_client, "AWAY_SECONDS", 0.0)


def test_nothing_stays_for_ever(server: RedisServer) -> None:
    """Each save restarts the expiry."""

    async def story() -> None:
        sending_accounts = RedisSendingAccounts(server.uri)
        assert await sending_accounts.save(FIRST)
        with Redis.from_url(server.uri) as client:
            assert client.keys() == [f"{KEY_PREFIX}default:a".encode()]
            client.expire(f"{KEY_PREFIX}default:a", 10)
            assert await sending_accounts.save(SECOND)
            seconds = client.ttl(f"{KEY_PREFIX}default:a")
        assert 0 <= KEPT.total_seconds() - int(str(seconds)) < 60
        await sending_accounts.close()

    asyncio.run(story())


def test_flushed_redis_starts_afresh(server: RedisServer) -> None:
    """A state read before the flush does not win after it; the next worker starts afresh."""

    async def story() -> None:
        sending_accounts = RedisSendingAccounts(server.uri)
        assert await sending_accounts.save(FIRST)
        with Redis.from_url(server.uri) as client:
            client.flushall()
        assert not await sending_accounts.save(SECOND)
        assert await sending_accounts.find(DEFAULT_WORKSPACE, "a") is None
        assert await sending_accounts.save(FIRST)
        await sending_accounts.close()

    asyncio.run(story())


@pytest.mark.usefixtures("_asked_again_at_once")
def test_redis_that_is_down_leaves_each_process_its_own_bucket(
    server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """In its last known state; sending continues. It is logged once, and once more at the end."""

    async def story() -> None:
        limits = Limits(parse_rate("1/h burst 9"))
        sending_accounts = RedisSendingAccounts(server.uri)
        one, other = (
            Limiter(DEFAULT_WORKSPACE, "a", limits, it)
            for it in (sending_accounts, RedisSendingAccounts(server.uri))
        )

        async def granted(limiter: Limiter, wanted: int) -> int:
            recipients = {str(n): f"p{n}@example.com" for n in range(wanted)}
            return wanted - len((await limiter.ask(recipients, stopped_at(NOW))).deferrals)

        assert await granted(one, 4) == 4
        server.kill()
        assert [await granted(one, 3) for _ in range(3)] == [3, 2, 0]
        # This process had no known state.
        assert await granted(other, 20) == 9
        assert len(caplog.records) == 2
        server.start()
        # It came back empty.
        assert await granted(one, 20) == 9
        assert await granted(other, 20) == 0
        assert [it.levelname for it in caplog.records] == ["WARNING"] * 4
        await one.close()
        await other.close()

    asyncio.run(story())


def test_redis_that_is_down_is_not_asked_for_each_batch(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failure it is not asked for a while, although it may be back."""
    monkeypatch.setattr(redis_client, "AWAY_SECONDS", 3600.0)

    async def story() -> None:
        sending_accounts = RedisSendingAccounts(server.uri)
        assert await sending_accounts.save(FIRST)
        server.kill()
        assert await sending_accounts.find(DEFAULT_WORKSPACE, "a") == FIRST
        assert await sending_accounts.save(SECOND)
        assert not await sending_accounts.save(SECOND)
        server.start()
        assert await sending_accounts.find(DEFAULT_WORKSPACE, "a") == SECOND
        await sending_accounts.close()

    asyncio.run(story())


def test_silent_redis_delays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It accepts the connection but never answers."""
    monkeypatch.setattr(redis_client, "ANSWER_SECONDS_MAX", 0.05)

    async def story() -> None:
        async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            await reader.read()

        async with await asyncio.start_server(silence, "127.0.0.1", 0) as silent:
            port = silent.sockets[0].getsockname()[1]
            sending_accounts = RedisSendingAccounts(f"redis://127.0.0.1:{port}/0")
            assert await sending_accounts.find(DEFAULT_WORKSPACE, "a") is None
            assert await sending_accounts.save(FIRST)
            assert await sending_accounts.find(DEFAULT_WORKSPACE, "a") == FIRST
            await sending_accounts.close()

    asyncio.run(story())
