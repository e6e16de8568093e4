"""The processor time of threads, and threads beside the event loop."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class ThreadProcessor:
    """A `Processor`."""

    def seconds(self) -> float:
        return time.thread_time()

    async def aside(self, work: Callable[[], T]) -> T:
        return await asyncio.to_thread(work)
