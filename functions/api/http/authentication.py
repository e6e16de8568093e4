"""Authentication: every request needs an API token or a session, unless its route is open.

A new route needs one by default, and without it a path that does not exist is refused like any
other. The token comes in the Authorization header. A browser signs in with the token once and then
sends the cookie of its session (`access/routes.py`). Neither ever comes in the URL, which ends up
in histories, logs and referrers.

A browser also sends the cookie with requests that another site makes it send. A request that is
authenticated by cookie may therefore only read, unless it carries a header that other sites cannot
add without a CORS preflight, which is never granted.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from functions.access import ApiTokens, digest_of, name_of
from functions.api.http.context import ServicesSource, TokensSource
from functions.api.http.problems import of_caller_error, problem, sessions_away
from functions.service.access.admit import admit as count_use
from functions.service.access.ports import SessionsAwayError
from functions.service.access.records import Session
from functions.service.access.sessions import HoldsToken, find_session
from functions.service.access.throttle import Throttled, network_of
from functions.service.errors import CallerError

CHALLENGE = 'Bearer realm="emailbuilder"'
"""RFC 6750, section 3."""

COOKIE = "emailbuilder_session"
ENCRYPTED_COOKIE = f"__Host-{COOKIE}"
"""Over HTTPS. Browsers take a cookie of this name only from this host and only over HTTPS."""
OWN_HEADER = "X-EmailBuilder"
OWN_HEADER_VALUE = "1"
ADMIT_SECONDS_MAX = 2.0
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
        "name": ENCRYPTED_COOKIE,
        "description": "A browser session, started with `POST /api/v1/session`; without HTTPS, the "
        f"cookie is called `{COOKIE}`. Requests that change anything also need the header "
        f"`{OWN_HEADER}: {OWN_HEADER_VALUE}`.",
    },
}
"""For OpenAPI: either of them is sufficient."""

FindSession = Callable[[str, str, HoldsToken], Awaitable[Session | None]]
"""The session with this id, of a request from this IP address."""

Admit = Callable[[Throttled, str], Awaitable[None]]
"""Counts something that the caller does, and raises CallerError if it is done too often."""

logger = logging.getLogger(__name__)


def sessions_of(source: ServicesSource) -> FindSession:
    async def find(session_id: str, address: str, holds_token: HoldsToken) -> Session | None:
        return await find_session(await source.services(), session_id, address, holds_token)

    return find


def throttle_of(source: ServicesSource) -> Admit:
    async def admit(throttled: Throttled, caller: str) -> None:
        try:
            async with asyncio.timeout(ADMIT_SECONDS_MAX):
                await count_use(await source.services(), throttled, caller)
        except CallerError:
            raise
        except Exception as problem:
            # The store is away. Few routes answer without it, and the others say so.
            logger.warning("the throttles are away: %s", type(problem).__name__)

    return admit


async def unthrottled(_throttled: Throttled, _caller: str) -> None:
    """For a program whose services have no throttle."""


class Authentication:
    """Middleware. With no tokens configured, every route is open: see `local/server.py`.

    `open_routes` need neither token nor session. They are matched as the router matches them, so
    that a path that is open here cannot reach another route there.
    """

    def __init__(
        self,
        app: ASGIApp,
        tokens: TokensSource,
        open_routes: Iterable[Route],
        find: FindSession,
        admit: Admit = unthrottled,
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._find = find
        self._admit = admit
        self._open = [(route.path_regex, route.methods or set()) for route in open_routes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_open(scope):
            try:
                refused = await self._refusal(scope)
            except CallerError as error:
                refused = of_caller_error(error)
            if refused is not None:
                await refused(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_open(self, scope: Scope) -> bool:
        path, method = scope["path"], scope["method"]
        return any(pattern.match(path) and method in methods for pattern, methods in self._open)

    async def _refusal(self, scope: Scope) -> Response | None:
        """The answer to a refused request; None if the request may pass. Raises CallerError."""
        tokens = self._tokens()
        if not tokens:
            return None
        token = token_of(scope)
        if token is not None:
            if tokens.admit(token):
                await self._admit(Throttled.REQUEST, digest_of(token))
                return None
            await self._admit(Throttled.WRONG_TOKEN, network_of(address_of(scope)))
            return refuse_token(scope, token)
        value = cookie_of(scope)
        if value is None:
            return _ask_for_token()
        try:
            return await self._refuse_session(scope, value, tokens)
        except SessionsAwayError as problem:
            logger.warning("the sessions are away: %s", problem)
            return sessions_away()

    async def _refuse_session(self, scope: Scope, value: str, tokens: ApiTokens) -> Response | None:
        session = await self._find(digest_of(value), address_of(scope), tokens.holds)
        if session is None:
            return _ask_to_sign_in()
        if scope["method"] not in SAFE_METHODS:
            require_own_header(Headers(scope=scope))
        await self._admit(Throttled.REQUEST, session.session_id)
        scope.setdefault("state", {})["session"] = session
        return None


def token_of(scope: Scope) -> str | None:
    """The token in the Authorization header, which takes precedence over the cookie, because it was
    sent on purpose."""
    scheme, _, written = Headers(scope=scope).get("authorization", "").strip().partition(" ")
    return (written.strip() or None) if scheme.lower() == "bearer" else None


def cookie_of(scope: Scope) -> str | None:
    """The value of the session's cookie."""
    cookies = cookie_parser("; ".join(Headers(scope=scope).getlist("cookie")))
    return cookies.get(cookie_name(scope)) or None


def cookie_name(scope: Scope) -> str:
    return ENCRYPTED_COOKIE if is_encrypted(scope) else COOKIE


def is_encrypted(scope: Scope) -> bool:
    """Whether the client uses HTTPS, as stated by the server: uvicorn trusts X-Forwarded-Proto from
    the configured proxies, and API Gateway always states the scheme."""
    return scope.get("scheme") == "https"


def address_of(scope: Scope) -> str:
    """The client's IP address; empty if it is unknown."""
    host, _ = scope.get("client") or ("", 0)
    return str(host)


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
    # Log only the visible part of the token, and no URL, which may contain another token.
    logger.warning(
        "refused a wrong API token: %s, from %s", name_of(token), address_of(scope) or "nowhere"
    )
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


def _ask_to_sign_in() -> Response:
    return problem(
        401,
        "session_ended",
        "You are signed out: the session has expired, was revoked, or its API token was. Sign in "
        "again.",
        headers={"www-authenticate": CHALLENGE},
    )
