"""An HTTP client of the API over a fake world."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from functions.access import NO_TOKENS, ApiTokens
from functions.api.app import create_app
from functions.api.http.request_limits import RequestLimits
from functions.hosts import host_of_url
from harness.fakes.described import check_described
from harness.fakes.world import PUBLIC_URL, FakeWorld, fake_world

HOSTS = host_of_url(PUBLIC_URL)


@asynccontextmanager
async def api_client(
    world: FakeWorld, limits: RequestLimits | None = None, tokens: ApiTokens = NO_TOKENS
) -> AsyncIterator[httpx.AsyncClient]:
    """Redirects are returned, not followed. A defect becomes a response, as in production. An
    answer that the OpenAPI document does not describe raises AssertionError."""
    app = create_app(world, lambda: tokens, limits, hosts=lambda: HOSTS)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url=PUBLIC_URL, event_hooks={"response": [check_described]}
    ) as client:
        yield client


@asynccontextmanager
async def api_world(
    limits: RequestLimits | None = None,
) -> AsyncIterator[tuple[httpx.AsyncClient, FakeWorld]]:
    async with fake_world() as world, api_client(world, limits) as client:
        yield client, world
