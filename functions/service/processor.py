"""The port to the processor: what threads use of it and of memory, and work beside the event loop.

This module must not know threads.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Processor(Protocol):
    def seconds(self) -> float:
        """The processor time that the calling thread has used."""

    def resident_bytes(self) -> int:
        """The memory of this process; 0 if the system does not say."""

    async def aside(self, work: Callable[[], T]) -> T:
        """Do `work` in another thread, so that the event loop goes on. Raises what it raises."""


class _Inline:
    """Measures nothing, and does everything at once."""

    def seconds(self) -> float:
        return 0.0

    def resident_bytes(self) -> int:
        return 0

    async def aside(self, work: Callable[[], T]) -> T:
        return work()


INLINE: Processor = _Inline()
