"""Authentication: every request needs an API token, unless its route is listed as open.

A new route needs a token by default, and without a token a path that does not exist is refused like
any other. The token comes from the Authorization header or from a session cookie
(`access/routes.py`), never from the URL, which ends up in histories, logs and referrers.

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
        "description": "An API token, `ebk_…`. It gives access to everything, so keep it secret.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "A browser session, started with `POST /api/v1/session`. Requests that "
        f"change anything also need the header `{OWN_HEADER}: {OWN_HEADER_VALUE}`.",
    },
}
"""For OpenAPI: either of them is sufficient."""

TokensSource = Callable[[], ApiTokens]
"""Returns the valid tokens. Called at each request, so that a cold start reads no settings."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The token of a request, or None, and whether it came from the cookie."""

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
        """The answer to a refused request; None if the request may pass."""
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
    """The Authorization header takes precedence over the cookie, because it was sent on purpose."""
    scheme, _, written = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer" and written.strip():
        return Credentials(written.strip())
    cookies = cookie_parser("; ".join(headers.getlist("cookie")))
    return Credentials(cookies.get(COOKIE) or None, is_cookie=True)


def require_own_header(headers: Headers) -> None:
    """Raises CallerError 403 if a page of another site may have made the browser send this."""
    if headers.get(OWN_HEADER) != OWN_HEADER_VALUE:
        raise CallerError(
            403,
            "header_missing",
            f"Send the header `{OWN_HEADER}: {OWN_HEADER_VALUE}` with this request. It shows that "
            "no other site made your browser send it.",
        )


def refuse_token(scope: Scope, token: str) -> Response:
    """The answer to an invalid or revoked token. Also logs the refusal."""
    host, _ = scope.get("client") or ("", 0)
    # Log only the visible part of the token, and no URL, which may contain another token.
    logger.warning("refused a wrong API token: %s, from %s", name_of(token), host or "nowhere")
    return problem(
        401,
        "token_wrong",
        "This API token is invalid or has been revoked.",
        headers={"www-authenticate": f'{CHALLENGE}, error="invalid_token"'},
    )


def _ask_for_token() -> Response:
    return problem(
        401,
        "token_missing",
        "This request needs an API token: send it as `Authorization: Bearer ebk_…`.",
        headers={"www-authenticate": CHALLENGE},
    )
