"""An HTTP server that other machines can reach only if the application requires tokens, and whose
clients have deadlines (`local/timed_http.py`)."""

import uvicorn
from starlette.types import ASGIApp

from functions.access import NO_TOKENS, ApiTokens
from functions.api.http.safe_headers import SafeHeaders
from functions.hosts import is_loopback
from functions.settings_error import SettingsError
from local.timed_http import TimedHttp

GRACE_SECONDS = 5
"""On shutdown, requests in progress get this long to finish, then they are cut off."""


def make_server(
    app: ASGIApp, *, host: str, port: int, tokens: ApiTokens = NO_TOKENS
) -> uvicorn.Server:
    """`tokens`: those that `app` accepts.

    Logging stays as configured. Raises SettingsError if `host` requires tokens and there are none.
    """
    check_binding(host, tokens)
    config = uvicorn.Config(
        SafeHeaders(app),
        host=host,
        port=port,
        http=TimedHttp,
        ws="none",
        log_config=None,
        # Metrics show which requests came; paths may hold readers' tokens.
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return uvicorn.Server(config)


def check_binding(host: str, tokens: ApiTokens) -> None:
    """`host`: as passed to the server; empty means every address. Raises SettingsError."""
    if not tokens and not is_loopback(host):
        raise SettingsError(
            f"API_TOKENS is not set, and {host or 'every address'} can be reached from other "
            "machines: set it to a token (`emailbuilder token` makes one), or listen on 127.0.0.1"
        )
