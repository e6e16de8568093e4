"""A connection to Redis for what may be forgotten: soon given up, and tried once more at once.

A connection kept from before Redis was restarted is of no use, the next one is.
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
