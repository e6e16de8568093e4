"""All errors as RFC 9457 problem details.

They all have the same shape: `type, title, status, detail, code`, and `errors` if fields are to
blame. `detail` and `message` are sentences for people. `code` is for programs, and its meaning
never changes.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from functions.api.http.old_names import WithOldNames
from functions.flow.sentences import field_path, sentence
from functions.flow.validate import Finding
from functions.service.access.ports import SessionsAwayError
from functions.service.audience.import_policy import ContactFileError
from functions.service.errors import CallerError, FlowInvalidError, NotAcceptedError
from functions.service.operations.ports import BrokerAwayError

MEDIA_TYPE = "application/problem+json"
ERRORS_MAX = 100
RETRY_AFTER_SECONDS = 5

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Those that any route accepts."""
_PLACES = frozenset({"body", "query", "path", "header"})
_CLIENT_GONE = 499

logger = logging.getLogger(__name__)


class FieldError(WithOldNames):
    """`field`: a path such as `contacts[2].email`; within the node if `node_id` is given."""

    OLD_NAMES: ClassVar = {"words": "message"}

    field: str | None = None
    code: str
    message: str
    node_id: str | None = None


class Problem(BaseModel):
    """`detail`: a sentence for people. `code`: for programs; its meaning never changes. `errors`:
    the fields to blame. `error_id`: names the entry in the server's log, if the server failed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Unprocessable Entity",
                    "status": 422,
                    "code": "invalid",
                    "detail": "name must not be empty.",
                    "errors": [
                        {
                            "field": "name",
                            "code": "string_too_short",
                            "message": "name must not be empty.",
                            "node_id": None,
                        }
                    ],
                }
            ]
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] = []
    error_id: str | None = None


def problem(
    status: int,
    code: str,
    message: str,
    *,
    errors: Sequence[FieldError] = (),
    error_id: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """`error_id`: names the entry in the log that has the details not shown to people."""
    body = Problem(
        title=_title(status),
        status=status,
        detail=message,
        code=code,
        errors=list(errors[:ERRORS_MAX]),
        error_id=error_id,
    )
    return JSONResponse(
        body.model_dump(mode="json", exclude_none=True),
        status_code=status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def of_caller_error(error: CallerError) -> Response:
    fields = [FieldError(field=error.field, code=error.code, message=error.message)]
    wait = error.retry_after_seconds
    return problem(
        error.status,
        error.code,
        error.message,
        errors=fields if error.field else (),
        headers=None if wait is None else {"retry-after": str(wait)},
    )


def of_findings(findings: Iterable[Finding]) -> list[FieldError]:
    return [
        FieldError(field=it.field, code=it.code, message=it.message, node_id=it.node_id)
        for it in findings
    ]


def register(app: FastAPI) -> None:
    """Turn errors that routes raise into problems. The error boundary handles all others."""
    for kind, answer in _ANSWERS.items():
        app.add_exception_handler(kind, answer)


async def _caller_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, CallerError)
    return of_caller_error(error)


async def _flow_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, FlowInvalidError)
    return problem(422, "flow_invalid", str(error), errors=of_findings(error.findings))


async def _not_accepted(_: Request, error: Exception) -> Response:
    assert isinstance(error, NotAcceptedError)
    return problem(409, "not_accepted", str(error), errors=of_findings(error.findings))


async def _file_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, ContactFileError)
    fields = [FieldError(field=it.field, code=it.code, message=it.message) for it in error.problems]
    return problem(422, error.code, error.message, errors=fields)


async def _request_invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [_field_error(it) for it in error.errors()]
    return problem(422, "invalid", fields[0].message, errors=fields)


def _field_error(error: Mapping[str, object]) -> FieldError:
    location = error["loc"]
    assert isinstance(location, tuple)
    if location and location[0] in _PLACES:
        location = location[1:]
    path = field_path(location)
    message = f"{path or 'The body'} {sentence(error)}."
    return FieldError(field=path or None, code=str(error["type"]), message=message)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NOT_FOUND:
        message = f"There is nothing at {request.url.path}: check the path."
        return problem(404, "no_such_address", message)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = ", ".join(_allowed(request))
        message = f"This path does not accept {request.method[:20]}, only {allowed}."
        return problem(405, "method_not_allowed", message, headers={"allow": allowed})
    code = _title(error.status_code).lower().replace(" ", "_")
    return problem(error.status_code, code, str(error.detail), headers=error.headers)


def _allowed(request: Request) -> list[str]:
    """The methods of all routes with the template that fits this path best. The error names only
    those of the first route that matches."""
    path = request.scope["path"]
    found = [it for it in iter_route_contexts(request.app.routes) if it.path_regex.match(path)]
    best = min((it.path or "" for it in found), key=lambda it: it.count("{"))
    methods = {method for it in found if it.path == best for method in it.methods or ()}
    return sorted(methods, key=METHODS.index)


async def _broker_away(_: Request, error: Exception) -> Response:
    # The text of the error may contain addresses.
    logger.warning("the broker is away: %s", error)
    return problem(
        503,
        "broker_away",
        "The broker does not answer, or somebody else is working on dead letters. Your request may "
        "have been carried out in part: check again in a few seconds.",
        headers={"retry-after": str(RETRY_AFTER_SECONDS)},
    )


def sessions_away() -> Response:
    return problem(
        503,
        "sessions_away",
        "Sessions cannot be read at the moment, so it is unknown whether you are signed in. Try "
        "again in a few seconds. API tokens work meanwhile.",
        headers={"retry-after": str(RETRY_AFTER_SECONDS)},
    )


async def _sessions_away(_: Request, error: Exception) -> Response:
    logger.warning("the sessions are away: %s", error)
    return sessions_away()


async def _client_gone(_: Request, error: Exception) -> Response:
    # Nobody reads the answer. The status is for the metrics.
    return Response(status_code=_CLIENT_GONE)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


_ANSWERS = {
    BrokerAwayError: _broker_away,
    CallerError: _caller_error,
    FlowInvalidError: _flow_invalid,
    NotAcceptedError: _not_accepted,
    ContactFileError: _file_refused,
    RequestValidationError: _request_invalid,
    HTTPException: _http_error,
    SessionsAwayError: _sessions_away,
    ClientDisconnect: _client_gone,
}
