"""The context of a request: what the application was made from, as dependencies of routes.

Only this module reads it from the request.
"""

from collections.abc import Callable
from typing import Annotated, Protocol

from fastapi import Depends, Request

from functions.access import ApiTokens
from functions.api.http.metrics import Metrics
from functions.api.http.request_limits import RequestLimits
from functions.service.access.records import DEFAULT_WORKSPACE, Session, WorkspaceId
from functions.service.services import Services, WorkspaceServices


class ServicesSource(Protocol):
    """The composition, or a slot that holds one (see `functions.api.handler`)."""

    async def services(self) -> Services:
        """The services of the running event loop."""
        ...


TokensSource = Callable[[], ApiTokens]
"""Returns the valid tokens. Called at each request, so that a cold start reads no settings."""


def services_source(request: Request) -> ServicesSource:
    """For routes that answer even if no services can be created."""
    source: ServicesSource = request.app.state.source
    return source


def tokens_source(request: Request) -> TokensSource:
    source: TokensSource = request.app.state.tokens
    return source


def session_of(request: Request) -> Session | None:
    """The session that authenticated the request; None if an API token did."""
    session: Session | None = getattr(request.state, "session", None)
    return session


def workspace_of(request: Request) -> WorkspaceId:
    """The workspace of a request. Only this function determines it; so far there is one."""
    return DEFAULT_WORKSPACE


async def _services(
    request: Request, workspace_id: Annotated[WorkspaceId, Depends(workspace_of)]
) -> WorkspaceServices:
    services = await services_source(request).services()
    return services.in_workspace(workspace_id)


def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


def _limits(request: Request) -> RequestLimits:
    limits: RequestLimits = request.app.state.limits
    return limits


SessionDep = Annotated[Session | None, Depends(session_of)]
ServicesDep = Annotated[WorkspaceServices, Depends(_services)]
MetricsDep = Annotated[Metrics, Depends(_metrics)]
LimitsDep = Annotated[RequestLimits, Depends(_limits)]
