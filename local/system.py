"""The whole product in one process: inbox, emulated cloud, function handlers, gateway, pages.

Invariant: what was started is stopped in the opposite order, also when a start fails halfway;
started again in the same folder, everything goes on where it was.
"""

import asyncio
import socket
import threading
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from functions.access import ApiTokens
from functions.api import handler as api_handler
from functions.api.http.authentication import Authentication
from functions.resume_lead import handler as resume_handler
from functions.runtime import Composition, Runtime
from functions.send_email import handler as send_handler
from local.cloud.cloud import Cloud, CloudSettings
from local.frontend import Frontend
from local.gateway import Gateway
from local.home import Home
from local.inbox.api import inbox_api
from local.inbox.server import Inbox
from local.loopback import LOOPBACK
from local.server import make_server
from local.settings import LocalSettings
from local.stores import open_store
from local.wiring import Addresses, make_compose


class System:
    """`with System(settings) as system:` runs it; `url` is where the API answers.

    `direct` serves the API application itself instead of going through gateway events, for
    debugging.
    """

    def __init__(self, settings: LocalSettings, *, direct: bool = False) -> None:
        self._settings = settings
        self._direct = direct
        self._stack = ExitStack()
        port = settings.port or _free_port()
        self.url = f"http://{LOOPBACK}:{port}"
        self.inbox = Inbox(settings.home / "inbox.db", host=LOOPBACK, port=settings.smtp_port)
        self._port = port

    @property
    def token(self) -> str:
        """The API token that is kept in the home folder. Raises SettingsError."""
        return Home(self._settings.home).api_token()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _start(self) -> None:
        settings = self._settings
        settings.home.mkdir(parents=True, exist_ok=True)
        asyncio.run(_migrate(settings.effective_store_uri()))
        self.inbox.start()
        self._stack.callback(self.inbox.stop)
        cloud = Cloud(CloudSettings(sweep_seconds=settings.sweep_seconds))
        addresses = Addresses(self.url, f"smtp://{self.inbox.host}:{self.inbox.port}")
        composition = Composition(make_compose(settings, cloud, addresses))
        runtime = Runtime(composition)
        self._stack.callback(runtime.close)
        for module in (send_handler, resume_handler):
            module.use(runtime)
            self._stack.callback(module.use, None)
        tokens = settings.all_api_tokens()
        api_handler.use(composition, tokens)
        self._stack.callback(api_handler.use, None)
        # Metrics go to the cloud's log there; here `/metrics` has them.
        write_metrics = resume_handler.schedule.write_metrics
        resume_handler.schedule.write_metrics = lambda _: None
        self._stack.callback(setattr, resume_handler.schedule, "write_metrics", write_metrics)
        gateway = Gateway(api_handler.handler, api_handler.app)
        self._stack.callback(gateway.close, composition.close)
        self._serve(api_handler.app if self._direct else gateway, tokens)
        cloud.start()
        self._stack.callback(cloud.stop)

    def _serve(self, api: ASGIApp, tokens: ApiTokens) -> None:
        inbox = Authentication(inbox_api(self.inbox.ledger), lambda: tokens, open_routes=())
        rest = Starlette(
            routes=[
                Mount("/inbox/api", inbox),
                Mount("/", api),
            ]
        )
        app = Frontend(rest, self._settings.frontend)
        server = make_server(app, host=LOOPBACK, port=self._port, tokens=tokens)
        thread = threading.Thread(target=server.run, name="gateway", daemon=True)
        thread.start()
        self._stack.callback(_stop_server, server, thread)
        _wait_until_up(server, thread)


async def _migrate(uri: str) -> None:
    store = await open_store(uri)
    try:
        await store.migrate()
    finally:
        await store.close()


def _wait_until_up(server: uvicorn.Server, thread: threading.Thread) -> None:
    while not server.started:
        thread.join(0.02)
        if not thread.is_alive():
            raise RuntimeError("the gateway could not start: is its port taken?")


def _stop_server(server: uvicorn.Server, thread: threading.Thread) -> None:
    server.should_exit = True
    thread.join(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
