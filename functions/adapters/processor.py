"""The processor time of threads, the memory of the process, and threads beside the event loop."""

import asyncio
import time
from collections.abc import Callable
from mmap import PAGESIZE
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_STATM = Path("/proc/self/statm")


class ThreadProcessor:
    """A `Processor`."""

    def seconds(self) -> float:
        return time.thread_time()

    def resident_bytes(self) -> int:
        """From proc(5), which only Linux has."""
        try:
            pages = _STATM.read_bytes().split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * PAGESIZE

    async def aside(self, work: Callable[[], T]) -> T:
        return await asyncio.to_thread(work)
