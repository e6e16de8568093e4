"""An event loop whose clock jumps to the next timer instead of waiting for it.

A run has a limit in real seconds. The loop itself ends the run, between two callbacks: an exception
thrown into running code would be taken for an error of the simulated world, and would leave a
database client that waits for ever.
"""

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

OVERSHOOT_SECONDS = 1e-6
"""Far above the rounding error of a clock that has run for years, so that a fired timer is in the
past, and waiting for the rest of a second cannot take for ever.
"""


class DeadlockError(RuntimeError):
    """Nothing is ready and no timer is set: the world waits for something that never happens."""


class OutOfTimeError(BaseException):
    """The run has used up its real seconds. This says nothing about the simulated world, so no code
    in it may handle the error.
    """


class _Selector(selectors.DefaultSelector):
    """Never waits: the requested time passes at once. It also polls nothing, because a simulated
    world has no files or sockets.
    """

    waited_seconds = 0.0
    deadline = float("inf")

    def select(self, timeout: float | None = None) -> list[Any]:
        if time.monotonic() > self.deadline:
            # Only once: the loop keeps running to cancel the remaining tasks.
            self.deadline = float("inf")
            raise OutOfTimeError
        if timeout is None:
            raise DeadlockError
        if timeout > 0:
            self.waited_seconds += timeout + OVERSHOOT_SECONDS
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """`seconds_max`: real time, from now on."""

    def __init__(self, seconds_max: float = float("inf")) -> None:
        self._clock = _Selector()
        self._clock.deadline = time.monotonic() + seconds_max
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.waited_seconds

    def end_at_once(self) -> None:
        """From now on, only callbacks of cancelled tasks run."""
        self._clock.deadline = 0.0


def run(coroutine: Coroutine[Any, Any, T], seconds_max: float = float("inf")) -> T:
    """Run to the end in virtual time and cancel the remaining tasks. Raises OutOfTimeError."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(seconds_max)) as runner:
        return runner.run(coroutine)
