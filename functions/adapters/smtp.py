"""Mail over SMTP, through a pool of connections that aiosmtplib opens.

Role: one message in, one `Outcome` out. Invariant: the phase is exact. Until the server's 354 a
broken conversation is `Deferred`, because the server has no part of the message. From the first
byte of the content until the server's answer it is `Unknown` (RFC 1047). A connection is reused
only if it is known to be between two messages. If the server supports PIPELINING, the envelope is
sent in one piece (RFC 2920), its replies are checked one by one, and the content is sent after all
of them (docs/decisions/0011-smtp-pipelining.md).
This module must not know what is sent, and decides nothing about retries.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from typing import TypeVar

import aiosmtplib

from functions.adapters import smtp_pool_size
from functions.adapters.smtp_conversation import Conversation
from functions.adapters.smtp_pool_size import PoolSize
from functions.adapters.smtp_settings import SmtpSettings
from functions.flow.outcome import Concern, Deferred, Outcome, Phase, Rejected, Sent, Unknown
from functions.mail.envelope import Envelope
from functions.mail.refusal import Step, concern_of

REASON_CHARS_MAX = 500
_QUIT_TIMEOUT_SECONDS = 2.0

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
"""A line break in an address would start another command."""

T = TypeVar("T")


class SmtpTransport:
    """A pool of connections to one server. May be created anywhere, but used on one event loop
    only."""

    def __init__(
        self,
        server: SmtpSettings | str,
        *,
        connections_max: int = 8,
        own_name: str | None = None,
    ) -> None:
        """`server`: settings or a URI. `own_name`: the argument of EHLO; None: this machine's name.
        Raises `SmtpUriError`."""
        self._settings = SmtpSettings.from_uri(server) if isinstance(server, str) else server
        self._size = PoolSize(connections_max)
        self._in_use = 0
        self._waiters: list[asyncio.Future[None]] = []
        self._lines: list[_Line] = []
        self._idle: list[_Line] = []
        self._resting: asyncio.TimerHandle | None = None
        self._closed = False
        self._tls_context: ssl.SSLContext | None = None
        self._local_hostname = own_name

    @property
    def connections_max(self) -> int:
        """As many as the server was found to take, at most those of the settings."""
        return self._size.at(_now())

    def connection(self) -> AbstractAsyncContextManager["SmtpConnection"]:
        """Waits while `connections_max` connections are in use. Connects on `open` or `send`."""
        return self._slot()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator["SmtpConnection"]:
        while self._in_use >= self.connections_max:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        self._in_use += 1
        connection = SmtpConnection(self)
        try:
            yield connection
        finally:
            connection.hand_back()
            self._in_use -= 1
            # All of them, because more than one may connect now, and any of them may be cancelled.
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    async def ping(self) -> None:
        """Connect and disconnect. Raises if the mail server does not answer."""
        line = await self.open_line()
        await line.quit()

    async def close(self) -> None:
        """Close the idle connections. Those in use are closed when they are handed back."""
        self._closed = True
        if self._resting is not None:
            self._resting.cancel()
        idle, self._idle = self._idle, []
        await asyncio.gather(*(line.quit() for line in idle))

    def keep(self, line: "_Line") -> None:
        """Take back a connection that is between two messages."""
        if self._closed or line.messages >= self._settings.messages_per_connection_max:
            line.drop()
        else:
            line.idle_since = _now()
            self._idle.append(line)
            if self._resting is None:
                self._close_later()

    def _close_later(self) -> None:
        seconds = self._settings.idle_seconds_max
        self._resting = asyncio.get_running_loop().call_later(seconds, self._close_rested)

    def _close_rested(self) -> None:
        """Other workers may need the connections that this one has no use for."""
        self._resting = None
        since = _now() - self._settings.idle_seconds_max
        rested = [it for it in self._idle if it.idle_since <= since]
        self._idle = [it for it in self._idle if it.idle_since > since]
        for line in rested:
            line.drop()
        if self._idle:
            self._close_later()

    async def take_idle(self) -> "_Line | None":
        """Return an idle connection that still works, preferably the one used last."""
        while self._idle:
            line = self._idle.pop()
            idle_seconds = _now() - line.idle_since
            if not line.is_open or idle_seconds > self._settings.idle_seconds_max:
                line.drop()
            elif idle_seconds < self._settings.probe_after_seconds or await line.answers():
                return line
        return None

    async def new_line(self) -> "_Line | Deferred":
        """Connect, or say why the server takes no connection. The pool learns from both."""
        try:
            line = await self.open_line()
        except (aiosmtplib.SMTPException, OSError) as error:
            refusal = _not_connected(error)
            if refusal.concern is Concern.CONNECTION:
                self._size = smtp_pool_size.refused(self._size, self._working(), _now())
            return refusal
        self._lines = [it for it in self._lines if it.is_open] + [line]
        self._size = smtp_pool_size.opened(self._size, len(self._lines), _now())
        return line

    def _working(self) -> int:
        return sum(it.is_open for it in self._lines)

    async def open_line(self) -> "_Line":
        """Connect, encrypt and log in. Raises aiosmtplib's errors and `OSError`."""
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            local_hostname=await self._own_name(),
            timeout=None,  # see _within
            use_tls=settings.implicit_tls,
            start_tls=False,
            tls_context=await self._tls(),
        )
        try:
            await _within(settings.connect_timeout_seconds, client.connect())
            await _within(settings.command_timeout_seconds, _greet(client))
            if settings.must_encrypt or (
                settings.may_encrypt and client.supports_extension("starttls")
            ):
                await _within(settings.command_timeout_seconds, client.starttls())
                await _within(settings.command_timeout_seconds, client.ehlo())
            if settings.username is not None:
                login = client.login(settings.username, settings.password or "")
                await _within(settings.command_timeout_seconds, login)
        except BaseException:
            _abort(client)
            raise
        return _Line(client, settings)

    async def _own_name(self) -> str:
        if self._local_hostname is None:
            # This asks the resolver and may take seconds, so do it once, and off the loop.
            self._local_hostname = await asyncio.to_thread(socket.getfqdn)
        return self._local_hostname

    async def _tls(self) -> ssl.SSLContext | None:
        if not (self._settings.may_encrypt or self._settings.implicit_tls):
            return None
        if self._tls_context is None:
            self._tls_context = await asyncio.to_thread(_tls_context, self._settings)
        return self._tls_context


