"""Other machines can reach a server only if it requires a token."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from functions.access import NO_TOKENS, ApiTokens
from functions.api.http.safe_headers import SAFE_HEADERS
from functions.settings_error import SettingsError
from local.inbox.__main__ import main as inbox_main
from local.server import check_binding, make_server

TOKENS = ApiTokens.parse("x" * 24)
BEYOND = ["0.0.0.0", "::", "", "192.168.1.7", "10.0.0.1", "example.com", "localhost.example.com"]
BEYOND += ["[::]", "0", "::ffff:192.168.1.7", "127.0.0.1.example.com"]


@pytest.mark.parametrize("host", BEYOND)
def test_server_that_others_can_reach_needs_a_token(host: str) -> None:
    """Even if its name cannot be resolved; the message says what to do."""
    with pytest.raises(SettingsError, match="API_TOKENS is not set") as caught:
        check_binding(host, NO_TOKENS)
    assert (host or "every address") in str(caught.value)
    check_binding(host, TOKENS)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_this_machine_alone_needs_none(host: str) -> None:
    """No other machine can connect."""
    check_binding(host, NO_TOKENS)


def test_server_is_not_even_made() -> None:
    """Creating one requires its tokens."""

    async def app(*_: object) -> None: ...

    with pytest.raises(SettingsError):
        make_server(app, host="0.0.0.0", port=0)
    make_server(app, host="0.0.0.0", port=0, tokens=TOKENS)


def test_every_answer_is_neither_kept_nor_guessed() -> None:
    """Also one without any header; what an application sets itself is kept."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {"type": "http.response.start", "status": 200}
        if scope["path"] == "/page":
            start["headers"] = [(b"content-security-policy", b"script-src 'self'")]
        await send(start)
        await send({"type": "http.response.body", "body": b""})

    async def story() -> None:
        served = make_server(app, host="127.0.0.1", port=0).config.app
        transport = httpx.ASGITransport(served)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            assert (await client.get("/")).headers == httpx.Headers(dict(SAFE_HEADERS))
            page = (await client.get("/page")).headers
            assert page["content-security-policy"] == "script-src 'self'"
            assert page["cache-control"] == "no-store"

    asyncio.run(story())


def test_inbox_does_not_show_mail_to_everybody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its JSON API, served on its own."""
    monkeypatch.delenv("API_TOKENS", raising=False)
    monkeypatch.delenv("API_TOKEN", raising=False)
    given = ["--path", str(tmp_path / "inbox.db"), "--host", "0.0.0.0", "--port", "0"]
    # With a port in use, so that it would not run for ever if it did start.
    with socket.create_server(("0.0.0.0", 0)) as taken:
        assert inbox_main([*given, "--api-port", str(taken.getsockname()[1])]) == 1
    assert "API_TOKENS is not set" in capsys.readouterr().err
