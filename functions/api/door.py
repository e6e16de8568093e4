"""The lock on the door: whoever calls shows an API token, or is told nothing but that.

Closed unless a route is named as open, so that a new route is locked the day it is written, and
an address that does not exist looks like any other. A token is taken from the Authorization
header alone: an address ends up in histories, logs and referrers.
"""

import logging
from collections.abc import Callable, Iterable

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from functions.access import ApiTokens, name_of
from functions.api.problems import problem

CHALLENGE = 'Bearer realm="emailbuilder"'
"""RFC 6750, section 3."""

SCHEME_NAME = "apiToken"
SECURITY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "An API token, `ebk_…`: it opens everything, so keep it to yourself.",
}
"""As OpenAPI says it."""

TokensSource = Callable[[], ApiTokens]
"""The tokens that open; asked at each request, so that a cold start reads no settings."""

logger = logging.getLogger(__name__)


class Door:
    """Middleware. With no tokens at all it stands open: see `local/server.py`.

    `open_routes` need no token. They are matched as the router matches them, so nothing can be
    open here and lead elsewhere there.
    """

    def __init__(self, app: ASGIApp, tokens: TokensSource, open_routes: Iterable[Route]) -> None:
        self._app = app
        self._tokens = tokens
        self._open = [route.path_regex for route in open_routes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        tokens = self._tokens()
        token = bearer_token(Headers(scope=scope))
        if not tokens or (token is not None and tokens.admit(token)):
            await self._app(scope, receive, send)
            return
        await _refusal(scope, token)(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        return any(pattern.match(path) for pattern in self._open)


def bearer_token(headers: Headers) -> str | None:
    """None where nothing is shown, or something other than a token."""
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _refusal(scope: Scope, token: str | None) -> Response:
    if token is None:
        return problem(
            401,
            "token_missing",
            "This needs an API token: send it as `Authorization: Bearer ebk_…`.",
            headers={"www-authenticate": CHALLENGE},
        )
    host, _ = scope.get("client") or ("", 0)
    # Nothing of the token but what is made to be seen; no address either, it may hold another.
    logger.warning("refused a wrong API token: %s, from %s", name_of(token), host or "nowhere")
    return problem(
        401,
        "token_wrong",
        "This API token opens nothing here: it is of another system, or was taken back.",
        headers={"www-authenticate": f'{CHALLENGE}, error="invalid_token"'},
    )
