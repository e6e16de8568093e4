"""Mail through SES: over moto, and over an HTTP server that answers what a test wants."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto.ses.models import ses_backends

from functions.adapters.ses import SesTransport
from functions.flow.outcome import Concern, Deferred, Outcome, Phase, Rejected, Sent, Unknown
from functions.mail.envelope import Envelope
from local.cloud.moto_aws import ACCOUNT_ID, MotoAws

CONTENT = b"From: ada@example.com\r\nTo: ann@example.org\r\nSubject: Hi\r\n\r\nHello\r\n"
ENVELOPE = Envelope("<1@example.com>", "ada@example.com", "ann@example.org", "Hi", CONTENT)
ERROR = """<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>
</Error><RequestId>1</RequestId></ErrorResponse>"""
YES = """<SendRawEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">
<SendRawEmailResult><MessageId>id-7</MessageId></SendRawEmailResult></SendRawEmailResponse>"""


def send(transport: SesTransport, messages: int = 1) -> list[Outcome]:
    async def inner() -> list[Outcome]:
        async def one() -> Outcome:
            async with transport.connection() as connection:
                return await connection.send(ENVELOPE)

        try:
            return list(await asyncio.gather(*(one() for _ in range(messages))))
        finally:
            await transport.close()

    return asyncio.run(inner())


def test_message_reaches_ses_as_it_was() -> None:
    """The raw bytes, the envelope's sender and recipient, and the id SES gave it."""
    client = MotoAws().session.client("ses")
    client.verify_domain_identity(Domain="example.com")
    (outcome,) = send(SesTransport(client=client))
    assert isinstance(outcome, Sent)
    messages = ses_backends[ACCOUNT_ID]["eu-west-1"].sent_messages
    raw = cast(Any, next(it for it in messages if it.id == outcome.reply))
    assert (raw.source, set(raw.destinations)) == ("ada@example.com", {"ann@example.org"})
    received = message_from_string(raw.raw_data)
    assert received["Subject"] == "Hi"
    assert received.get_payload().strip() == "Hello"  # type: ignore[union-attr]


def test_unverified_sender_is_rejected() -> None:
    """moto knows no other domain; the reason has SES's words and the code it gives over SMTP."""
    client = MotoAws("eu-central-1").session.client("ses")
    (outcome,) = send(SesTransport(client=client))
    assert isinstance(outcome, Rejected)
    assert outcome.code == 554
    assert "MessageRejected" in outcome.reason


class Server(ThreadingHTTPServer):
    """Replaces SES. `requests` holds the fields of each call."""

    daemon_threads = True

    def __init__(self, status: int, body: str, *, cut: bool = False, stall: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = (status, body.encode())
        self.cut = cut
        self.stall = stall
        self.requests: list[dict[str, list[str]]] = []
        self.released = threading.Event()
        self.busy = 0
        self.busy_most = 0

    def transport(self, **options: Any) -> SesTransport:
        return SesTransport(
            region="eu-west-1",
            endpoint_url=f"http://127.0.0.1:{self.server_port}",
            read_timeout_seconds=0.3,
            **options,
        )


class _Handler(BaseHTTPRequestHandler):
    server: Server
    _lock = threading.Lock()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        server = self.server
        with self._lock:
            server.requests.append(parse_qs(body))
            server.busy += 1
            server.busy_most = max(server.busy_most, server.busy)
        try:
            if server.stall:
                server.released.wait(2)
            if server.cut:
                self.close_connection = True
                return
            status, answer = server.answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
        except ConnectionError:
            self.close_connection = True
        finally:
            with self._lock:
                server.busy -= 1

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "emulated")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "emulated")


@contextmanager
def answering(status: int, body: str, **faults: bool) -> Iterator[Server]:
    server = Server(status, body, **faults)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "MessageRejected", Rejected(554, "MessageRejected: so it is")),
        (400, "MailFromDomainNotVerifiedException", None),
        (400, "InvalidParameterValue", Rejected(554, "InvalidParameterValue: so it is")),
        (400, "Throttling", Deferred(454, "Throttling: so it is", concern=Concern.RATE)),
        (
            429,
            "TooManyRequestsException",
            Deferred(454, "TooManyRequestsException: so it is", concern=Concern.RATE),
        ),
        (
            503,
            "ServiceUnavailable",
            Deferred(454, "ServiceUnavailable: so it is", concern=Concern.RATE),
        ),
        (
            403,
            "AccessDenied",
            Deferred(451, "AccessDenied: so it is", concern=Concern.SENDING_ACCOUNT),
        ),
        (
            403,
            "InvalidClientTokenId",
            Deferred(451, "InvalidClientTokenId: so it is", concern=Concern.SENDING_ACCOUNT),
        ),
        (
            400,
            "AccountSendingPausedException",
            Deferred(
                451, "AccountSendingPausedException: so it is", concern=Concern.SENDING_ACCOUNT
            ),
        ),
        (500, "InternalFailure", Unknown("InternalFailure: so it is")),
        (504, "GatewayTimeout", Unknown("GatewayTimeout: so it is")),
    ],
)
def test_answers_of_ses(status: int, code: str, expected: Outcome | None) -> None:
    """Deferred, rejected, our fault, or unknown; botocore sends one request and does not retry."""
    with answering(status, ERROR.format(code=code, message="so\n it is")) as server:
        assert send(server.transport()) == [expected or Rejected(554, f"{code}: so it is")]
        assert len(server.requests) == 1


