"""The composed program: services created once per event loop, and a loop for callers without one.

Invariant: a store client is used on one event loop only, so each loop gets its own services. This
module must not know adapters or settings: it is given `compose`.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from functions.service.services import Services

T = TypeVar("T")

Compose = Callable[[], Awaitable[Services]]


class Composition:
    """Creates the services of a loop on first use, and closes them."""

    def __init__(self, compose: Compose) -> None:
        self._compose = compose
        self._services: dict[asyncio.AbstractEventLoop, asyncio.Task[Services]] = {}

    async def services(self) -> Services:
        loop = asyncio.get_running_loop()
        if loop not in self._services:
            self._services[loop] = asyncio.ensure_future(self._made())
        try:
            return await asyncio.shield(self._services[loop])
        except Exception:
            # The next caller tries again, because the store may be back by then.
            self._services.pop(loop, None)
            raise

    async def _made(self) -> Services:
        return await self._compose()

    async def close(self) -> None:
        """Close the services of this loop."""
        made = self._services.pop(asyncio.get_running_loop(), None)
        if made is not None:
            services = await made
            await services.dispatcher.close()
            await services.dead_letters.close()
            await services.doctor.close()
            await services.transport.close()
            await services.limiter.close()
            await services.sessions.close()
            await services.throttle.close()
            await services.flows.close()
            await services.store.close()


class Runtime:
    """An event loop in its own thread, for handlers that are called synchronously."""

    def __init__(
        self,
        composition: Composition,
        new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
    ) -> None:
        self._composition = composition
        self._loop = new_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="services-loop", daemon=True
        )
        self._thread.start()

    @property
    def services(self) -> Services:
        return self.run(self._composition.services())

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run the coroutine and return its result. May be called from any thread except the
        loop's."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def close(self) -> None:
        """Close the services and stop the loop."""
        self.run(self._composition.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
