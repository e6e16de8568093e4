"""The API of the team's stack: the same application as the API function, behind uvicorn.

Invariant: other machines can reach it only if it requires a token (`local/server.py`).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from prometheus_client import CollectorRegistry, ProcessCollector
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from functions.api.app import create_app
from functions.api.http.metrics import Metrics
from functions.runtime import Composition
from local.server import make_server
from local.team.doctor import doctor_of_backend
from local.team.logs import configure_logs
from local.team.metrics import PrometheusObserver
from local.team.settings import TeamSettings
from local.team.traces import TracedRequests, configure_traces
from local.team.wiring import check, compose


def serve_backend(settings: TeamSettings, *, host: str, port: int) -> None:
    """Serves until the process receives a signal to end. Raises SettingsError."""
    check(settings)
    server = make_server(make_backend(settings), host=host, port=port, tokens=settings.api_tokens)
    configure_logs(settings.log_level, service="backend", secrets=settings.secrets())
    server.run()


def make_backend(settings: TeamSettings) -> ASGIApp:
    """An ASGI application that opens its resources at the first request and closes them on
    shutdown.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    composition = Composition(
        partial(
            compose,
            settings,
            PrometheusObserver(registry),
            partial(doctor_of_backend, settings),
        )
    )
    api = create_app(
        composition,
        lambda: settings.api_tokens,
        metrics=Metrics(registry),
        hosts=lambda: settings.hosts,
    )

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        end_traces = configure_traces("backend", settings.otlp_endpoint)
        try:
            yield
        finally:
            await composition.close()
            end_traces()

    return TracedRequests(Starlette(routes=[Mount("/", api)], lifespan=life))
