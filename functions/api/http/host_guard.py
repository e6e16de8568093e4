"""The guard for hosts and paths: refuses what no route should see.

Routes, and the libraries below them, may then rely on a path that is text and on a Host header that
can be parsed and names this server.
"""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from functions.api.http import paths
from functions.api.http.problems import problem
from functions.hosts import AllowedHosts, host_of

HostsSource = Callable[[], AllowedHosts]
"""Returns the allowed hosts. Called at each request, so that a cold start reads no settings."""


class HostGuard:
    """Middleware. Health checks are answered under any name: the programs that supervise a service
    often know only its IP address."""

    def __init__(self, app: ASGIApp, hosts: HostsSource) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._refusal(scope) if scope["type"] == "http" else None
        await (refused or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        if not is_path(scope["path"]):
            return problem(
                400,
                "malformed_path",
                "The path is malformed: it must begin with a slash, and be UTF-8 without control "
                "characters.",
            )
        header = Headers(scope=scope).get("host")
        if header is None:  # Only HTTP/1.0 may leave it out.
            return None
        host = host_of(header)
        if host is None:
            return problem(
                400,
                "malformed_host",
                "The Host header is malformed: send the name of this server, such as "
                "mail.example.com or localhost:8000.",
            )
        if scope["path"] in paths.HEALTH or self._hosts().admit(host):
            return None
        return problem(
            400,
            "host_not_allowed",
            f"This server is not called {host}. If it should be, its operator adds the name to "
            "ALLOWED_HOSTS.",
        )


def is_path(path: str) -> bool:
    """Whether the decoded path is one that a URL can have. The server has replaced bytes that are
    not UTF-8 by U+FFFD."""
    return path.startswith("/") and not any(
        it < " " or "\x7f" <= it <= "\x9f" or it == "\ufffd" or "\ud800" <= it <= "\udfff"
        for it in path
    )
