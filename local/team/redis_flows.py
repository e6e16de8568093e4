"""Flow documents in Redis: a worker that starts does not ask the store for what others know.

Invariant: Redis away costs a round trip to the store, never work; an entry ends by itself.
"""

import json
from collections.abc import Awaitable, Mapping
from typing import cast

from redis.exceptions import RedisError

from local.team.redis_client import open_redis

KEY_PREFIX = "emailbuilder:flow:1:"
"""With the version of what lies there: another version of this program never reads it."""
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
