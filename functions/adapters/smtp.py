"""Mail over SMTP: pooled, reused connections that aiosmtplib opens.

Role: one message in, one `Outcome` out. Invariant: the phase is exact. Until the server's 354 a
broken conversation is `Deferred`, since the server holds no part of the message; from the first
byte of the content until its answer it is `Unknown` (RFC 1047). A connection that is not known to
be between two messages is never used again. Where the server knows PIPELINING, the envelope goes
out in one piece (RFC 2920), its replies are looked at one by one, and the content waits for all of
them (docs/decisions/0011-smtp-pipelining.md).
It must not know what is sent, and it decides nothing about retries.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from functions.adapters.smtp_conversation import Conversation
from functions.flow.outcome import Deferred, Outcome, Phase, Rejected, Sent, Unknown
from functions.mail.address import AddressError, ascii_domain
from functions.mail.envelope import Envelope

WORDS_CHARS_MAX = 500
_QUIT_TIMEOUT_SECONDS = 2.0

_OF_ACCOUNT = frozenset({421, 454, 530, 534, 535})
"""Closing down (RFC 5321 §4.2.3), and what concerns logging in (RFC 4954 §6), at any command."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
"""A line break in an address would begin a command of its own."""

T = TypeVar("T")
StartTls = Literal["auto", "require", "never"]
_STARTTLS: dict[str, StartTls] = {"auto": "auto", "require": "require", "never": "never"}


class SmtpUriError(ValueError):
    """The address of a mail server that cannot be read; the words say what would be right."""


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """How to reach a mail server. The times are those of RFC 5321 §4.5.3.2 or shorter."""

    host: str
    port: int = 25
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    implicit_tls: bool = False
    starttls: StartTls = "auto"
    """"auto": used when offered, its certificate not checked (RFC 7435), as it keeps out
    listeners only. With a password "auto" means "require"."""
    messages_per_connection_max: int = 1_000
    idle_seconds_max: float = 30.0
    """After this long an idle connection is closed instead of used again."""
    probe_after_seconds: float = 5.0
    """After this long a NOOP asks whether an idle connection still works."""
    connect_timeout_seconds: float = 10.0
    command_timeout_seconds: float = 30.0
    content_timeout_seconds: float = 600.0
    ca_file: str | None = None

    @classmethod
    def from_uri(cls, uri: str) -> "SmtpSettings":
        """Read `smtp://user:password@host:25?starttls=require` or `smtps://host`.

        Raises `SmtpUriError`, in words that do not repeat the password.
        """
        try:
            parts = urlsplit(uri)
            port = parts.port
        except ValueError as error:
            raise SmtpUriError("the address of the mail server cannot be read") from error
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise SmtpUriError("a mail server is written as smtp://host:port or smtps://host:port")
        query = parse_qs(parts.query, keep_blank_values=True)
        try:
            host = ascii_domain(parts.hostname)
        except AddressError as error:
            raise SmtpUriError("the host of the mail server is not a domain name") from error
        starttls = query.pop("starttls", ["auto"])[-1]
        ca_file = query.pop("ca_file", [None])[-1]
        if query:
            raise SmtpUriError(f"unknown options of a mail server: {', '.join(sorted(query))}")
        if starttls not in _STARTTLS:
            raise SmtpUriError(f"starttls is one of {', '.join(_STARTTLS)}")
        implicit_tls = parts.scheme == "smtps"
        return cls(
            host=host,
            port=port or (465 if implicit_tls else 25),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            implicit_tls=implicit_tls,
            starttls=_STARTTLS[starttls],
            ca_file=ca_file,
        )

    @property
    def account(self) -> str:
        """Where mail leaves, without user or password: what limits and breaker are kept by."""
        return f"{self.host}:{self.port}"

    @property
    def may_encrypt(self) -> bool:
        """Whether STARTTLS comes into question."""
        return not self.implicit_tls and self.starttls != "never"

    @property
    def must_encrypt(self) -> bool:
        """Whether nothing is said to this server without STARTTLS."""
        return self.may_encrypt and (self.starttls == "require" or self.username is not None)


