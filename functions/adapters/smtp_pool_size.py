"""How many connections a mail server takes, found by opening them.

A server that refuses one more connection while others work has told its limit: the pool shrinks to
those that work. After a while one more is tried, each time after a longer while if it is refused.
Invariant: never below one, never above what the settings allow. Pure.
"""

from dataclasses import dataclass, replace

FIRST_PAUSE_SECONDS = 60.0
PAUSE_SECONDS_MAX = 600.0


@dataclass(frozen=True, slots=True)
class PoolSize:
    """`found`: how many the server takes; None if it never refused one. `grows_at`: when one more
    may be tried, by the loop's clock. `pause_seconds`: from a refusal to the next such trial."""

    connections_max: int
    found: int | None = None
    grows_at: float = 0.0
    pause_seconds: float = FIRST_PAUSE_SECONDS

    def at(self, now: float) -> int:
        """How many connections may be open."""
        if self.found is None:
            return self.connections_max
        return min(self.found + (now >= self.grows_at), self.connections_max)


def refused(size: PoolSize, working: int, now: float) -> PoolSize:
    """`working`: connections that are open. If there are none, the refusal says nothing about their
    number."""
    if working < 1:
        return size
    was_trial = size.found is not None and working >= size.found
    pause_seconds = (
        min(size.pause_seconds * 2, PAUSE_SECONDS_MAX) if was_trial else FIRST_PAUSE_SECONDS
    )
    return replace(size, found=working, grows_at=now + pause_seconds, pause_seconds=pause_seconds)


def opened(size: PoolSize, working: int, now: float) -> PoolSize:
    """`working`: connections that are open, with the new one."""
    if size.found is None or working <= size.found:
        return size
    if working >= size.connections_max:
        return PoolSize(size.connections_max)
    return replace(size, found=working, grows_at=now + FIRST_PAUSE_SECONDS)
