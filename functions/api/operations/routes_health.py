"""Is the service alive, is it ready, and what does it count?

`live` asks nobody, so that a broken store does not get the process killed. `ready` asks all three
neighbours at once, each for a bounded time; without its store the service can do nothing (503),
without broker or mail server it accepts work and does it later. An open circuit breaker is shown,
and is no reason to be unready: leads wait, and mail goes on by itself.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from time import perf_counter

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from functions.api.http.context import MetricsDep, services_source
from functions.api.http.metrics import CONTENT_TYPE
from functions.api.operations.schemas_health import CheckView, LiveAnswer, ReadyView
from functions.api.sending.schemas import BreakerView, look_at_account
from functions.service.reports.due import oldest_overdue_seconds
from functions.service.sending.limiter import Account

CHECK_SECONDS_MAX = 3.0
SCRAPE_SECONDS_MAX = 2.0

router = APIRouter(tags=["health"])
"""Open: what keeps a service up has no token."""
figures = APIRouter(tags=["health"])
"""For whoever has one."""


@router.get("/health/live", summary="Is the process alive?")
async def health_live() -> LiveAnswer:
    return LiveAnswer()


@router.get(
    "/health/ready",
    summary="Can the service work? Each neighbour with its latency",
    responses={200: {"model": ReadyView}, 503: {"model": ReadyView}},
)
async def health_ready(request: Request) -> Response:
    began = perf_counter()
    try:
        async with asyncio.timeout(CHECK_SECONDS_MAX):
            services = await services_source(request).services()
    except Exception as problem:
        return _answer([_check_of("store", began, problem)])
    *checks, account = await asyncio.gather(
        _check("store", services.store.ping),
        _check("broker", services.dispatcher.ping),
        _check("mail", services.transport.ping),
        look_at_account(services, CHECK_SECONDS_MAX),
    )
    return _answer(checks, account)


async def _check(name: str, ping: Callable[[], Awaitable[None]]) -> CheckView:
    began = perf_counter()
    try:
        async with asyncio.timeout(CHECK_SECONDS_MAX):
            await ping()
    except Exception as problem:
        return _check_of(name, began, problem)
    return _check_of(name, began, None)


_AWAY = {
    "store": "The store does not answer: nothing can be read or changed until it does.",
    "broker": "The broker takes no jobs: leads wait in the store, and the sweep hands them over.",
    "mail": "The mail server does not greet: messages wait and are tried again.",
}


def _check_of(name: str, began: float, problem: Exception | None) -> CheckView:
    latency_ms = round((perf_counter() - began) * 1000)
    if problem is None:
        return CheckView(name=name, ok=True, latency_ms=latency_ms, words="Answers.")
    # The kind of error only: its text may hold addresses and passwords.
    words = f"{_AWAY[name]} ({type(problem).__name__})"
    return CheckView(name=name, ok=False, latency_ms=latency_ms, words=words)


def _answer(checks: list[CheckView], account: Account | None = None) -> Response:
    is_away = any(not it.ok for it in checks if it.name == "store")
    is_whole = all(it.ok for it in checks)
    view = ReadyView(
        status="away" if is_away else "ready" if is_whole else "degraded",
        checks=checks,
        breaker=None if account is None else BreakerView.of(account.breaker),
    )
    return JSONResponse(view.model_dump(mode="json"), status_code=503 if is_away else 200)


@figures.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)
async def metrics(request: Request, metrics: MetricsDep) -> Response:
    try:
        async with asyncio.timeout(SCRAPE_SECONDS_MAX):
            services = await services_source(request).services()
            overdue_seconds = await oldest_overdue_seconds(services)
            account = await look_at_account(services, SCRAPE_SECONDS_MAX)
    except Exception:
        # The other figures are worth reading most when the store is away.
        overdue_seconds, account = math.nan, None
    page = metrics.page(overdue_seconds, account)
    return Response(page, headers={"content-type": CONTENT_TYPE})