class SmtpTransport:
    """A pool of connections to one server. Made anywhere, used on one event loop."""

    def __init__(self, server: SmtpSettings | str, *, connections_max: int = 8) -> None:
        """`server` may be a URI. Raises `SmtpUriError`."""
        self.connections_max = connections_max
        self._settings = SmtpSettings.from_uri(server) if isinstance(server, str) else server
        self._slots = asyncio.Semaphore(connections_max)
        self._idle: list[_Line] = []
        self._closed = False
        self._tls_context: ssl.SSLContext | None = None
        self._local_hostname: str | None = None

    def connection(self) -> AbstractAsyncContextManager["SmtpConnection"]:
        """A slot: waits while `connections_max` are taken. Connects on `send`."""
        return self._slot()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator["SmtpConnection"]:
        async with self._slots:
            connection = SmtpConnection(self)
            try:
                yield connection
            finally:
                connection.hand_back()

    async def ping(self) -> None:
        """Connect and ask for nothing. Raises when the mail server does not greet."""
        line = await self.open_line()
        await line.quit()

    async def close(self) -> None:
        """Close the idle connections; those in use are closed when their slot is left."""
        self._closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*(line.quit() for line in idle))

    def keep(self, line: "_Line") -> None:
        """Take a connection back that stands between two messages."""
        if self._closed or line.messages >= self._settings.messages_per_connection_max:
            line.drop()
        else:
            line.idle_since = asyncio.get_running_loop().time()
            self._idle.append(line)

    async def take_idle(self) -> "_Line | None":
        """Return a connection that still works, the one used last first."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            line = self._idle.pop()
            idle_seconds = now - line.idle_since
            if not line.is_open or idle_seconds > self._settings.idle_seconds_max:
                line.drop()
            elif idle_seconds < self._settings.probe_after_seconds or await line.answers():
                return line
        return None

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
            # Asks the resolver, which may take seconds; so once, and off the loop.
            self._local_hostname = await asyncio.to_thread(socket.getfqdn)
        return self._local_hostname

    async def _tls(self) -> ssl.SSLContext | None:
        if not (self._settings.may_encrypt or self._settings.implicit_tls):
            return None
        if self._tls_context is None:
            self._tls_context = await asyncio.to_thread(_tls_context, self._settings)
        return self._tls_context


class SmtpConnection:
    """A slot of the pool. Sends one message at a time."""

    def __init__(self, pool: SmtpTransport) -> None:
        self._pool = pool
        self._line: _Line | None = None

    async def send(self, envelope: Envelope) -> Outcome:
        """Never raises for the world's faults. Cancelled, it closes the connection."""
        line = self._line or await self._pool.take_idle()
        self._line = None
        if line is not None:
            outcome = await self._converse(line, envelope)
            if not line.was_stale:
                return outcome
            # The server had hung up between two messages; it holds no part of this one.
        try:
            line = await self._pool.open_line()
        except (aiosmtplib.SMTPException, OSError) as error:
            return _not_connected(error)
        return await self._converse(line, envelope)

    async def _converse(self, line: "_Line", envelope: Envelope) -> Outcome:
        """Until the message is over, the line belongs to nobody: it must end up kept or closed."""
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
    """An open connection and where its conversation stands."""

    def __init__(self, client: aiosmtplib.SMTP, settings: SmtpSettings) -> None:
        """`client`: connected and logged in, nothing outstanding."""
        self.messages = 0
        self.idle_since = 0.0
        self.is_clean = True
        """Between two messages, nothing outstanding."""
        self.was_stale = False
        """A used connection turned out to be closed before it took anything of the next message."""
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
        """Send commands of the envelope at once; None if the server agrees to all of them, else
        its first refusal. What follows a refusal is refused too, and read all the same."""
        refused: Rejected | Deferred | None = None
        awaits_content = False
        for position, command in enumerate(commands):
            verb = command[:4]
            try:
                if position == 0:
                    self._write(commands)
                code, words = await self._reply()
            except (TimeoutError, aiosmtplib.SMTPException, OSError) as error:
                return refused or self._broken(verb, error)
            awaits_content = verb == "DATA" and code == 354
            if awaits_content or (verb != "DATA" and code in range(200, 300)):
                continue
            if refused is None:
                self.was_stale = code == 421 and self._is_stale(verb, None)
                refused = _refusal(verb, code, _one_line(words))
            if code == 421:
                return refused
        # A server that wants the content of a message it refused is left alone with it: cut off
        # before the final dot, it must not deliver anything (RFC 5321 §4.1.1.4).
        if refused is not None and not awaits_content:
            await self._reset(refused.code)
        return refused

    def _broken(self, verb: str, error: Exception) -> Deferred:
        of_account = verb == "MAIL"
        if isinstance(error, TimeoutError):
            return Deferred(0, f"no answer to {verb}", Phase.ENVELOPE, of_account)
        self.was_stale = self._is_stale(verb, error)
        words = f"connection lost at {verb}: {_text(error)}"
        return Deferred(0, words, Phase.ENVELOPE, of_account)

    def _is_stale(self, verb: str, error: Exception | None) -> bool:
        malformed = isinstance(error, aiosmtplib.SMTPResponseException)
        return verb == "MAIL" and self.messages > 1 and not malformed

    async def _reset(self, code: int) -> None:
        """Take the refused message back, so that the connection can serve the next."""
        if code != 421 and code in range(400, 600):
            with suppress(TimeoutError, aiosmtplib.SMTPException, OSError):
                self.is_clean = await self._is_agreed("RSET")

    async def _is_agreed(self, command: str) -> bool:
        """Raises aiosmtplib's errors and TimeoutError."""
        self._write([command])
        code, _ = await self._reply()
        return code == 250

    def _write(self, commands: Sequence[str]) -> None:
        """Raises SMTPServerDisconnected; ValueError for what no command can carry."""
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
            # Refused by our own side of the connection: not a byte of the content has left.
            return Deferred(0, f"connection lost at DATA: {_text(error)}", Phase.ENVELOPE)
        # From here on nobody but the server knows what became of the message.
        try:
            timeout_seconds = self._settings.content_timeout_seconds
            code, words = await _within(timeout_seconds, self._conversation.reply())
        except TimeoutError:
            return Unknown(f"no answer to the message within {timeout_seconds:g} s")
        except (aiosmtplib.SMTPException, OSError) as error:
            return Unknown(f"no answer to the message: {_text(error)}")
        self.is_clean = code != 421 and self.is_open
        if code in range(200, 300):
            return Sent(_one_line(words))
        if code in range(400, 500):
            return Deferred(code, _one_line(words), Phase.CONTENT, code in _OF_ACCOUNT)
        if code in range(500, 600):
            return Rejected(code, _one_line(words), Phase.CONTENT)
        self.is_clean = False
        return Unknown(f"an answer that makes no sense here: {code} {_one_line(words)}")

    async def answers(self) -> bool:
        """Ask with a NOOP; closes the connection if it does not work any more."""
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


