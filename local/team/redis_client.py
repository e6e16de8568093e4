"""A connection to Redis for data that may be lost: it times out soon and retries once at once.

A connection from before a restart of Redis fails, but the next one works.
"""

import asyncio
import logging

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

ANSWER_SECONDS_MAX = 0.5
AWAY_SECONDS = 1.0
"""After a failure Redis is not asked for this long, so that not every caller waits in vain."""


def open_redis(url: str) -> Redis:
    """Belongs to the event loop on which it is first used."""
    return Redis.from_url(
        url,
        socket_timeout=ANSWER_SECONDS_MAX,
        socket_connect_timeout=ANSWER_SECONDS_MAX,
        retry=Retry(NoBackoff(), 1),
    )


class Reach:
    """Whether it is worth asking Redis now. Belongs to one event loop."""

    def __init__(self, logger: logging.Logger, when_away: str, when_back: str) -> None:
        """`when_away`, `when_back`: what follows, for the log."""
        self._logger = logger
        self._when_away = when_away
        self._when_back = when_back
        self._asked_from = 0.0
        """By the loop's clock. Redis is not asked before this time."""
        self._is_away = False

    def may_ask(self) -> bool:
        return asyncio.get_running_loop().time() >= self._asked_from

    def note_away(self, problem: Exception) -> None:
        self._asked_from = asyncio.get_running_loop().time() + AWAY_SECONDS
        if not self._is_away:
            self._is_away = True
            # Only the type: the text names hosts, and may reveal more.
            self._logger.warning(
                "Redis does not answer (%s): %s", type(problem).__name__, self._when_away
            )

    def note_back(self) -> None:
        if self._is_away:
            self._is_away = False
            self._logger.warning("Redis answers again: %s", self._when_back)
