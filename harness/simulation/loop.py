"""An event loop whose clock jumps to the next timer instead of waiting for it."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

OVERSHOOT_SECONDS = 1e-6
"""Far above the rounding of a clock that has run for years, so that a timer that has fired is
past, and nobody who waits for the rest of a second waits for ever."""


class DeadlockError(RuntimeError):
    """Nothing is ready and no timer is set: the world waits for something that never comes."""


class _Selector(selectors.DefaultSelector):
    """Never waits: the time it was asked to wait for passes at once. Nor does it look: no file
    or socket is part of a simulated world."""

    waited_seconds = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise DeadlockError
        if timeout > 0:
            self.waited_seconds += timeout + OVERSHOOT_SECONDS
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.waited_seconds


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end in virtual time; tasks left over are cancelled."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)