class SmtpConnection:
    """A connection from the pool. Sends one message at a time."""

    def __init__(self, pool: SmtpTransport) -> None:
        self._pool = pool
        self._line: _Line | None = None

    async def open(self) -> Deferred | None:
        """Connect, unless it is connected. Returns why the server takes no connection, or None."""
        if self._line is not None:
            if self._line.is_open:
                return None
            self._line.drop()
            self._line = None
        line = await self._pool.take_idle() or await self._pool.new_line()
        if isinstance(line, Deferred):
            return line
        self._line = line
        return None

    async def send(self, envelope: Envelope) -> Outcome:
        """Never raises for failures of the network or the server. Closes the connection if it is
        cancelled."""
        refusal = await self.open()
        line, self._line = self._line, None
        if line is None:
            assert refusal is not None
            return refusal
        outcome = await self._converse(line, envelope)
        if not line.was_stale:
            return outcome
        # The server had hung up between two messages, so it has no part of this one.
        fresh = await self._pool.new_line()
        return fresh if isinstance(fresh, Deferred) else await self._converse(fresh, envelope)

    async def _converse(self, line: "_Line", envelope: Envelope) -> Outcome:
        """Until the message is over, nothing owns the line, so it must end up kept or closed."""
        try:
            return await line.send(envelope)
        finally:
            if line.is_clean:
                self._line = line
            else:
                line.drop()

    def hand_back(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            self._pool.keep(line)


class _Line:
    """An open connection, and the state of its conversation."""

    def __init__(self, client: aiosmtplib.SMTP, settings: SmtpSettings) -> None:
        """`client`: connected and logged in, with no command outstanding."""
        self.messages = 0
        self.idle_since = 0.0
        self.is_clean = True
        """Whether it is between two messages, with no command outstanding."""
        self.was_stale = False
        """Whether a reused connection was already closed before it took any part of a message."""
        self._client = client
        self._settings = settings
        self._conversation = Conversation.take_over(client)
        self._pipelines = client.supports_extension("pipelining")

    @property
    def is_open(self) -> bool:
        return self._conversation.is_open

    async def send(self, envelope: Envelope) -> Outcome:
        self.is_clean = False
        self.messages += 1
        commands = [self._mail(envelope), f"RCPT TO:<{envelope.rcpt_to}>", "DATA"]
        for group in [commands] if self._pipelines else [[command] for command in commands]:
            refused = await self._ask(group)
            if refused is not None:
                return refused
        return await self._send_content(envelope.content)

    def _mail(self, envelope: Envelope) -> str:
        command = f"MAIL FROM:<{envelope.mail_from}>"
        if self._client.supports_extension("size"):
            command += f" SIZE={len(envelope.content)}"
        if not envelope.content.isascii() and self._client.supports_extension("8bitmime"):
            command += " BODY=8BITMIME"
        return command

    async def _ask(self, commands: Sequence[str]) -> Rejected | Deferred | None:
        """Send commands of the envelope at once. Returns None if the server accepts all of them,
        otherwise its first refusal. The replies after a refusal are still read."""
        refused: Rejected | Deferred | None = None
        awaits_content = False
        for position, command in enumerate(commands):
            verb = command[:4]
            try:
                if position == 0:
                    self._write(commands)
                code, text = await self._reply()
            except (TimeoutError, aiosmtplib.SMTPException, OSError) as error:
                return refused or self._broken(verb, error)
            awaits_content = verb == "DATA" and code == 354
            if awaits_content or (verb != "DATA" and code in range(200, 300)):
                continue
            if refused is None:
                self.was_stale = code == 421 and self._is_stale(verb, None)
                refused = _refusal(Step(verb), code, _one_line(text))
                if refused.concern is Concern.CONNECTION:
                    refused = replace(refused, phase=self._phase(verb))
            if code == 421:
                return refused
        # If the server asks for the content of a message that it refused, the connection is
        # closed: without the final dot it must not deliver anything (RFC 5321 §4.1.1.4).
        if refused is not None and not awaits_content:
            await self._reset(refused.code)
        return refused

    def _broken(self, verb: str, error: Exception) -> Deferred:
        phase = self._phase(verb)
        if isinstance(error, TimeoutError):
            return Deferred(0, f"no answer to {verb}", phase, Concern.CONNECTION)
        self.was_stale = self._is_stale(verb, error)
        text = f"connection lost at {verb}: {_text(error)}"
        return Deferred(0, text, phase, Concern.CONNECTION)

    def _phase(self, verb: str) -> Phase:
        """Where a connection was lost: one that does not get past its first MAIL is as good as
        none."""
        return Phase.CONNECT if verb == "MAIL" and self.messages == 1 else Phase.ENVELOPE

    def _is_stale(self, verb: str, error: Exception | None) -> bool:
        malformed = isinstance(error, aiosmtplib.SMTPResponseException)
        return verb == "MAIL" and self.messages > 1 and not malformed

    async def _reset(self, code: int) -> None:
        """Reset after a refused message, so that the connection can be used for the next one."""
        if code != 421 and code in range(400, 600):
            with suppress(TimeoutError, aiosmtplib.SMTPException, OSError):
                self.is_clean = await self._is_agreed("RSET")

    async def _is_agreed(self, command: str) -> bool:
        """Raises aiosmtplib's errors and TimeoutError."""
        self._write([command])
        code, _ = await self._reply()
        return code == 250

    def _write(self, commands: Sequence[str]) -> None:
        """Raises SMTPServerDisconnected, or ValueError if a command has a control character."""
        if any(_CONTROLS.search(command) for command in commands):
            raise ValueError("a control character in a command")
        lines = "".join(f"{command}\r\n" for command in commands)
        self._conversation.write(lines.encode("ascii"), replies=len(commands))

    async def _reply(self) -> tuple[int, str]:
        return await self._within(self._conversation.reply())

    async def _send_content(self, content: bytes) -> Outcome:
        try:
            self._conversation.write(_stuffed(content), replies=1)
        except aiosmtplib.SMTPException as error:
            # Our own side of the connection refused it, so no byte of the content has left.
            reason = f"connection lost at DATA: {_text(error)}"
            return Deferred(0, reason, Phase.ENVELOPE, Concern.CONNECTION)
        # From here on only the server knows what happened to the message.
        try:
            timeout_seconds = self._settings.content_timeout_seconds
            code, text = await _within(timeout_seconds, self._conversation.reply())
        except TimeoutError:
            return Unknown(f"no answer to the message within {timeout_seconds:g} s")
        except (aiosmtplib.SMTPException, OSError) as error:
            return Unknown(f"no answer to the message: {_text(error)}")
        self.is_clean = code != 421 and self.is_open
        if code in range(200, 300):
            return Sent(_one_line(text))
        if code in range(400, 600):
            return _refusal(Step.CONTENT, code, _one_line(text))
        self.is_clean = False
        return Unknown(f"an unexpected answer to the message: {code} {_one_line(text)}")

    async def answers(self) -> bool:
        """Check the connection with a NOOP. Closes it if it no longer works."""
        works = False
        try:
            works = await self._is_agreed("NOOP")
        except (TimeoutError, aiosmtplib.SMTPException, OSError):
            return False
        finally:
            if not works:
                self.drop()
        return works

    async def quit(self) -> None:
        with suppress(TimeoutError, aiosmtplib.SMTPException, OSError):
            self._write(["QUIT"])
            await _within(_QUIT_TIMEOUT_SECONDS, self._conversation.reply())
        self.drop()

    async def _within(self, work: Awaitable[T]) -> T:
        return await _within(self._settings.command_timeout_seconds, work)

    def drop(self) -> None:
        _abort(self._client)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _within(seconds: float, work: Awaitable[T]) -> T:
    """Wait for an answer. Raises `TimeoutError`.

    The timeouts of aiosmtplib are not used: they rely on `asyncio.wait_for`, which in Python 3.11
    loses a cancellation that comes together with the answer.
    """
    async with asyncio.timeout(seconds):
        return await work


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code not in range(500, 600):
            raise
        await client.helo()


def _abort(client: aiosmtplib.SMTP) -> None:
    """Close at once. A regular close would still write what is buffered, including a final dot."""
    abort = getattr(client.transport, "abort", None)
    if abort is not None:
        abort()
    client.close()


def _tls_context(settings: SmtpSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    if not settings.implicit_tls and not settings.must_encrypt:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _not_connected(error: Exception) -> Deferred:
    certificate = _certificate_error(error)
    if certificate is not None:
        reason = f"the mail server's certificate is not valid: {certificate.verify_message}"
        return Deferred(0, reason, Phase.CONNECT, Concern.SENDING_ACCOUNT)
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
    reason = _text(error)
    is_answer = code in range(400, 600)
    concern = concern_of(Step.CONNECT, code, reason) if is_answer else Concern.CONNECTION
    return Deferred(max(code, 0), reason, Phase.CONNECT, concern)


def _certificate_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """aiosmtplib wraps it."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _refusal(step: Step, code: int, line: str) -> Rejected | Deferred:
    phase = Phase.CONTENT if step is Step.CONTENT else Phase.ENVELOPE
    # Any other code is an answer that makes no sense at this point.
    concern = concern_of(step, code, line) if code in range(400, 600) else Concern.CONNECTION
    if code in range(500, 600):
        return Rejected(code, line, phase, concern)
    return Deferred(code, line, phase, concern)


def _stuffed(content: bytes) -> bytes:
    """Double the dots that begin a line (RFC 5321 §4.5.2) and add the final one."""
    if not content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n"):
        # A bare CR or LF lets some servers see the end of the message where it is not.
        content = b"\r\n".join(content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"))
    if content.startswith(b"."):
        content = b"." + content
    content = content.replace(b"\r\n.", b"\r\n..")
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


def _text(error: Exception) -> str:
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    text = error.message if isinstance(error, aiosmtplib.SMTPResponseException) else str(error)
    return _one_line(text) or type(error).__name__


def _one_line(text: str) -> str:
    text = text.encode(errors="replace").decode()
    return " ".join(text.split())[:REASON_CHARS_MAX]
