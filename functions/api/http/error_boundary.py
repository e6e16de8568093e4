"""The outermost layer: adds headers to every answer, counts it, and answers if a route crashes.

The defect is logged with an error id, and the answer reveals no internals. If the store does not
answer either, the answer is 503.
"""

import asyncio
import logging
import secrets
from time import perf_counter

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from functions.api.http.context import ServicesSource
from functions.api.http.defect_log import DefectLog
from functions.api.http.metrics import NO_ROUTE, Metrics
from functions.api.http.problems import problem
from functions.api.http.safe_headers import add_safe_headers
from functions.service.operations.check_neighbours import is_store_away

PING_SECONDS_MAX = 2.0
RETRY_AFTER_SECONDS = 5

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

logger = logging.getLogger(__name__)


class ErrorBoundary:
    def __init__(self, app: ASGIApp, source: ServicesSource, metrics: Metrics) -> None:
        self._app = app
        self._source = source
        self._metrics = metrics
        self._defects = DefectLog(logger)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                add_safe_headers(message)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as defect:
            if status:
                raise  # The answer has begun, so it can only be aborted.
            answer = await self._explain(defect, scope)
            await answer(scope, receive, sending)
        finally:
            self._count(scope, status, perf_counter() - began)

    async def _explain(self, defect: Exception, scope: Scope) -> Response:
        error_id = secrets.token_hex(6)
        self._defects.write(f"error {error_id} at {scope['path']}", defect)
        if await self._is_store_away():
            return store_away(error_id)
        return problem(
            500,
            "internal_error",
            f"This is a defect in the server, not in your request. See {error_id} in its log.",
            error_id=error_id,
        )

    async def _is_store_away(self) -> bool:
        try:
            async with asyncio.timeout(PING_SECONDS_MAX):
                services = await self._source.services()
        except Exception:
            return True
        return await is_store_away(services, PING_SECONDS_MAX)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", NO_ROUTE)
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.request(method, route, status, seconds)


def store_away(error_id: str | None = None) -> Response:
    return problem(
        503,
        "store_away",
        "The store does not answer, so your request may not have been carried out. Try again in a "
        "few seconds.",
        error_id=error_id,
        headers={"retry-after": str(RETRY_AFTER_SECONDS)},
    )
