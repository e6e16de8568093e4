"""`emailbuilder migrate` while workers of an earlier version beat, in a real Redis."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from redis.asyncio import Redis

from functions.adapters.sqlite.schema import MIGRATIONS
from harness.servers.redis import new_database
from local.cli.main import app
from local.team import older_workers
from local.team.heartbeats import WorkerBeat, write_worker

AT = datetime(2027, 3, 1, 9, tzinfo=UTC)
OLD = WorkerBeat("old@host", AT, 42, AT, 1000, 61 * 2**20)
NEW = replace(OLD, name="new@host", store_version=len(MIGRATIONS))


@pytest.fixture
def redis_url(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Of a stack whose store was never migrated."""
    url = new_database()
    monkeypatch.setenv("REDIS_URL", url)
    monkeypatch.setenv("STORE_URI", f"sqlite:///{tmp_path / 'store.db'}")
    monkeypatch.setattr(older_workers, "LOOK_EVERY_SECONDS", 0.01)
    return url


def beat(url: str, *beats: WorkerBeat) -> None:
    async def write() -> None:
        async with Redis.from_url(url) as redis:
            for it in beats:
                await write_worker(redis, it)

    asyncio.run(write())


def beat_of_old(url: str) -> None:
    """As a program wrote it that knew no versions of the store."""
    document = {
        "at": AT.isoformat(),
        "pid": OLD.pid,
        "started_at": AT.isoformat(),
        "jobs": OLD.jobs,
        "rss_bytes": OLD.rss_bytes,
    }

    async def write() -> None:
        async with Redis.from_url(url) as redis:
            await redis.set(f"emailbuilder:worker:{OLD.name}", json.dumps(document), ex=15)
            await redis.zadd("emailbuilder:workers", {OLD.name: AT.timestamp()})

    asyncio.run(write())


def migrate() -> Result:
    return CliRunner().invoke(app, ["migrate"])


def test_migration_is_refused_while_older_workers_beat(redis_url: str) -> None:
    """They are named; a worker that says nothing of its version is an older one."""
    beat_of_old(redis_url)
    beat(redis_url, replace(OLD, name="older@host", store_version=1), NEW)
    refused = migrate()
    assert refused.exit_code == 1
    assert "old@host and 1 more" in refused.output
    assert "made the tables" not in refused.output


def test_workers_of_this_version_do_no_harm(redis_url: str) -> None:
    beat(redis_url, NEW)
    assert "made the tables and indexes" in migrate().output


def test_nothing_is_refused_if_there_is_nothing_to_do(redis_url: str) -> None:
    """Older workers of a store that stays as it is may go on."""
    assert migrate().exit_code == 0
    beat(redis_url, OLD)
    assert "Nothing to do" in migrate().output


def test_worker_that_has_stopped_is_waited_for(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last heartbeat outlives it by some seconds."""
    beats = iter([[OLD], [OLD], []])

    async def read(redis: object) -> list[WorkerBeat]:
        return next(beats)

    monkeypatch.setattr(older_workers, "read_workers", read)
    assert migrate().exit_code == 0


def test_migration_goes_on_if_redis_is_away(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers cannot work without it either."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    assert migrate().exit_code == 0
