"""An event loop whose clock jumps to the next timer instead of waiting for it.

What runs on it has a limit in real seconds. The loop itself ends the run, between two callbacks:
an exception thrown into whatever code is running would be taken for an error of the simulated
world, and would leave a database client behind that waits for ever.
"""

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

OVERSHOOT_SECONDS = 1e-6
"""Far above the rounding of a clock that has run for years, so that a timer that has fired is
past, and nobody who waits for the rest of a second waits for ever."""


class DeadlockError(RuntimeError):
    """Nothing is ready and no timer is set: the world waits for something that never comes."""


class OutOfTimeError(BaseException):
    """The run has used up its real seconds. It says nothing about the simulated world, in which
    no code may handle it."""


class _Selector(selectors.DefaultSelector):
    """Never waits: the time it was asked to wait for passes at once. Nor does it look: no file
    or socket is part of a simulated world."""

    waited_seconds = 0.0
    deadline = float("inf")

    def select(self, timeout: float | None = None) -> list[Any]:
        if time.monotonic() > self.deadline:
            # Once: the loop runs on to cancel what is left.
            self.deadline = float("inf")
            raise OutOfTimeError
        if timeout is None:
            raise DeadlockError
        if timeout > 0:
            self.waited_seconds += timeout + OVERSHOOT_SECONDS
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """`seconds_max`: of real time, from now on."""

    def __init__(self, seconds_max: float = float("inf")) -> None:
        self._clock = _Selector()
        self._clock.deadline = time.monotonic() + seconds_max
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.waited_seconds

    def end_at_once(self) -> None:
        """No callback runs any more but those of cancelled tasks."""
        self._clock.deadline = 0.0


def run(coroutine: Coroutine[Any, Any, T], seconds_max: float = float("inf")) -> T:
    """Run to the end in virtual time; tasks left over are cancelled. Raises OutOfTimeError."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(seconds_max)) as runner:
        return runner.run(coroutine)
