"""A clock that stands still until a test advances it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

BEGINNING = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
"""A Monday. No test depends on the day it runs."""


class FakeClock:
    def __init__(self, at: datetime = BEGINNING) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at


def stopped_at(now: datetime) -> Callable[[], Awaitable[datetime]]:
    """A store's clock that always returns `now`."""

    async def clock() -> datetime:
        return now

    return clock
