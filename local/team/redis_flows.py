"""Flow documents in Redis, so that a worker that starts need not ask the store for flows that
others have loaded.

Invariant: if Redis is down, this costs a round trip to the store and fails nothing; entries expire
by themselves.
"""

import json
from collections.abc import Awaitable, Mapping
from typing import cast

from redis.exceptions import RedisError

from local.team.redis_client import open_redis

KEY_PREFIX = "emailbuilder:flow:1:"
"""Contains the format's version, so that another version of the program never reads it."""
KEPT_SECONDS = 3600


class RedisFlows:
    """Implements `SharedFlows`. Belongs to the event loop on which it is first used."""

    def __init__(self, url: str) -> None:
        self._redis = open_redis(url)

    async def find(self, key: str) -> Mapping[str, object] | None:
        try:
            written = await cast(Awaitable[bytes | None], self._redis.get(KEY_PREFIX + key))
            found = json.loads(written) if written else None
        except (RedisError, OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    async def keep(self, key: str, flow: Mapping[str, object]) -> None:
        try:
            await self._redis.set(KEY_PREFIX + key, json.dumps(flow), ex=KEPT_SECONDS)
        except (RedisError, OSError):
            return

    async def close(self) -> None:
        await self._redis.aclose()
