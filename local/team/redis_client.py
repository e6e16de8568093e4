"""A connection to Redis for data that may be lost: it times out soon and retries once at once.

A connection from before a restart of Redis fails, but the next one works.
"""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

ANSWER_SECONDS_MAX = 0.5


def open_redis(url: str) -> Redis:
    """Belongs to the event loop on which it is first used."""
    return Redis.from_url(
        url,
        socket_timeout=ANSWER_SECONDS_MAX,
        socket_connect_timeout=ANSWER_SECONDS_MAX,
        retry=Retry(NoBackoff(), 1),
    )
