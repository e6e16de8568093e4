"""The OpenAPI document: what every route of a kind may answer, besides what routes say themselves.

Invariant: an operation lists each status that it can have, and no others. A route declares those
that only it has; these here follow from its method, its path and its parameters.
"""

from collections.abc import Collection, Iterator
from http import HTTPStatus
from typing import Any

from functions.api.http.authentication import OWN_HEADER, SAFE_METHODS, SECURITY_SCHEMES
from functions.api.http.paths import API_PREFIX, LIVE
from functions.api.http.problems import MEDIA_TYPE

Operation = tuple[str, str]
"""Path and method, in capitals."""

INVALID = "A parameter or the body is invalid; `errors` names each field."

_PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}
_PLAIN_TEXT = {"type", "title"}
"""The keys of the schema of a parameter that takes any text."""


def describe(document: dict[str, Any], unlocked: Collection[Operation]) -> None:
    """Complete the document in place. `unlocked`: the operations that need no token."""
    document["components"]["securitySchemes"] = SECURITY_SCHEMES
    document["security"] = [{name: []} for name in SECURITY_SCHEMES]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            is_unlocked = (path, method.upper()) in unlocked
            if is_unlocked:
                operation["security"] = []
            general = dict(_general(path, method.upper(), operation, is_unlocked=is_unlocked))
            operation["responses"] = _responses(operation["responses"], general)


def _responses(declared: dict[str, Any], general: dict[int, str]) -> dict[str, Any]:
    found = {
        status: {"description": message, "content": {MEDIA_TYPE: _PROBLEM}}
        for status, message in general.items()
    }
    for written, response in declared.items():
        status = int(written)
        if status == HTTPStatus.UNPROCESSABLE_ENTITY and response["description"] == INVALID:
            continue
        if status >= HTTPStatus.BAD_REQUEST and "content" not in response:
            response = {**response, "content": {MEDIA_TYPE: _PROBLEM}}
        found[status] = response
    return {str(status): found[status] for status in sorted(found)}


def _general(
    path: str, method: str, operation: dict[str, Any], *, is_unlocked: bool
) -> Iterator[tuple[int, str]]:
    parameters = operation.get("parameters", [])
    takes_body = path.startswith(API_PREFIX) and method not in SAFE_METHODS
    yield 400, f"The path{', the host or the JSON' if takes_body else ' or the host'} is malformed."
    if not is_unlocked:
        yield 401, "The request has no valid API token, and no session."
        yield 429, "There are too many requests with this token; Retry-After says when to go on."
        if method not in SAFE_METHODS:
            yield 403, f"The request comes with a session's cookie, but without `{OWN_HEADER}`."
    if "{" in path:
        yield 404, "There is nothing with this id."
    if any(it["name"].lower() == "if-match" for it in parameters):
        yield 412, "It has changed since the ETag in If-Match."
    if takes_body:
        yield 413, "The body is too large."
        yield 415, "The body is not JSON."
    if takes_body or any(it["schema"].keys() - _PLAIN_TEXT for it in parameters):
        yield 422, INVALID
    if path != LIVE:
        yield 503, "The store does not answer; try again."
