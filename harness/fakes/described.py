"""Holds each answer of the API to its OpenAPI document: an undescribed status fails the test."""

import re
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx

from functions.access import NO_TOKENS
from functions.api.app import create_app
from functions.api.http.paths import canonical
from functions.service.services import Services

_PARAMETER = re.compile(r"\\\{(\w+)\\\}")
_WITH_SLASHES = "key"
"""The parameter that takes several segments of a path."""


class NoServices:
    """A composition of an application that is only described."""

    async def services(self) -> Services:
        raise AssertionError("describing the API needs no services")


async def check_described(response: httpx.Response) -> None:
    """Raises AssertionError. A defect, 500, is never described, and paths without a route are not
    in the document."""
    request = response.request
    described = _responses(request.method, canonical(request.url.path))
    if described is None or response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
        return
    where = f"{response.status_code} of {request.method} {request.url.path}"
    found = described.get(str(response.status_code))
    assert found is not None, f"{where} is not described: {(await response.aread())[:300]!r}"
    await response.aread()
    kind = response.headers.get("content-type", "").partition(";")[0]
    assert not response.content or kind in found.get("content", {}), f"{where}: {kind}"


def _responses(method: str, path: str) -> dict[str, Any] | None:
    for pattern, operations in _patterns():
        if method.lower() in operations and pattern.fullmatch(path):
            found: dict[str, Any] = operations[method.lower()]["responses"]
            return found
    return None


@cache
def _patterns() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """Of paths with few parameters first, as the router prefers them."""
    paths: dict[str, Any] = create_app(NoServices(), lambda: NO_TOKENS).openapi()["paths"]
    return [
        (re.compile(_PARAMETER.sub(_segment, re.escape(path))), operations)
        for path, operations in sorted(paths.items(), key=lambda it: it[0].count("{"))
    ]


def _segment(found: re.Match[str]) -> str:
    return ".+" if found[1] == _WITH_SLASHES else "[^/]+"
