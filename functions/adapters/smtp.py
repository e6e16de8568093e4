"""Mail over SMTP, through a pool of connections that aiosmtplib opens.

Role: one message in, one `Outcome` out. Invariant: the phase is exact. Until the server's 354 a
broken conversation is `Deferred`, because the server has no part of the message. From the first
byte of the content until the server's answer it is `Unknown` (RFC 1047). A connection is reused
only if it is known to be between two messages.
This module must not know what is sent, and decides nothing about retries.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import aiosmtplib

from functions.adapters.smtp_line import Line, abort, text_of, within
from functions.adapters.smtp_settings import SmtpSettings
from functions.flow.outcome import Concern, Deferred, Outcome, Phase, Rejected
from functions.mail.envelope import Envelope
from functions.mail.refusal import Step, concern_of

SMOOTHED_OVER = 20
_REFUSED_PAUSE_SECONDS = 2.0
"""While others have all connections that the server takes, one is tried this often."""
_RECONNECT_PAUSES_SECONDS = (0.0, 0.1, 0.5)
"""A server that has closed a connection may still count it for a moment."""


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
        self.connections_max = connections_max
        self.message_seconds = 0.0
        self.connections_limit = connections_max
        self._refused_at = float("-inf")
        self._in_use = 0
        self._waiters: list[asyncio.Future[None]] = []
        self._lines: list[Line] = []
        self._idle: list[Line] = []
        self._resting: asyncio.TimerHandle | None = None
        self._parting: set[asyncio.Task[None]] = set()
        self._closed = False
        self._tls_context: ssl.SSLContext | None = None
        self._local_hostname = own_name

    @property
    def connections_working(self) -> int:
        """How many connections are open on which the server has taken up a message."""
        return sum(it.is_open and it.works for it in self._lines)

    def limit_to(self, connections: int) -> None:
        """Have no more connections than this, at least one."""
        self.connections_limit = max(min(connections, self.connections_max), 1)
        too_many = max(self._open() - self.connections_limit, 0)
        for line in self._idle[:too_many]:
            self._part_with(line)
        del self._idle[:too_many]
        self._call_waiters()

    def connection(self) -> AbstractAsyncContextManager["SmtpConnection"]:
        """Waits while as many connections are in use as there may be. Connects on `open` or
        `send`."""
        return self._slot()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator["SmtpConnection"]:
        while self._in_use >= self.connections_limit:
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
            self._call_waiters()

    def _call_waiters(self) -> None:
        # All of them, because more than one may connect now, and any of them may be cancelled.
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def ping(self) -> None:
        """Connect and disconnect. Raises if the mail server does not answer."""
        line = await self.open_line()
        await line.quit()

    async def try_envelope(
        self, mail_from: str, rcpt_to: str
    ) -> tuple[str, Deferred | Rejected] | None:
        """Raises like `ping`, or ValueError if an address has a control character."""
        line = await self.open_line()
        try:
            return await line.try_envelope(mail_from, rcpt_to)
        finally:
            await line.quit()

    async def close(self) -> None:
        """Close the idle connections. Those in use are closed when they are handed back."""
        self._closed = True
        if self._resting is not None:
            self._resting.cancel()
        idle, self._idle = self._idle, []
        await asyncio.gather(*(line.quit() for line in idle), *self._parting)

    def keep(self, line: Line) -> None:
        """Take back a connection that is between two messages."""
        line.decided.set()
        if self._closed or line.messages >= self._settings.messages_per_connection_max:
            line.drop()
        elif self._open() > self.connections_limit:
            self._part_with(line)
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

    async def take_idle(self) -> Line | None:
        """Return an idle connection that still works, preferably the one used last."""
        while self._idle:
            line = self._idle.pop()
            idle_seconds = _now() - line.idle_since
            if not line.is_open or idle_seconds > self._settings.idle_seconds_max:
                line.drop()
            elif idle_seconds < self._settings.probe_after_seconds or await line.answers():
                return line
        return None

    async def new_line(self) -> Line | Deferred:
        """Connect, or say why the server takes no connection. If others work, no more than those
        are used until somebody calls `limit_to`. A refusal is returned once it is known whether
        they do."""
        if self.connections_limit < self.connections_max and not self._open():
            await asyncio.sleep(self._refused_at + _REFUSED_PAUSE_SECONDS - _now())
        try:
            line = await self.open_line()
        except (aiosmtplib.SMTPException, OSError) as error:
            refusal = _not_connected(error)
            if refusal.concern is Concern.CONNECTION:
                self._refused_at = _now()
                self.connections_limit = min(
                    self._open() or self.connections_limit, self.connections_limit
                )
                await asyncio.gather(*(it.decided.wait() for it in self._lines))
            return refusal
        self._lines.append(line)
        self.connections_limit = max(self.connections_limit, self._open())
        return line

    async def line_instead(self) -> Line | Deferred:
        """Connect in place of a connection that the server has closed."""
        refusal: Deferred | None = None
        for pause_seconds in _RECONNECT_PAUSES_SECONDS:
            await asyncio.sleep(pause_seconds)
            line = await self.take_idle() or await self.new_line()
            if isinstance(line, Line):
                return line
            refusal = line
        assert refusal is not None
        return refusal

    def count(self, seconds: float) -> None:
        """A conversation about a message took so long."""
        before = self.message_seconds or seconds
        self.message_seconds = before + (seconds - before) / SMOOTHED_OVER

    def _open(self) -> int:
        self._lines = [it for it in self._lines if it.is_open]
        return len(self._lines)

    def _part_with(self, line: Line) -> None:
        """Say QUIT, so that the server notices at once that the connection is free."""
        self._lines.remove(line)
        parting = asyncio.get_running_loop().create_task(line.quit())
        self._parting.add(parting)
        parting.add_done_callback(self._parting.discard)

    async def open_line(self) -> Line:
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
            await within(settings.connect_timeout_seconds, client.connect())
            await within(settings.command_timeout_seconds, _greet(client))
            if settings.must_encrypt or (
                settings.may_encrypt and client.supports_extension("starttls")
            ):
                await within(settings.command_timeout_seconds, client.starttls())
                await within(settings.command_timeout_seconds, client.ehlo())
            if settings.username is not None:
                login = client.login(settings.username, settings.password or "")
                await within(settings.command_timeout_seconds, login)
        except BaseException:
            abort(client)
            raise
        return Line(client, settings)

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
        self._line: Line | None = None

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
        while line.was_stale:
            # The server had hung up between two messages, so it has no part of this one.
            fresh = await self._pool.line_instead()
            if isinstance(fresh, Deferred):
                return fresh
            line = fresh
            outcome = await self._converse(line, envelope)
        return outcome

    async def _converse(self, line: Line, envelope: Envelope) -> Outcome:
        """Until the message is over, nothing owns the line, so it must end up kept or closed."""
        try:
            began = _now()
            outcome = await line.send(envelope)
            self._pool.count(_now() - began)
            return outcome
        finally:
            if line.is_clean:
                self._line = line
            else:
                line.drop()

    def hand_back(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            self._pool.keep(line)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code not in range(500, 600):
            raise
        await client.helo()


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
    reason = text_of(error)
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
