"""The whole product in one process: inbox, emulated cloud, function handlers, gateway, pages.

Invariant: everything that was started is stopped in reverse order, even if a start fails halfway.
Started again in the same folder, the system continues where it was.
"""

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from functions.access import ApiTokens
from functions.api import handler as api_handler
from functions.api.http.authentication import Authentication, sessions_of
from functions.api.http.host_guard import HostGuard
from functions.resume_lead import handler as resume_handler
from functions.runtime import Composition, Runtime
from functions.send_email import handler as send_handler
from functions.settings_error import SettingsError
from local.cloud.cloud import Cloud, CloudSettings
from local.frontend import Frontend
from local.gateway import Gateway
from local.home import Home
from local.inbox.api import inbox_api
from local.inbox.server import Inbox
from local.loopback import LOOPBACK
from local.receiver.server import receiving
from local.server import make_server
from local.settings import LocalSettings
from local.stores import migrate_store
from local.wiring import Addresses, make_compose


class System:
    """`with System(settings) as system:` runs it; `url` is the address of the API.

    With `direct`, for debugging, requests go to the API application without gateway events.
    `smtp_uri`: another mail server than the inbox, to find out how the system copes with it.
    `public_url`: the address of a server before this one, to which the links in mail lead.
    """

    def __init__(
        self,
        settings: LocalSettings,
        *,
        direct: bool = False,
        smtp_uri: str = "",
        public_url: str = "",
    ) -> None:
        self._settings = settings
        self._direct = direct
        self._public_url = public_url
        self._smtp_uri = smtp_uri
        self._stack = ExitStack()
        port = settings.port or _free_port()
        self.url = f"http://{LOOPBACK}:{port}"
        self.inbox = Inbox(settings.home / "inbox.db", host=LOOPBACK, port=settings.smtp_port)
        self._port = port

    @property
    def token(self) -> str:
        """The API token in the home folder. Raises SettingsError."""
        return Home(self._settings.home).api_token()

    @property
    def token_path(self) -> Path:
        return Home(self._settings.home).api_token_path

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
        self._make_home()
        asyncio.run(migrate_store(settings.effective_store_uri()))
        self._start_inbox()
        self._stack.callback(self.inbox.stop)
        cloud = Cloud(CloudSettings(sweep_seconds=settings.sweep_seconds))
        inbox_uri = f"smtp://{self.inbox.host}:{self.inbox.port}"
        addresses = Addresses(self._public_url or self.url, self._smtp_uri or inbox_uri)
        composition = Composition(make_compose(settings, cloud, addresses))
        runtime = Runtime(composition)
        self._stack.callback(runtime.close)
        self._receive(runtime)
        for module in (send_handler, resume_handler):
            module.use(runtime)
            self._stack.callback(module.use, None)
        tokens = settings.all_api_tokens()
        api_handler.use(composition, tokens, settings.hosts)
        self._stack.callback(api_handler.use, None)
        # In the cloud, metrics go to the log; here, `/metrics` serves them.
        write_metrics = resume_handler.schedule.write_metrics
        resume_handler.schedule.write_metrics = lambda _: None
        self._stack.callback(setattr, resume_handler.schedule, "write_metrics", write_metrics)
        gateway = Gateway(api_handler.handler, api_handler.app)
        self._stack.callback(gateway.close, composition.close)
        self._serve(api_handler.app if self._direct else gateway, composition, tokens)
        cloud.start()
        self._stack.callback(cloud.stop)

    def _make_home(self) -> None:
        home = self._settings.home
        try:
            Home(home).make()
        except OSError as problem:
            raise SettingsError(
                f"EMAILBUILDER_HOME: {home} cannot be used as a folder ({problem.strerror})"
            ) from None

    def _start_inbox(self) -> None:
        try:
            self.inbox.start()
        except OSError as problem:
            raise SettingsError(
                f"SMTP_PORT: the inbox cannot listen on port {self.inbox.port} "
                f"({os.strerror(problem.errno) if problem.errno else problem}); is another system "
                "running?"
            ) from None

    def _receive(self, runtime: Runtime) -> None:
        """Take what comes back from the inbox's readers."""
        receiver = AsyncExitStack()
        taking = receiving(runtime.services, host=LOOPBACK, port=0)
        self.inbox.returns_to = runtime.run(receiver.enter_async_context(taking))
        self._stack.callback(lambda: runtime.run(receiver.aclose()))

    def _serve(self, api: ASGIApp, composition: Composition, tokens: ApiTokens) -> None:
        inbox = Authentication(
            inbox_api(self.inbox.ledger), lambda: tokens, (), sessions_of(composition)
        )

        @asynccontextmanager
        async def life(_: Starlette) -> AsyncIterator[None]:
            """Closes what was opened on the server's own loop."""
            try:
                yield
            finally:
                await composition.close()

        rest = Starlette(
            routes=[
                Mount("/inbox/api", inbox),
                Mount("/", api),
            ],
            lifespan=life,
        )
        # Before the gateway, which cannot turn a malformed host into an event. The pages are public
        # files, and say themselves that what an odd address names does not exist.
        app = Frontend(HostGuard(rest, lambda: self._settings.hosts), self._settings.frontend)
        server = make_server(app, host=LOOPBACK, port=self._port, tokens=tokens)
        thread = threading.Thread(
            target=_serve_until_told, args=(server,), name="gateway", daemon=True
        )
        thread.start()
        self._stack.callback(_stop_server, server, thread)
        _wait_until_up(server, thread)


def _serve_until_told(server: uvicorn.Server) -> None:
    # uvicorn ends its process if it cannot listen; here it runs in a thread, and `_wait_until_up`
    # reports the reason.
    with suppress(SystemExit):
        server.run()


def _wait_until_up(server: uvicorn.Server, thread: threading.Thread) -> None:
    while not server.started:
        thread.join(0.02)
        if not thread.is_alive():
            raise SettingsError(
                f"PORT: the gateway cannot listen on port {server.config.port}; is another system "
                "running?"
            )


def _stop_server(server: uvicorn.Server, thread: threading.Thread) -> None:
    server.should_exit = True
    thread.join(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
