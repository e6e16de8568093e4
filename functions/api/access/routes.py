"""Browser sessions: the API token in a cookie that no script can read and no other site can use.

The server stores no sessions. A session is valid as long as its token is, and revoking the token
ends all sessions with it.
"""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from functions.access import name_of
from functions.api.access.schemas import SessionOpen, SessionView
from functions.api.http.authentication import (
    COOKIE,
    OWN_HEADER,
    OWN_HEADER_VALUE,
    read_credentials,
    refuse_token,
    require_own_header,
)
from functions.api.http.context import tokens_source
from functions.api.http.paths import SESSION
from functions.api.http.problems import MEDIA_TYPE

SESSION_SECONDS = 30 * 86_400

entrance = APIRouter(prefix=SESSION, tags=["session"])
"""Routes without authentication: opening a session, and closing one."""
router = APIRouter(prefix="/session", tags=["session"])


def _own_header(request: Request) -> None:
    require_own_header(request.headers)


@entrance.post(
    "",
    status_code=204,
    summary="Start a session: put the API token into a cookie",
    dependencies=[Depends(_own_header)],
    responses={
        401: {"content": {MEDIA_TYPE: {}}, "description": "The token is invalid or revoked."},
        403: {"content": {MEDIA_TYPE: {}}, "description": "The header is missing."},
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
async def open_session(body: SessionOpen, request: Request) -> Response:
    """The cookie lasts 30 days. A server without tokens sets no cookie."""
    tokens = tokens_source(request)()
    if tokens and not tokens.admit(body.token):
        return refuse_token(request.scope, body.token)
    answer = Response(status_code=204)
    if tokens:
        answer.set_cookie(
            COOKIE,
            body.token,
            max_age=SESSION_SECONDS,
            path="/",
            httponly=True,
            samesite="strict",
            secure=_is_encrypted(request),
        )
    return answer


@router.get("", summary="Read which token the caller uses")
async def read_session(request: Request) -> SessionView:
    given = read_credentials(request.headers)
    if not tokens_source(request)() or given.token is None:
        return SessionView(token_name=None)
    return SessionView(token_name=name_of(given.token))


@entrance.delete("", status_code=204, summary="End the session: delete the cookie")
async def close_session(request: Request) -> Response:
    answer = Response(status_code=204)
    answer.delete_cookie(
        COOKIE, path="/", httponly=True, samesite="strict", secure=_is_encrypted(request)
    )
    return answer


def _is_encrypted(request: Request) -> bool:
    """Whether the client uses HTTPS, as stated by the server: uvicorn trusts X-Forwarded-Proto from
    the configured proxies, and API Gateway always states the scheme."""
    return request.scope.get("scheme") == "https"