def test_call_names_the_configuration_set() -> None:
    """It is needed for reports of bounces and complaints."""
    with answering(200, YES) as server:
        assert send(server.transport(configuration_set="news")) == [Sent("id-7")]
        (request,) = server.requests
        assert request["Action"] == ["SendRawEmail"]
        assert request["Source"] == ["ada@example.com"]
        assert request["Destinations.member.1"] == ["ann@example.org"]
        assert request["ConfigurationSetName"] == ["news"]


@pytest.mark.parametrize(
    ("fault", "body"), [({"cut": True}, YES), ({"stall": True}, YES), ({}, "<what is this")]
)
def test_lost_answer_is_unknown(fault: dict[str, bool], body: str) -> None:
    """The request was read, so the message may have been accepted: there is no retry."""
    with answering(200, body, **fault) as server:
        (outcome,) = send(server.transport())
        assert isinstance(outcome, Unknown)
        assert outcome.reason
        assert len(server.requests) == 1


def test_nobody_listens() -> None:
    """Nothing was sent."""
    with answering(200, YES) as server:
        transport = server.transport()
    (outcome,) = send(transport)
    assert isinstance(outcome, Deferred)
    assert (outcome.phase, outcome.code) == (Phase.CONNECT, 0)


def test_server_that_speaks_no_tls() -> None:
    """The handshake failed, so nothing was sent."""
    with answering(200, YES) as server:
        url = f"https://127.0.0.1:{server.server_port}"
        (outcome,) = send(SesTransport(region="eu-west-1", endpoint_url=url))
    assert isinstance(outcome, Deferred)
    assert outcome.phase is Phase.CONNECT


def test_no_credentials_is_deferred(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings are at fault, not the message."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with answering(200, YES) as server:
        (outcome,) = send(server.transport())
        assert isinstance(outcome, Deferred)
        assert server.requests == []


def test_no_region_is_deferred(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a client that cannot be created."""
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    (outcome,) = send(SesTransport())
    assert isinstance(outcome, Deferred)
    assert outcome.phase is Phase.CONNECT


def test_slots_are_bounded() -> None:
    """No more calls at once than there are slots."""
    with answering(200, YES) as server:
        assert send(server.transport(connections_max=2), messages=12) == [Sent("id-7")] * 12
        assert server.busy_most <= 2


def test_ping() -> None:
    """Any answer suffices, even a denial; no answer or unknown credentials raise."""

    async def ping(transport: SesTransport) -> None:
        try:
            await transport.ping()
        finally:
            await transport.close()

    with answering(403, ERROR.format(code="AccessDenied", message="no")) as server:
        asyncio.run(ping(server.transport()))
        assert [request["Action"] for request in server.requests] == [["GetSendQuota"]]
    with pytest.raises(EndpointConnectionError):
        asyncio.run(ping(server.transport()))
    with (
        answering(403, ERROR.format(code="InvalidClientTokenId", message="no")) as server,
        pytest.raises(ClientError),
    ):
        asyncio.run(ping(server.transport()))


QUOTA = """<GetSendQuotaResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/">
<GetSendQuotaResult><Max24HourSend>50000.0</Max24HourSend><MaxSendRate>{rate}</MaxSendRate>
<SentLast24Hours>12.0</SentLast24Hours></GetSendQuotaResult></GetSendQuotaResponse>"""


@pytest.mark.parametrize(
    ("status", "body", "rate"),
    [
        (200, QUOTA.format(rate="14.0"), 14.0),
        (200, QUOTA.format(rate="-1.0"), None),
        (403, ERROR.format(code="AccessDenied", message="no"), None),
        (500, ERROR.format(code="InternalFailure", message="no"), None),
    ],
)
def test_rate_is_what_ses_grants(status: int, body: str, rate: float | None) -> None:
    """None if SES sets none, or does not say."""

    async def ask(transport: SesTransport) -> float | None:
        try:
            return await transport.messages_per_second()
        finally:
            await transport.close()

    with answering(status, body) as server:
        assert asyncio.run(ask(server.transport())) == rate
