"""Health checks and metrics.

`live` contacts no other system, so that a broken store does not get the process killed. `ready`
contacts store, broker and mail server at once, each for a limited time. Without its store the
service can do nothing (503); without broker or mail server it accepts work and does it later. An
open circuit breaker is shown, but the service stays ready: leads wait, and mail resumes by itself.
"""

import asyncio
import math
from time import perf_counter

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from functions.api.http.context import MetricsDep, services_source
from functions.api.http.metrics import CONTENT_TYPE
from functions.api.operations.schemas_health import CheckView, LiveAnswer, ReadyView
from functions.api.sending.schemas import BreakerView
from functions.service.campaigns.restoration import is_held_within
from functions.service.operations.check_neighbours import check_neighbours
from functions.service.operations.doctor import LOOK_SECONDS_MAX
from functions.service.operations.probes import BROKER, MAIL, STORE
from functions.service.operations.records import SystemCheck
from functions.service.reports.due import oldest_overdue_seconds
from functions.service.sending.limiter import SendingAccount
from functions.service.sending.look_at_sending_account import look_at_sending_account

SCRAPE_SECONDS_MAX = 2.0

router = APIRouter(tags=["health"])
"""Routes without authentication, because the programs that supervise a service have no token."""
figures = APIRouter(tags=["health"])
"""Routes that need a token."""


@router.get("/health/live", summary="Check that the process is alive")
async def health_live() -> LiveAnswer:
    return LiveAnswer()


@router.get(
    "/health/ready",
    summary="Check that the service can work: store, broker and mail server",
    responses={200: {"model": ReadyView}, 503: {"model": ReadyView}},
)
async def health_ready(request: Request) -> Response:
    began = perf_counter()
    try:
        async with asyncio.timeout(LOOK_SECONDS_MAX):
            services = await services_source(request).services()
    except Exception as problem:
        latency_ms = round((perf_counter() - began) * 1000)
        return _answer([_view_of(STORE, latency_ms, type(problem).__name__)])
    checks, sending_account, is_held = await asyncio.gather(
        check_neighbours(services),
        look_at_sending_account(services, LOOK_SECONDS_MAX),
        is_held_within(services, LOOK_SECONDS_MAX),
    )
    return _answer([_view(it) for it in checks], sending_account, is_held)


_AWAY = {
    STORE: "The store does not answer. Until it does, nothing can be read or changed.",
    BROKER: "The broker accepts no jobs. Leads wait in the store until it does.",
    MAIL: "The mail server does not answer. Messages wait and are tried again.",
}


def _view(check: SystemCheck) -> CheckView:
    return _view_of(check.name, check.latency_ms or 0, check.problem)


def _view_of(name: str, latency_ms: int, problem: str) -> CheckView:
    """`problem`: only the type of the error, because its text may contain addresses; empty if there
    is none."""
    message = f"{_AWAY[name]} ({problem})" if problem else "Answers."
    return CheckView(name=name, ok=not problem, latency_ms=latency_ms, message=message)


def _answer(
    checks: list[CheckView],
    sending_account: SendingAccount | None = None,
    is_held: bool | None = None,
) -> Response:
    is_away = any(not it.ok for it in checks if it.name == STORE)
    is_whole = all(it.ok for it in checks)
    view = ReadyView(
        status="away" if is_away else "ready" if is_whole else "degraded",
        checks=checks,
        breaker=None if sending_account is None else BreakerView.of(sending_account.breaker),
        blocked=0 if sending_account is None else sending_account.blocked,
        blocked_reason="" if sending_account is None else sending_account.blocked_reason,
        is_held=is_held,
    )
    return JSONResponse(view.model_dump(mode="json"), status_code=503 if is_away else 200)


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
