"""Processor time for the texts of a request.

Invariant: all texts of a request together get no more than `CHECK_SECONDS_MAX`, and one text more:
what has begun is finished. This module must not know flows.
"""

from collections.abc import Callable
from typing import TypeVar

CHECK_SECONDS_MAX = 5.0
"""Of processor time. A usual e-mail takes some milliseconds."""

T = TypeVar("T")


class TextsTooSlowError(Exception):
    """The time is used up. `text`: what took longest; `seconds`: how long, in all."""

    def __init__(self, text: str, seconds: float) -> None:
        super().__init__(f"{seconds:.1f} s")
        self.text = text
        self.seconds = seconds


class Allowance:
    """`clock`: the processor time of the thread that calls. The parts of a request may run in
    several threads, one after the other."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left_seconds = CHECK_SECONDS_MAX
        self._seconds: dict[str, float] = {}

    def spend(self, text: str, work: Callable[[], T]) -> T:
        """Do `work`, which is about `text`. Raises TextsTooSlowError instead if there is no time
        left, and what `work` raises."""
        if self._left_seconds <= 0:
            slowest = max(self._seconds, key=self._seconds.__getitem__)
            raise TextsTooSlowError(slowest, self._seconds[slowest])
        began = self._clock()
        try:
            return work()
        finally:
            seconds = self._clock() - began
            self._left_seconds -= seconds
            self._seconds[text] = self._seconds.get(text, 0.0) + seconds
