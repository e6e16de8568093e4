"""The API of a fake world on a real port: uvicorn, all middleware, an API token.

After each request that may change something, the world works off what was caused, so that later
requests meet campaigns with leads and finished jobs. The same requests in the same order always
meet the same world.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from functions.access import ApiTokens
from functions.api.app import create_app
from functions.api.http.authentication import SAFE_METHODS
from functions.service.services import Services
from harness.fakes.client import api_client
from harness.fakes.scenes import click_flow
from harness.fakes.signing import able_to_sign
from harness.fakes.world import FakeWorld, open_world
from harness.patience import patience
from local.loopback import LOOPBACK
from local.server import make_server

TOKEN = f"ebk_fuzzFUZZ_{'x' * 43}"
SECONDS_BETWEEN = 5.0
"""Requests come slowly enough for every throttle."""
PEOPLE = [{"email": f"p{number}@example.com"} for number in range(3)]


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    token: str


class _WorldOfLoop:
    """A composition that makes its world on the server's own event loop."""

    def __init__(self) -> None:
        self.world: FakeWorld | None = None

    async def services(self) -> Services:
        if self.world is None:
            self.world = await open_world()
            able_to_sign(self.world)
            await _settle_in(self.world)
        return await self.world.services()


async def _settle_in(world: FakeWorld) -> None:
    """A campaign that runs, one that does not, and a key."""
    async with api_client(world) as client:
        for body in (
            {"campaign_id": "running", **click_flow(), "contacts": PEOPLE, "launch": True},
            {"campaign_id": "draft", **click_flow()},
        ):
            (await client.post("/campaigns", json=body)).raise_for_status()
        key = {"domain": "example.com", "algorithm": "ed25519"}
        (await client.post("/api/v1/dkim-keys", json=key)).raise_for_status()
    await world.settle()


class _Settling:
    """Middleware: lets the world come to rest after each request that may change it."""

    def __init__(self, app: ASGIApp, composition: _WorldOfLoop) -> None:
        self._app = app
        self._composition = composition

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
        world = self._composition.world
        if scope["type"] != "http" or world is None:
            return
        world.clock.advance(SECONDS_BETWEEN)
        if scope["method"] not in SAFE_METHODS:
            await world.settle(1)


@contextmanager
def served() -> Iterator[Served]:
    composition = _WorldOfLoop()
    tokens = ApiTokens.parse(TOKEN)
    app = _Settling(create_app(composition, lambda: tokens), composition)
    with socket.create_server((LOOPBACK, 0)) as listening:
        server = make_server(app, host=LOOPBACK, port=0, tokens=tokens)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield Served(f"http://{LOOPBACK}:{listening.getsockname()[1]}", TOKEN)
        finally:
            server.should_exit = True
            thread.join(patience(10))
