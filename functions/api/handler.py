"""The API function: passes API Gateway events to the application, using Mangum.

`app` is the same application for any ASGI server. It asks for its composition at the first request.
`use` gives it another composition, other tokens and other hosts, as the emulation and tests do.
"""

import asyncio

from mangum import Mangum
from mangum.types import LambdaContext, LambdaEvent

from functions import wiring
from functions.access import ApiTokens
from functions.api.app import create_app
from functions.api.http.context import ServicesSource
from functions.api.viewer import as_from_viewer
from functions.hosts import AllowedHosts
from functions.service.services import Services


class CompositionSlot:
    """What the app uses: the deployed composition, tokens and hosts, unless it was given others."""

    def __init__(self) -> None:
        self._given: ServicesSource | None = None
        self._tokens: ApiTokens | None = None
        self._site_key = ""
        self._hosts: AllowedHosts | None = None

    def use(
        self,
        composition: ServicesSource | None,
        tokens: ApiTokens | None = None,
        hosts: AllowedHosts | None = None,
        *,
        site_key: str = "",
    ) -> None:
        """Use these from now on. None means the deployed ones."""
        self._given = composition
        self._site_key = site_key
        self._tokens = tokens
        self._hosts = hosts

    async def services(self) -> Services:
        source = wiring.composition() if self._given is None else self._given
        return await source.services()

    def site_key(self) -> str:
        """Empty: no CloudFront is in front."""
        return wiring.site_key() if self._given is None else self._site_key

    def tokens(self) -> ApiTokens:
        return wiring.api_tokens() if self._tokens is None else self._tokens

    def hosts(self) -> AllowedHosts:
        return wiring.hosts() if self._hosts is None else self._hosts


_slot = CompositionSlot()
use = _slot.use

app = create_app(_slot, _slot.tokens, hosts=_slot.hosts)

_mangum = Mangum(
    app,
    lifespan="off",
    text_mime_types=["text/", "application/json", "application/problem+json"],
)


def handler(event: LambdaEvent, context: LambdaContext) -> dict[str, object]:
    """Handle one event, always on the same event loop of this thread, to which store clients are
    bound."""
    _keep_loop()
    return _mangum(dict(as_from_viewer(event, _slot.site_key())), context)


def _keep_loop() -> None:
    try:
        loop = asyncio.get_event_loop_policy().get_event_loop()
    except RuntimeError:
        loop = None
    if loop is None or loop.is_closed():
        asyncio.set_event_loop(asyncio.new_event_loop())
