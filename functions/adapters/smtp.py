"""SMTP over pooled, reused connections, with the phase of every conversation known.

A connection that dies before the server asked for the content (354) has handed over nothing:
the message is deferred. One that dies after that, before the answer to the final dot, may have
handed over everything: the outcome is unknown (RFC 1047). aiosmtplib raises the same error for
both, so the conversation is led step by step here.
"""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPResponseException
from aiosmtplib.response import SMTPResponse

from functions.flow.outcome import Deferred, Outcome, Phase, Rejected, Sent, Unknown
from functions.mail.envelope import Envelope
from functions.service.ports import MailConnection

CONNECT_SECONDS = 10.0
COMMAND_SECONDS = 30.0
FINAL_DOT_SECONDS = 600.0
"""RFC 5321 §4.5.3.2.6: whoever gives up sooner makes duplicates or unknowns."""
IDLE_SECONDS_MAX = 60.0
MESSAGES_PER_CONNECTION_MAX = 1000

_LEADING_DOT = re.compile(rb"(?m)^\.")

StartTls = Literal["auto", "require", "never"]


class SmtpUriError(ValueError):
    """An SMTP address that cannot be read; the words say what would be right."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """From `smtp://user:password@host:25?starttls=auto|require|never`, or `smtps://`."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    is_tls: bool = False
    starttls: StartTls = "auto"

    @classmethod
    def parse(cls, uri: str) -> "SmtpServer":
        """Raises SmtpUriError."""
        parts = urlsplit(uri)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise SmtpUriError("SMTP_URI must look like smtp://user:password@host:587")
        try:
            port = parts.port
        except ValueError as problem:
            raise SmtpUriError(f"SMTP_URI: {problem}") from problem
        wanted = parse_qs(parts.query).get("starttls", ["auto"])[0]
        starttls: StartTls
        match wanted:
            case "auto" | "require" | "never":
                starttls = wanted
            case _:
                raise SmtpUriError("starttls in SMTP_URI must be auto, require or never")
        is_tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=port or (465 if is_tls else 25),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            is_tls=is_tls,
            starttls="never" if is_tls else starttls,
        )

    def client(self) -> SMTP:
        """Not connected yet."""
        modes: dict[StartTls, bool | None] = {"auto": None, "require": True, "never": False}
        return SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.is_tls,
            start_tls=modes[self.starttls],
            timeout=CONNECT_SECONDS,
        )


class SmtpTransport:
    """Implements the `MailTransport` port. Made anywhere, used on one event loop."""

    def __init__(
        self,
        uri: str,
        *,
        connections_max: int = 8,
        command_seconds: float = COMMAND_SECONDS,
        final_dot_seconds: float = FINAL_DOT_SECONDS,
    ) -> None:
        self.connections_max = connections_max
        self._server = SmtpServer.parse(uri)
        self._command_seconds = command_seconds
        self._final_dot_seconds = final_dot_seconds
        self._slots = asyncio.Semaphore(connections_max)
        self._idle: list[SmtpConnection] = []

    def connection(self) -> AbstractAsyncContextManager[MailConnection]:
        return self._slot()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[MailConnection]:
        async with self._slots:
            # The one used last is the least likely to have been closed by the server.
            connection = self._idle.pop() if self._idle else self._new()
            try:
                yield connection
            finally:
                self._idle.append(connection)

    async def ping(self) -> None:
        connection = self._new()
        try:
            await connection.open()
        finally:
            await connection.close()

    async def close(self) -> None:
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.close()

    def _new(self) -> "SmtpConnection":
        return SmtpConnection(self._server, self._command_seconds, self._final_dot_seconds)


class SmtpConnection:
    """One conversation after another over one connection, opened when first needed."""

    def __init__(
        self, server: SmtpServer, command_seconds: float, final_dot_seconds: float
    ) -> None:
        self._server = server
        self._command_seconds = command_seconds
        self._final_dot_seconds = final_dot_seconds
        self._client: SMTP | None = None
        self._sent = 0
        self._used_at = 0.0

    async def send(self, envelope: Envelope) -> Outcome:
        """Never raises for the world's faults. Cancelled, it leaves no half-used connection."""
        try:
            client = await self.open()
        except (SMTPException, OSError, ssl.SSLError, TimeoutError) as failure:
            self._drop()
            return _no_connection(failure)
        try:
            return await self._converse(client, envelope)
        except BaseException:
            self._drop()
            raise

    async def open(self) -> SMTP:
        """The client, connected; a connection that is old or closed is replaced."""
        now = asyncio.get_running_loop().time()
        client = self._client
        is_worn = self._sent >= MESSAGES_PER_CONNECTION_MAX or (
            now - self._used_at > IDLE_SECONDS_MAX
        )
        if client is not None and client.is_connected and not is_worn:
            self._used_at = now
            return client
        await self.close()
        self._client = client = self._server.client()
        self._sent, self._used_at = 0, now
        await client.connect()
        return client

    async def close(self) -> None:
        """Say goodbye where somebody is there to hear it."""
        client, self._client = self._client, None
        if client is not None and client.is_connected:
            with suppress(SMTPException, OSError, TimeoutError):
                await client.quit(timeout=2)
            client.close()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    async def _converse(self, client: SMTP, envelope: Envelope) -> Outcome:
        seconds = self._command_seconds
        try:
            await client.mail(envelope.mail_from, timeout=seconds)
            await client.rcpt(envelope.rcpt_to, timeout=seconds)
            answer = await client.execute_command(b"DATA", timeout=seconds)
            if answer.code != 354:
                raise SMTPResponseException(answer.code, answer.message)
        except SMTPResponseException as refusal:
            await self._reset(client)
            return _refused(refusal.code, refusal.message, Phase.ENVELOPE)
        except (SMTPException, OSError, TimeoutError) as failure:
            self._drop()
            return Deferred(0, _words(failure), Phase.ENVELOPE)
        try:
            answer = await self._hand_over(client, envelope.content)
        except (SMTPException, OSError, TimeoutError) as failure:
            self._drop()
            return Unknown(f"no answer to the message: {_words(failure)}")
        self._sent += 1
        if answer.code // 100 == 2:
            return Sent(answer.message[:500])
        return _refused(answer.code, answer.message, Phase.CONTENT)

    async def _hand_over(self, client: SMTP, content: bytes) -> SMTPResponse:
        protocol = client.protocol
        if protocol is None or protocol._command_lock is None:
            raise ConnectionResetError("the connection was closed")
        stuffed = _LEADING_DOT.sub(b"..", content)
        async with protocol._command_lock:
            # What the library does in `execute_data_command`, which does not tell its two
            # phases apart: a reply is expected from here on.
            protocol._response_pending = True
            protocol.write(stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"))
            return await protocol.read_response(timeout=self._final_dot_seconds)

    async def _reset(self, client: SMTP) -> None:
        """Make the connection usable again after a refusal, or give it up."""
        try:
            await client.rset(timeout=self._command_seconds)
        except (SMTPException, OSError, TimeoutError):
            self._drop()


def _refused(code: int, words: str, phase: Phase) -> Outcome:
    if 400 <= code < 500:
        return Deferred(code, words[:500], phase)
    return Rejected(code, words[:500], phase)


def _no_connection(failure: Exception) -> Outcome:
    code = failure.code if isinstance(failure, SMTPResponseException) else 0
    return Deferred(code, _words(failure), Phase.CONNECT)


def _words(failure: Exception) -> str:
    return (str(failure) or type(failure).__name__)[:500]
