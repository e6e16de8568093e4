"""The buckets of throttles in Redis, shared by all backends.

Invariant: no request waits for Redis. If it does not answer, this process throttles alone until it
is back. A bucket expires by itself when it is full; an empty Redis has full buckets.
"""

import logging
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import cast

from redis.exceptions import RedisError

from functions.service.access.ports import THROTTLE_SKEW
from functions.service.access.throttle import ProcessBuckets
from local.team.redis_client import Reach, open_redis

KEY_PREFIX = "throttle:1:"
"""Contains the format's version, so that another version of the program never reads it."""

_TAKE = """
local now, cost = tonumber(ARGV[1]), tonumber(ARGV[2])
local room, skew = tonumber(ARGV[3]), tonumber(ARGV[4])
local full_at = tonumber(redis.call('GET', KEYS[1]) or now)
if full_at <= now or full_at > now + room + skew then full_at = now end
if full_at + cost > now + room then return full_at - now end
local later = string.format('%.0f', full_at + cost)
redis.call('SET', KEYS[1], later, 'PX', full_at + cost - now + skew)
return -1
"""
_MILLISECOND = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

logger = logging.getLogger(__name__)


class RedisThrottleBuckets:
    """Implements `ThrottleBuckets`. Belongs to the event loop on which it is first used."""

    def __init__(self, url: str) -> None:
        self._redis = open_redis(url)
        self._own = ProcessBuckets()
        self._reach = Reach(
            logger,
            "until it does, this process throttles requests alone",
            "all backends share the throttles",
        )

    async def take(
        self, name: str, now: datetime, cost: timedelta, room: timedelta
    ) -> datetime | None:
        if self._reach.may_ask():
            times = (now - _EPOCH, cost, room, THROTTLE_SKEW)
            values = [str(it // _MILLISECOND) for it in times]
            asked = self._redis.eval(_TAKE, 1, KEY_PREFIX + name, *values)
            try:
                later_ms = await cast(Awaitable[int], asked)
            except (RedisError, OSError) as problem:
                self._reach.note_away(problem)
            else:
                self._reach.note_back()
                return None if later_ms < 0 else now + later_ms * _MILLISECOND
        return await self._own.take(name, now, cost, room)

    async def forget_full(self, now: datetime, limit: int) -> int:
        """Does nothing: they expire."""
        return 0

    async def close(self) -> None:
        await self._redis.aclose()