async def _within(seconds: float, work: Awaitable[T]) -> T:
    """Wait for an answer. Raises `TimeoutError`.

    Not by aiosmtplib's own timeouts: they use `asyncio.wait_for`, which in Python 3.11 loses a
    cancellation that comes together with the answer.
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
    """Close at once. Closing politely would still write what is buffered, final dot included."""
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
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
    return Deferred(max(code, 0), _text(error), Phase.CONNECT)


def _refusal(verb: str, code: int, line: str) -> Rejected | Deferred:
    of_account = _is_of_account(verb, code, line)
    if code in range(500, 600):
        return Rejected(code, line, Phase.ENVELOPE, of_account)
    return Deferred(code, line, Phase.ENVELOPE, of_account)


def _stuffed(content: bytes) -> bytes:
    """Double the dots that begin a line (RFC 5321 §4.5.2) and add the final one."""
    if not content.count(b"\n") == content.count(b"\r") == content.count(b"\r\n"):
        # A bare CR or LF lets some servers see the end of the message where it is not.
        content = b"\r\n".join(content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"))
    if content.startswith(b"."):
        content = b"." + content
    content = content.replace(b"\r\n.", b"\r\n..")
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


def _is_of_account(verb: str, code: int, words: str) -> bool:
    """Whether the server would refuse any message of ours. At MAIL the policy class (5.7.z, RFC
    3463 §3.8) speaks of the sender; later it may speak of the recipient or the message."""
    return code in _OF_ACCOUNT or (verb == "MAIL" and words.startswith("5.7."))


def _text(error: Exception) -> str:
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    words = error.message if isinstance(error, aiosmtplib.SMTPResponseException) else str(error)
    return _one_line(words) or type(error).__name__


def _one_line(words: str) -> str:
    words = words.encode(errors="replace").decode()
    return " ".join(words.split())[:WORDS_CHARS_MAX]
