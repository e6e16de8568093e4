"""The API as an ASGI application. It is made from a composition and knows no adapters or settings.

Its layers, from the outside in: the error boundary (headers, metrics, defects), the guard for hosts
and paths, the canonical path, authentication, the guard for JSON bodies, the routes.
"""

from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from functions.api.access import routes as session
from functions.api.access import routes_workspace as workspace
from functions.api.audience import routes as contacts
from functions.api.audience import routes_suppressions as suppressions
from functions.api.campaigns import routes as campaigns
from functions.api.campaigns import routes_flow as flows
from functions.api.campaigns import routes_lifecycle as lifecycle
from functions.api.content import routes as emails
from functions.api.http.authentication import Authentication, sessions_of, throttle_of
from functions.api.http.context import ServicesSource, TokensSource
from functions.api.http.description import INVALID, describe
from functions.api.http.error_boundary import ErrorBoundary
from functions.api.http.host_guard import HostGuard, HostsSource
from functions.api.http.json_body_guard import JsonBodyGuard
from functions.api.http.metrics import Metrics
from functions.api.http.paths import API_PREFIX, CanonicalPath
from functions.api.http.problems import Problem, register
from functions.api.http.request_limits import RequestLimits
from functions.api.jobs import routes as jobs
from functions.api.leads import routes as leads
from functions.api.leads import routes_contacts as single_contacts
from functions.api.leads import routes_failed as failed_leads
from functions.api.operations import routes_dead_letters as dead_letters
from functions.api.operations import routes_health as health
from functions.api.operations import routes_restoration as restoration
from functions.api.operations import routes_system as system
from functions.api.operations.readiness import Readiness
from functions.api.reports import routes_live as live
from functions.api.reports import routes_overview as overview
from functions.api.reports import routes_results as results
from functions.api.sending import routes as messages
from functions.api.sending import routes_dkim as dkim_keys
from functions.api.sending import routes_throughput as throughput
from functions.api.tracking import routes as tracking
from functions.api.tracking import routes_feedback as feedback
from functions.hosts import AllowedHosts

_DESCRIPTION = """\
E-mail automation: a campaign is a flow, each of its contacts becomes a lead, and each lead walks
the flow on its own.

Errors are problem details (RFC 9457) with a `code` for programs and sentences for people. Requests
that start long work (import, launch, cancel, delete) are answered with 202 and a job.
`/campaigns…` is short for `/api/v1/campaigns…`.

All routes need an API token, except the health checks, the links in e-mails and signed feedback. A
browser signs in with the token once and is then known by the cookie of its session.
"""

_TAGS = [
    {"name": "campaigns", "description": "Create, list, read and change campaigns."},
    {"name": "flows", "description": "Edit, validate, preview and publish flows."},
    {"name": "contacts", "description": "Import, list, change and delete contacts."},
    {"name": "suppressions", "description": "Addresses that are sent no mail."},
    {"name": "lifecycle", "description": "Launch, pause, resume, end, cancel, archive, delete."},
    {"name": "live", "description": "Counts that have changed."},
    {
        "name": "results",
        "description": "What happened to each e-mail, and which branch does better.",
    },
    {"name": "leads", "description": "Where each lead is, and why."},
    {"name": "messages", "description": "Messages, their outcomes, and those that are unknown."},
    {"name": "domains", "description": "Sending domains: their DKIM keys and DNS records."},
    {"name": "jobs", "description": "Long work and its reports."},
    {"name": "dead letters", "description": "Jobs that the broker gave up on."},
    {"name": "system", "description": "The state of the system, and how to fix it."},
    {"name": "workspace", "description": "What a team decides for all its campaigns."},
    {"name": "feedback", "description": "Bounces and complaints that others report, signed."},
    {"name": "session", "description": "How a browser signs in, and who is signed in."},
    {"name": "health", "description": "For monitoring."},
]

_OPEN: Final = [
    route
    for router in (tracking.router, feedback.router, health.router, session.entrance)
    for route in router.routes
    if isinstance(route, APIRoute)
]
"""The routes that need no token. All others do."""

_INVALID: dict[int | str, dict[str, Any]] = {422: {"model": Problem, "description": INVALID}}
"""Instead of FastAPI's own description of it."""


class _Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            unlocked = {(route.path, method) for route in _OPEN for method in route.methods or ()}
            describe(super().openapi(), unlocked)
        return self.openapi_schema or {}


_MODULES: Final = (
    overview,
    campaigns,
    flows,
    emails,
    contacts,
    single_contacts,
    suppressions,
    lifecycle,
    live,
    results,
    leads,
    failed_leads,
    messages,
    dkim_keys,
    throughput,
    jobs,
    dead_letters,
    workspace,
    session,
    system,
    restoration,
)
"""The areas of the API under its prefix, in the order of the document."""


def create_app(
    composition: ServicesSource,
    tokens: TokensSource,
    limits: RequestLimits | None = None,
    *,
    metrics: Metrics | None = None,
    hosts: HostsSource = AllowedHosts,
) -> FastAPI:
    """`composition`: provides the services for each request, on that request's event loop.

    `tokens`: provides the API tokens for each request that needs one. `hosts`: provides the names
    that the API answers to besides this machine's own addresses.
    """
    limits = limits or RequestLimits()
    metrics = metrics or Metrics()
    app = _Application(
        title="EmailBuilder",
        version="1",
        description=_DESCRIPTION,
        openapi_url=f"{API_PREFIX}/openapi.json",
        openapi_tags=_TAGS,
        # Their pages load scripts from other sites, which our content security policy forbids.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    app.state.source = composition
    app.state.tokens = tokens
    app.state.metrics = metrics
    app.state.limits = limits
    app.state.readiness = Readiness(composition)
    register(app)
    api = APIRouter(prefix=API_PREFIX, responses=_INVALID)
    for module in _MODULES:
        api.include_router(module.router)
    app.include_router(api)
    app.include_router(session.entrance, responses=_INVALID)
    app.include_router(feedback.router, responses=_INVALID)
    app.include_router(tracking.router)
    app.include_router(health.router)
    app.include_router(health.figures)
    # The layer that is added last is the outermost.
    app.add_middleware(JsonBodyGuard, limits=limits)
    app.add_middleware(
        Authentication,
        tokens=tokens,
        open_routes=_OPEN,
        find=sessions_of(composition),
        admit=throttle_of(composition),
    )
    app.add_middleware(CanonicalPath)
    app.add_middleware(HostGuard, hosts=hosts)
    app.add_middleware(ErrorBoundary, source=composition, metrics=metrics)
    return app


def _operation_id(route: APIRoute) -> str:
    """The name of the function. Generated clients name methods after it, so it must not change."""
    return route.name
