"""Paths: everything is under `/api/v1`, and `/campaigns…` is an alias for `/api/v1/campaigns…`.

The alias rewrites the path, so that there is one set of routes and one OpenAPI document.
"""

import re
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

API_PREFIX: Final = "/api/v1"

UPLOAD: Final = re.compile(
    rf"{API_PREFIX}/(campaigns/[^/]+/contacts(/preview)?|suppressions/import)"
)
"""The routes whose body is streamed instead of read at once."""

SESSION: Final = f"{API_PREFIX}/session"
FEEDBACK: Final = f"{API_PREFIX}/feedback"
SES_FEEDBACK: Final = f"{FEEDBACK}/ses"
LIVE: Final = "/health/live"
READY: Final = "/health/ready"
HEALTH: Final = frozenset({LIVE, READY})

_ALIAS = re.compile(r"/campaigns(/|$)")


class CanonicalPath:
    """Middleware: `/campaigns/x/` becomes `/api/v1/campaigns/x`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # In place, because the outer layers read what the router adds to the scope.
            scope["path"] = canonical(scope["path"])
        await self._app(scope, receive, send)


def canonical(path: str) -> str:
    if _ALIAS.match(path):
        path = API_PREFIX + path
    if path.startswith(API_PREFIX) and path.endswith("/"):
        path = path.rstrip("/")
    return path
