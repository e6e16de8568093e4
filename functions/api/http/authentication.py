"""Authentication: every request needs an API token, unless its route is listed as open.

A new route is locked by default, and an address that does not exist answers like any other
without a token. The token comes from the Authorization header or from a session's cookie
(`access/routes.py`), never from the address, which ends up in histories, logs and referrers.

A browser also sends the cookie with requests that another site makes it send. A request that is
authenticated by cookie may therefore only read, unless it carries a header that other sites cannot
add without a CORS preflight, which is never granted.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from functions.access import ApiTokens, name_of
from functions.api.http.problems import of_caller_error, problem
from functions.service.errors import CallerError

CHALLENGE = 'Bearer realm="emailbuilder"'
"""RFC 6750, section 3."""

COOKIE = "emailbuilder_session"
OWN_HEADER = "X-EmailBuilder"
OWN_HEADER_VALUE = "1"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""RFC 9110, section 9.2.1."""

SECURITY_SCHEMES = {
    "apiToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token, `ebk_…`: it opens everything, so keep it to yourself.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "A browser's session, begun with `POST /api/v1/session`. Whatever changes "
        f"something also needs the header `{OWN_HEADER}: {OWN_HEADER_VALUE}`.",
    },
}
"""As OpenAPI says it: one of them is enough."""

TokensSource = Callable[[], ApiTokens]
"""The valid tokens; read at each request, so that a cold start reads no settings."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The token a request carries; None where it carries none."""

    token: str | None = field(repr=False)
    is_cookie: bool = False


class Authentication:
    """Middleware. With no tokens configured, every route is open: see `local/server.py`.

    `open_routes` need no token. They are matched as the router matches them, so that a path that
    is open here cannot reach another route there.
    """

    def __init__(self, app: ASGIApp, tokens: TokensSource, open_routes: Iterable[Route]) -> None:
        self._app = app
        self._tokens = tokens
        self._open = [(route.path_regex, route.methods or set()) for route in open_routes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_open(scope):
            refused = self._refusal(scope)
            if refused is not None:
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_open(self, scope: Scope) -> bool:
        path, method = scope["path"], scope["method"]
        return any(pattern.match(path) and method in methods for pattern, methods in self._open)

    def _refusal(self, scope: Scope) -> Response | None:
        """None where the request may pass."""
        tokens = self._tokens()
        if not tokens:
            return None
        headers = Headers(scope=scope)
        given = read_credentials(headers)
        if given.token is None:
            return _ask_for_token()
        if not tokens.admit(given.token):
            return refuse_token(scope, given.token)
        if given.is_cookie and scope["method"] not in SAFE_METHODS:
            try:
                require_own_header(headers)
            except CallerError as error:
                return of_caller_error(error)
        return None


def read_credentials(headers: Headers) -> Credentials:
    """The Authorization header takes precedence over the cookie: it was sent on purpose."""
    scheme, _, written = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and written.strip():
        return Credentials(written.strip())
    cookies = cookie_parser("; ".join(headers.getlist("cookie")))
    return Credentials(cookies.get(COOKIE) or None, is_cookie=True)


def require_own_header(headers: Headers) -> None:
    """Raises CallerError 403 where a page of another site may have made the browser send this."""
    if headers.get(OWN_HEADER) != OWN_HEADER_VALUE:
        raise CallerError(
            403,
            "header_missing",
            f"Send the header `{OWN_HEADER}: {OWN_HEADER_VALUE}` with this: it shows that no "
            "other site made your browser ask.",
        )


def refuse_token(scope: Scope, token: str) -> Response:
    """The answer to an invalid or revoked token; it is logged."""
    host, _ = scope.get("client") or ("", 0)
    # Nothing of the token but what is made to be seen; no address either, it may hold another.
    logger.warning("refused a wrong API token: %s, from %s", name_of(token), host or "nowhere")
    return problem(
        401,
        "token_wrong",
        "This API token opens nothing here: it is of another system, or was taken back.",
        headers={"www-authenticate": f'{CHALLENGE}, error="invalid_token"'},
    )


def _ask_for_token() -> Response:
    return problem(
        401,
        "token_missing",
        "This needs an API token: send it as `Authorization: Bearer ebk_…`.",
        headers={"www-authenticate": CHALLENGE},
    )
