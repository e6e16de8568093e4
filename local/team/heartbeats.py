"""Heartbeats: workers and sweeps write signs of life to Redis; `doctor` and pages read them.

Nothing depends on them: a lease keeps a lead safe, never a heartbeat. The keys are
`emailbuilder:worker:<name>`, which expires `WORKER_SECONDS_MAX` after the last beat,
`emailbuilder:sweep`, and `emailbuilder:workers` with the names, so that nobody has to scan all keys
of the server.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

WORKER_SECONDS_MAX = 15
WORKERS_MAX = 1000
NAMES_SECONDS_MAX = 3600
"""After this long without a beat, the name is removed, too."""

_SWEEP = "emailbuilder:sweep"
_NAMES = "emailbuilder:workers"


def own_rss_bytes() -> int:
    """Resident memory of this process; 0 if the system does not report it in /proc."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _worker_key(name: str) -> str:
    return f"emailbuilder:worker:{name}"


@dataclass(frozen=True, slots=True)
class WorkerBeat:
    """`jobs`: done since the worker started. `rss_bytes`: its memory. Times are the store's.
    `store_version`: the version of a store that its program writes; 0: an earlier program, which
    does not say."""

    name: str
    at: datetime
    pid: int
    started_at: datetime
    jobs: int
    rss_bytes: int
    store_version: int = 0


@dataclass(frozen=True, slots=True)
class SweepBeat:
    """`by`: the worker that swept."""

    at: datetime
    by: str


async def write_worker(redis: Redis, beat: WorkerBeat) -> None:
    """Call it every few seconds, on the event loop that does the work. One round trip."""
    document = {
        "at": beat.at.isoformat(),
        "pid": beat.pid,
        "started_at": beat.started_at.isoformat(),
        "jobs": beat.jobs,
        "rss_bytes": beat.rss_bytes,
        "store_version": beat.store_version,
    }
    at = beat.at.timestamp()
    async with redis.pipeline(transaction=False) as pipeline:
        pipeline.set(_worker_key(beat.name), json.dumps(document), ex=WORKER_SECONDS_MAX)
        pipeline.zadd(_NAMES, {beat.name: at})
        pipeline.zremrangebyscore(_NAMES, "-inf", at - NAMES_SECONDS_MAX)
        await pipeline.execute()


async def write_sweep(redis: Redis, beat: SweepBeat) -> None:
    """Call it at the end of each sweep. One round trip."""
    await redis.set(_SWEEP, json.dumps({"at": beat.at.isoformat(), "by": beat.by}))


async def read_workers(redis: Redis) -> list[WorkerBeat]:
    """The workers that are alive, by name; unreadable heartbeats are left out. Two round trips."""
    names = [_text(it) for it in await redis.zrevrange(_NAMES, 0, WORKERS_MAX - 1)]
    if not names:
        return []
    written = await redis.mget([_worker_key(name) for name in names])
    beats = [_worker(name, it) for name, it in zip(names, written, strict=True)]
    return sorted((it for it in beats if it is not None), key=lambda it: it.name)


async def read_sweep(redis: Redis) -> SweepBeat | None:
    """None if there was no sweep since Redis was emptied."""
    found = _document(await redis.get(_SWEEP))
    try:
        return SweepBeat(_instant(found["at"]), str(found["by"]))
    except (KeyError, TypeError, ValueError):
        return None


def _worker(name: str, written: bytes | str | None) -> WorkerBeat | None:
    found = _document(written)
    try:
        return WorkerBeat(
            name=name,
            at=_instant(found["at"]),
            pid=int(found["pid"]),
            started_at=_instant(found["started_at"]),
            jobs=int(found["jobs"]),
            rss_bytes=int(found["rss_bytes"]),
            store_version=int(found.get("store_version", 0)),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _document(written: bytes | str | None) -> Mapping[str, Any]:
    """Empty if it is not a document."""
    try:
        document = json.loads(written or "{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _instant(written: str) -> datetime:
    at = datetime.fromisoformat(written)
    if at.tzinfo is None:
        raise ValueError("a time without a time zone")
    return at


def _text(written: object) -> str:
    """Redis clients may or may not decode."""
    return written.decode("utf-8", "replace") if isinstance(written, bytes) else str(written)
