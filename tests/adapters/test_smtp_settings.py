"""Reaching a mail server: its address, encryption, passwords."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from functions.adapters.smtp import SmtpTransport
from functions.adapters.smtp_settings import SmtpSettings, SmtpUriError
from functions.flow.outcome import Concern, Deferred, Phase, Sent
from harness.servers.certificate import write_certificate
from tests.adapters.smtp_scene import SENT, envelope, run, send
from tests.adapters.smtp_server import Act, ScriptedServer, plain_auth


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of its own for 127.0.0.1, in one file."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    write_certificate(path)
    return path


def tls_server(certificate: Path, *ehlo: str) -> ScriptedServer:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return ScriptedServer(ehlo=ehlo, tls=context)


@pytest.mark.parametrize(
    ("settings", "knows_authority", "encrypted", "is_sent"),
    [
        ({}, False, 1, True),
        ({"starttls": "require"}, True, 1, True),
        ({"starttls": "require"}, False, 0, False),
        ({"starttls": "never"}, False, 0, True),
        ({"username": "ada", "password": "s"}, True, 1, True),
        ({"username": "ada", "password": "s"}, False, 0, False),
        ({"username": "ada", "password": "s", "starttls": "never"}, False, 0, True),
    ],
)
def test_starttls_where_it_is_offered(
    certificate: Path,
    settings: dict[str, Any],
    knows_authority: bool,
    encrypted: int,
    is_sent: bool,
) -> None:
    """Opportunistic without checking the certificate; checked when required or with a password."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        (outcome,) = await send(transport)
        assert isinstance(outcome, Sent if is_sent else Deferred)
        assert server.encrypted == encrypted
        assert is_sent or outcome.phase is Phase.CONNECT  # type: ignore[union-attr]

    ca_file = str(certificate) if knows_authority else None
    run(test, tls_server(certificate, "STARTTLS", "AUTH PLAIN"), ca_file=ca_file, **settings)


@pytest.mark.parametrize(
    "settings", [{"starttls": "require"}, {"username": "ada", "password": "s"}]
)
def test_starttls_not_offered(settings: dict[str, Any]) -> None:
    """An attacker may have removed the offer: neither password nor mail is sent in the clear."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        (outcome,) = await send(transport)
        assert isinstance(outcome, Deferred)
        assert outcome.phase is Phase.CONNECT
        assert not any(command.startswith(("AUTH", "MAIL")) for command in server.commands)

    run(test, ScriptedServer(ehlo=["AUTH PLAIN"]), **settings)


def test_password_is_sent_once_per_connection() -> None:
    """Logged in when connecting, then reused."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        assert await send(transport, envelope(), envelope()) == [SENT, SENT]
        (auth,) = [command for command in server.commands if command.startswith("AUTH")]
        assert plain_auth(auth) == {"user": "ada", "password": "pä:ss"}

    settings = {"username": "ada", "password": "pä:ss", "starttls": "never"}
    run(test, ScriptedServer(ehlo=["AUTH PLAIN"]), **settings)


def test_wrong_password_defers() -> None:
    """The settings are at fault, not the message."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        (outcome,) = await send(transport)
        assert outcome == Deferred(535, "wrong password", Phase.CONNECT, Concern.SENDING_ACCOUNT)

    server = ScriptedServer({"AUTH": [Act("535 wrong password")]}, ehlo=["AUTH PLAIN"])
    run(test, server, username="ada", password="s", starttls="never")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("smtp://mail.example.com", SmtpSettings("mail.example.com", 25)),
        ("smtp://[::1]:1025", SmtpSettings("::1", 1025)),
        ("smtp://mail.Straße.de", SmtpSettings("mail.xn--strae-oqa.de", 25)),
        ("smtps://h", SmtpSettings("h", 465, implicit_tls=True)),
        (
            "smtp://ada%40example.com:p%3Ass%2F@h:587?starttls=require&ca_file=/etc/ca.pem",
            SmtpSettings(
                "h",
                587,
                username="ada@example.com",
                password="p:ss/",
                starttls="require",
                ca_file="/etc/ca.pem",
            ),
        ),
    ],
)
def test_settings_from_a_uri(uri: str, expected: SmtpSettings) -> None:
    """User and password may be percent-encoded; ports have the usual defaults."""
    settings = SmtpSettings.from_uri(uri)
    assert settings == expected
    assert "p:ss/" not in repr(settings)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "mail.example.com",
        "http://h",
        "smtp://",
        "smtp://u:secret@h?starttls=maybe",
        "smtp://u:secret@h?retries=3",
        "smtp://u:secret@h:port",
        "smtp://u:secret@[h",
        "smtp://u:secret@☃.example",
    ],
)
def test_bad_uri_is_refused_without_its_password(uri: str) -> None:
    """The message may end up in a log."""
    with pytest.raises(SmtpUriError) as caught:
        SmtpTransport(uri)
    assert "secret" not in str(caught.value)
