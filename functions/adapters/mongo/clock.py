"""The server's clock, read rarely: its difference to a local steady clock is kept for a while.

The difference is computed as if the answer had taken no time. So this clock is never ahead of the
server's, and behind by at most the time the answer took; hence no wait ends early.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

REFRESH_SECONDS = 30.0
HOLD_SECONDS_MAX = 1.0
"""If a new reading is behind by no more than this, time stands still until it catches up. A larger
step back was made by the server and is followed, because otherwise all waits would stop."""


class ServerClock:
    def __init__(
        self,
        ask: Callable[[], Awaitable[datetime]],
        *,
        steady: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._ask = ask
        self._steady = steady
        self._wall = wall
        self._lock = asyncio.Lock()
        self._origin: datetime | None = None
        self._steady_at = 0.0
        self._wall_at = 0.0
        self._latest: datetime | None = None

    async def now(self) -> datetime:
        """Whole milliseconds, UTC."""
        if self._is_stale():
            async with self._lock:
                if self._is_stale():
                    await self._refresh()
        assert self._origin is not None
        elapsed = timedelta(seconds=self._steady() - self._steady_at)
        reading = whole_ms(self._origin + elapsed)
        latest = self._latest
        if latest is not None and timedelta() < latest - reading <= timedelta(
            seconds=HOLD_SECONDS_MAX
        ):
            return latest
        self._latest = reading
        return reading

    def _is_stale(self) -> bool:
        if self._origin is None:
            return True
        # In a frozen function or a sleeping laptop the steady clock may have stopped, but the
        # wall clock has not.
        wall_elapsed = self._wall() - self._wall_at
        steady_elapsed = self._steady() - self._steady_at
        return max(steady_elapsed, abs(wall_elapsed)) >= REFRESH_SECONDS

    async def _refresh(self) -> None:
        self._origin = await self._ask()
        self._steady_at = self._steady()
        self._wall_at = self._wall()


def whole_ms(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
