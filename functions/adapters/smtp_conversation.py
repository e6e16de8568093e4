"""An open SMTP connection on which several commands may be outstanding.

Role: takes over a connection that has been greeted, encrypted and logged in. Invariant: replies
are returned in the order of the commands, each once (RFC 2920 §3.1). An unexpected or malformed
reply ends the conversation. aiosmtplib keeps only one reply at a time and loses the others, so it
is only used to open connections.
This module must not know what the commands and replies mean.
"""

import asyncio
from collections import deque
from typing import cast

import aiosmtplib

REPLY_BYTES_MAX = 32 * 1024
"""For all lines of one reply. RFC 5321 §4.5.3.1.5 allows 512 per line, but some servers send
more."""

Reply = tuple[int, str]
"""The code and the text after it, with lines joined by newlines."""


class Conversation(asyncio.Protocol):
    """One caller at a time."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._buffer = bytearray()
        self._lines: list[bytes] = []
        self._lines_bytes = 0
        self._replies: deque[Reply] = deque()
        self._outstanding = 0
        self._fault: aiosmtplib.SMTPException | None = None
        self._waiter: asyncio.Future[None] | None = None

    @classmethod
    def take_over(cls, client: aiosmtplib.SMTP) -> "Conversation":
        """`client`: connected, with no command outstanding. It must not be used to send commands
        after this."""
        conversation = cls(cast(asyncio.Transport, client.transport))
        conversation._transport.set_protocol(conversation)
        return conversation

    @property
    def is_open(self) -> bool:
        return self._fault is None and not self._transport.is_closing()

    def write(self, content: bytes, *, replies: int) -> None:
        """`replies`: how many replies the server has to send for it. Raises SMTPServerDisconnected
        if nothing can be sent any more."""
        if self._fault is not None:
            raise self._fault
        if self._transport.is_closing():
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        self._outstanding += replies
        self._transport.write(content)

    async def reply(self) -> Reply:
        """The next reply. Raises SMTPServerDisconnected, or SMTPResponseException for a malformed
        reply; replies that came before the error are returned first."""
        while not self._replies:
            if self._fault is not None:
                raise self._fault
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._replies.popleft()

    def data_received(self, received: bytes) -> None:
        self._buffer += received
        while self._fault is None and (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._read(line)
        if self._lines_bytes + len(self._buffer) > REPLY_BYTES_MAX:
            self._end(_unreadable("a reply without end"))
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        lost = aiosmtplib.SMTPServerDisconnected("Connection lost")
        lost.__cause__ = exc
        self._end(lost)
        self._wake()

    def _read(self, line: bytes) -> None:
        code = line[:3]
        if not (code.isdigit() and len(code) == 3):
            self._end(_unreadable(line.decode(errors="ignore")))
            return
        self._lines.append(line[4:].strip())
        self._lines_bytes += len(line)
        if line[3:4] == b"-":
            return
        text = b"\n".join(self._lines).decode(errors="surrogateescape")
        self._lines, self._lines_bytes = [], 0
        if not self._outstanding:
            self._end(aiosmtplib.SMTPServerDisconnected(f"Unexpected reply: {int(code)} {text}"))
            return
        self._outstanding -= 1
        self._replies.append((int(code), text))

    def _end(self, fault: aiosmtplib.SMTPException) -> None:
        if self._fault is None:
            self._fault = fault

    def _wake(self) -> None:
        is_news = bool(self._replies) or self._fault is not None
        if is_news and self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _unreadable(text: str) -> aiosmtplib.SMTPResponseException:
    return aiosmtplib.SMTPResponseException(
        aiosmtplib.SMTPStatus.invalid_response, f"Malformed SMTP response: {text}"
    )
