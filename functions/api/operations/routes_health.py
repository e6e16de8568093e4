"""Health checks and metrics.

`live` contacts no other system, so that a broken store does not get the process killed. `ready`
contacts store, broker and mail server at once, each for a limited time. Without its store the
service can do nothing (503); without broker or mail server it accepts work and does it later. An
open circuit breaker is shown, but the service stays ready: leads wait, and mail resumes by itself.
"""

import asyncio
import math

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from functions.api.http.context import MetricsDep, services_source
from functions.api.http.metrics import CONTENT_TYPE
from functions.api.http.paths import LIVE, READY
from functions.api.operations.readiness import Readiness
from functions.api.operations.schemas_health import LiveAnswer, ReadyView
from functions.service.reports.due import oldest_overdue_seconds
from functions.service.sending.look_at_sending_account import look_at_sending_account

SCRAPE_SECONDS_MAX = 2.0

router = APIRouter(tags=["health"])
"""Routes without authentication, because the programs that supervise a service have no token."""
figures = APIRouter(tags=["health"])
"""Routes that need a token."""


@router.get(LIVE, summary="Check that the process is alive")
async def health_live() -> LiveAnswer:
    return LiveAnswer()


@router.get(
    READY,
    summary="Check that the service can work: store, broker and mail server",
    responses={
        200: {"model": ReadyView},
        503: {"model": ReadyView, "description": "The store does not answer."},
    },
)
async def health_ready(request: Request) -> Response:
    """Looks at most once in 5 seconds; in between, everybody gets the same answer."""
    readiness: Readiness = request.app.state.readiness
    view = await readiness.view()
    status = 503 if view.status == "away" else 200
    return JSONResponse(view.model_dump(mode="json"), status_code=status)


@figures.get(
    "/metrics",
    summary="Read metrics for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)
async def metrics(request: Request, metrics: MetricsDep) -> Response:
    try:
        async with asyncio.timeout(SCRAPE_SECONDS_MAX):
            services = await services_source(request).services()
            overdue_seconds = await oldest_overdue_seconds(services)
            sending_account = await look_at_sending_account(services, SCRAPE_SECONDS_MAX)
    except Exception:
        # The other metrics are most useful just when the store is away.
        overdue_seconds, sending_account = math.nan, None
    page = metrics.page(overdue_seconds, sending_account)
    return Response(page, headers={"content-type": CONTENT_TYPE})
