"""Workers of an earlier version, which must not write to a store that has been migrated.

Invariant: a worker that stopped without a word is seen for as long as its last heartbeat lasts, so
this waits for that long before it reports one. If Redis does not answer, nobody is seen: workers
cannot beat without it either.
This module must not know what a migration does.
"""

import asyncio
from collections.abc import Awaitable, Callable

from redis.exceptions import RedisError

from local.team.heartbeats import WORKER_SECONDS_MAX, WorkerBeat, read_workers
from local.team.redis_client import open_redis

LOOKS = WORKER_SECONDS_MAX + 2
LOOK_EVERY_SECONDS = 1.0


async def older_workers(
    redis_url: str, version: int, waiting: Callable[[list[str]], None]
) -> list[str]:
    """The names of live workers that know only earlier versions of the store than `version`.
    `waiting`: told their names while it waits for them to be gone."""
    redis = open_redis(redis_url)
    try:
        return await _older(lambda: read_workers(redis), version, waiting)
    except (RedisError, OSError):
        return []
    finally:
        await redis.aclose()


async def _older(
    read: Callable[[], Awaitable[list[WorkerBeat]]],
    version: int,
    waiting: Callable[[list[str]], None],
) -> list[str]:
    names: list[str] = []
    for look in range(LOOKS):
        if look:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        names = [it.name for it in await read() if it.store_version < version]
        if not names:
            return []
        waiting(names)
    return names
