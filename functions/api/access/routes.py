"""A browser's session: the API token in a cookie that no script reads and no other site uses.

The server keeps nothing of it: a session is as good as the token in it, and ends for everybody
when that is taken back.
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
"""Open: whoever comes in has no session yet, and whoever leaves needs none."""
router = APIRouter(prefix="/session", tags=["session"])


def _own_header(request: Request) -> None:
    require_own_header(request.headers)


@entrance.post(
    "",
    status_code=204,
    summary="Begin a session: put the API token into a cookie",
    dependencies=[Depends(_own_header)],
    responses={
        401: {"content": {MEDIA_TYPE: {}}, "description": "The token opens nothing."},
        403: {"content": {MEDIA_TYPE: {}}, "description": "The header is missing."},
    },
    openapi_extra={
        "parameters": [
            {
                "name": OWN_HEADER,
                "in": "header",
                "required": True,
                "schema": {"type": "string", "const": OWN_HEADER_VALUE},
                "description": "So that no other site can sign a browser in.",
            }
        ]
    },
)
async def open_session(body: SessionOpen, request: Request) -> Response:
    """The cookie lasts 30 days. Where the server stands open there is nothing to put into it."""
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


@router.get("", summary="Which token let this caller in")
async def read_session(request: Request) -> SessionView:
    given = read_credentials(request.headers)
    if not tokens_source(request)() or given.token is None:
        return SessionView(token_name=None)
    return SessionView(token_name=name_of(given.token))


@entrance.delete("", status_code=204, summary="End the session: take the cookie away")
async def close_session(request: Request) -> Response:
    answer = Response(status_code=204)
    answer.delete_cookie(
        COOKIE, path="/", httponly=True, samesite="strict", secure=_is_encrypted(request)
    )
    return answer


def _is_encrypted(request: Request) -> bool:
    """As the server in front of us says it: uvicorn believes X-Forwarded-Proto of the proxies it
    is told of, an HTTP API always says it."""
    return request.scope.get("scheme") == "https"
