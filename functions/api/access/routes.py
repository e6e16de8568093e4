"""Sessions over HTTP: browsers sign in with an API token, and people see and end their sessions.

The cookie's value is random and kept by the browser only, where no script can read it and no other
site can use it.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from functions.access import digest_of, name_of, new_session_value
from functions.api.access.schemas import (
    BrowserSessionList,
    BrowserSessionView,
    RevokedSessionsView,
    SessionOpen,
    SessionView,
)
from functions.api.http.authentication import (
    OWN_HEADER,
    OWN_HEADER_VALUE,
    address_of,
    cookie_name,
    cookie_of,
    is_encrypted,
    refuse_token,
    require_own_header,
    token_of,
)
from functions.api.http.context import ServicesDep, SessionDep, tokens_source
from functions.api.http.paths import SESSION
from functions.service.access import sessions
from functions.service.access.admit import admit
from functions.service.access.throttle import Throttled, network_of

entrance = APIRouter(prefix=SESSION, tags=["session"])
"""Routes without authentication: starting a session, and ending one's own."""
router = APIRouter(tags=["session"])


def _own_header(request: Request) -> None:
    require_own_header(request.headers)


@entrance.post(
    "",
    status_code=204,
    summary="Start a session: exchange the API token for a cookie",
    dependencies=[Depends(_own_header)],
    responses={
        401: {"description": "The token is invalid or revoked."},
        403: {"description": "The header is missing."},
        429: {"description": "Somebody signs in too often."},
    },
    openapi_extra={
        "parameters": [
            {
                "name": OWN_HEADER,
                "in": "header",
                "required": True,
                "schema": {"type": "string", "const": OWN_HEADER_VALUE},
                "description": "Prevents other sites from signing a browser in.",
            }
        ]
    },
)
async def open_session(body: SessionOpen, request: Request, services: ServicesDep) -> Response:
    """The session ends after 14 days without use and after 90 days in any case. A server without
    tokens sets no cookie."""
    tokens = tokens_source(request)()
    answer = Response(status_code=204)
    if not tokens:
        return answer
    await admit(services, Throttled.SIGN_IN, network_of(address_of(request.scope)))
    if not tokens.admit(body.token):
        return refuse_token(request.scope, body.token)
    await admit(services, Throttled.SIGN_IN_WITH_TOKEN, digest_of(body.token))
    before = cookie_of(request.scope)
    if before is not None:
        await services.sessions.remove(services.workspace_id, [digest_of(before)])
    value = new_session_value()
    await sessions.start_session(
        services,
        session_id=digest_of(value),
        token_name=name_of(body.token),
        token_digest=digest_of(body.token),
        user_agent=request.headers.get("user-agent", ""),
        address=address_of(request.scope),
    )
    answer.set_cookie(
        cookie_name(request.scope),
        value,
        max_age=int(sessions.LIFETIME_MAX.total_seconds()),
        path="/",
        httponly=True,
        samesite="strict",
        secure=is_encrypted(request.scope),
    )
    return answer


@entrance.delete("", status_code=204, summary="Sign out: end the session and delete the cookie")
async def close_session(request: Request, services: ServicesDep) -> Response:
    answer = Response(status_code=204)
    value = cookie_of(request.scope)
    if value is not None:
        await services.sessions.remove(services.workspace_id, [digest_of(value)])
    answer.delete_cookie(
        cookie_name(request.scope),
        path="/",
        httponly=True,
        samesite="strict",
        secure=is_encrypted(request.scope),
    )
    return answer


@router.get("/session", summary="Read how the caller is signed in")
async def read_session(request: Request, session: SessionDep) -> SessionView:
    if session is not None:
        return SessionView(token_name=session.token_name, session_id=session.session_id)
    token = token_of(request.scope) if tokens_source(request)() else None
    return SessionView(token_name=name_of(token) if token else None, session_id=None)


@router.get("/sessions", summary="List the browsers that are signed in, seen latest first")
async def list_sessions(
    request: Request, services: ServicesDep, session: SessionDep
) -> BrowserSessionList:
    found = await sessions.list_sessions(services, tokens_source(request)().holds)
    own = session.session_id if session else None
    return BrowserSessionList(sessions=[BrowserSessionView.of(it, own) for it in found])


@router.delete(
    "/sessions/{session_id}",
    status_code=204,
    summary="Revoke a session: that browser is signed out at once",
    responses={404: {"description": "There is no such session."}},
)
async def revoke_session(
    session_id: Annotated[str, Path(max_length=64)], services: ServicesDep
) -> Response:
    await sessions.revoke_session(services, session_id)
    return Response(status_code=204)


@router.post("/sessions/revoke-others", summary="Revoke all sessions but your own")
async def revoke_other_sessions(services: ServicesDep, session: SessionDep) -> RevokedSessionsView:
    """With an API token instead of a session: all of them."""
    return RevokedSessionsView(revoked=await sessions.revoke_others(services, session))
