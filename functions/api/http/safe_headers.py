"""Headers of every answer that sets none itself: nothing is kept, guessed or run.

Pages of the interface set their own, which allow what they need.
"""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
}


class SafeHeaders:
    """Middleware, for what answers in front of the API: servers, gateways, static files."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_safe_headers(message)
            await send(message)

        await self._app(scope, receive, sending)


def add_safe_headers(start: Message) -> None:
    start.setdefault("headers", [])
    headers = MutableHeaders(scope=start)
    for name, value in SAFE_HEADERS.items():
        headers.setdefault(name, value)
