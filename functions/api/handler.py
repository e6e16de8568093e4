"""The API function: API Gateway events into the application, by way of Mangum.

`app` is the same application for any ASGI server. What it is composed of is asked for at the
first request; `use` gives it another composition, as the emulation and tests do.
"""

import asyncio

from mangum import Mangum
from mangum.types import LambdaContext, LambdaEvent

from functions import wiring
from functions.api.app import create_app
from functions.api.guard import ServicesSource
from functions.service.services import Services


class CompositionSlot:
    """The composition the app works with: the deployed one, unless it was given another."""

    def __init__(self) -> None:
        self._given: ServicesSource | None = None

    def use(self, composition: ServicesSource | None) -> None:
        """Work with `composition` from now on; with None, with the deployed one again."""
        self._given = composition

    async def services(self) -> Services:
        source = wiring.composition() if self._given is None else self._given
        return await source.services()


_slot = CompositionSlot()
use = _slot.use

app = create_app(_slot)

_mangum = Mangum(
    app,
    lifespan="off",
    text_mime_types=["text/", "application/json", "application/problem+json"],
)


def handler(event: LambdaEvent, context: LambdaContext) -> dict[str, object]:
    """One event, on the loop that this thread keeps: store clients live on it."""
    _keep_loop()
    return _mangum(event, context)


def _keep_loop() -> None:
    try:
        loop = asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:
        loop = None
    if loop is None or loop.is_closed():
        asyncio.set_event_loop(asyncio.new_event_loop())
