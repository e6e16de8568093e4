"""An HTTP server: on this machine as it likes, beyond it only behind a lock."""

import uvicorn
from starlette.types import ASGIApp

from functions.access import NO_TOKENS, ApiTokens
from functions.settings_error import SettingsError
from local.loopback import is_loopback

GRACE_SECONDS = 5
"""What is under way when the server is told to end is given this long, then cut off."""


def make_server(
    app: ASGIApp, *, host: str, port: int, tokens: ApiTokens = NO_TOKENS
) -> uvicorn.Server:
    """`tokens`: those that `app` asks for. It leaves logging as it is configured.

    Raises SettingsError where `host` needs tokens.
    """
    check_binding(host, tokens)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        # Figures tell what was asked for; paths may hold readers' tokens.
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return uvicorn.Server(config)


def check_binding(host: str, tokens: ApiTokens) -> None:
    """`host`: as the server is given it; empty means every address. Raises SettingsError."""
    if not tokens and not is_loopback(host):
        raise SettingsError(
            f"API_TOKENS is not set, and {host or 'every address'} can be reached from other "
            "machines: set it to a token (`emailbuilder token` makes one), or listen on 127.0.0.1"
        )
