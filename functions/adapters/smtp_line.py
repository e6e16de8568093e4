"""An open SMTP connection and the state of its conversation: one message at a time.

Invariant: the phase of an outcome is exact, see `functions.adapters.smtp`. If the server supports
PIPELINING, the envelope is sent in one piece (RFC 2920), its replies are checked one by one, and
the content is sent after all of them (docs/decisions/0011-smtp-pipelining.md).
This module must not know the pool that the connection belongs to.
"""

import asyncio
import re
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

import aiosmtplib

from functions.adapters.smtp_conversation import Conversation
from functions.adapters.smtp_settings import SmtpSettings
from functions.flow.outcome import Concern, Deferred, Outcome, Phase, Rejected, Sent, Unknown
from functions.mail.envelope import Envelope
from functions.mail.refusal import Step, concern_of

REASON_CHARS_MAX = 500
_QUIT_TIMEOUT_SECONDS = 2.0

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
"""A line break in an address would start another command."""

T = TypeVar("T")


class Line:
    """An open connection, and the state of its conversation."""

    def __init__(self, client: aiosmtplib.SMTP, settings: SmtpSettings) -> None:
        """`client`: connected and logged in, with no command outstanding."""
        self.messages = 0
        self.works = False
        """Whether the server has taken up a message on it."""
        self.decided = asyncio.Event()
        """Set once it is known whether it works, or nobody is about to find out."""
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

    async def try_envelope(
        self, mail_from: str, rcpt_to: str
    ) -> tuple[str, Deferred | Rejected] | None:
        """The command that was refused, and the refusal; None if there was none."""
        for command in (f"MAIL FROM:<{mail_from}>", f"RCPT TO:<{rcpt_to}>"):
            refused = await self._ask([command])
            if refused is not None:
                return command[:4], refused
        self._write(["RSET"])
        code, text = await self._reply()
        if code == 250:
            return None
        return "RSET", Deferred(code, one_line(text), Phase.ENVELOPE, Concern.CONNECTION)

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
            self.works = self.works or code != 421
            if self.works:
                self.decided.set()
            if awaits_content or (verb != "DATA" and code in range(200, 300)):
                continue
            if refused is None:
                self.was_stale = code == 421 and self._is_stale(verb, None)
                refused = _refusal(Step(verb), code, one_line(text))
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
        text = f"connection lost at {verb}: {text_of(error)}"
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
            reason = f"connection lost at DATA: {text_of(error)}"
            return Deferred(0, reason, Phase.ENVELOPE, Concern.CONNECTION)
        # From here on only the server knows what happened to the message.
        try:
            timeout_seconds = self._settings.content_timeout_seconds
            code, text = await within(timeout_seconds, self._conversation.reply())
        except TimeoutError:
            return Unknown(f"no answer to the message within {timeout_seconds:g} s")
        except (aiosmtplib.SMTPException, OSError) as error:
            return Unknown(f"no answer to the message: {text_of(error)}")
        self.is_clean = code != 421 and self.is_open
        if code in range(200, 300):
            return Sent(one_line(text))
        if code in range(400, 600):
            return _refusal(Step.CONTENT, code, one_line(text))
        self.is_clean = False
        return Unknown(f"an unexpected answer to the message: {code} {one_line(text)}")

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
            await within(_QUIT_TIMEOUT_SECONDS, self._conversation.reply())
        self.drop()

    async def _within(self, work: Awaitable[T]) -> T:
        return await within(self._settings.command_timeout_seconds, work)

    def drop(self) -> None:
        abort(self._client)
        self.decided.set()


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Wait for an answer. Raises `TimeoutError`.

    The timeouts of aiosmtplib are not used: they rely on `asyncio.wait_for`, which in Python 3.11
    loses a cancellation that comes together with the answer.
    """
    async with asyncio.timeout(seconds):
        return await work


def abort(client: aiosmtplib.SMTP) -> None:
    """Close at once. A regular close would still write what is buffered, including a final dot."""
    abort = getattr(client.transport, "abort", None)
    if abort is not None:
        abort()
    client.close()


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


def text_of(error: Exception) -> str:
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    text = error.message if isinstance(error, aiosmtplib.SMTPResponseException) else str(error)
    return one_line(text) or type(error).__name__


def one_line(text: str) -> str:
    text = text.encode(errors="replace").decode()
    return " ".join(text.split())[:REASON_CHARS_MAX]
