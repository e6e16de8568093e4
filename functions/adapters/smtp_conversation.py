"""Commands out, replies in: an open SMTP connection, several commands at a time.

Role: takes a connection over once it is greeted, encrypted and logged in. Invariant: replies come
back in the order of the commands, each once (RFC 2920 §3.1); one that nobody asked for, or that
cannot be read, ends the conversation. aiosmtplib holds one reply at a time and loses the others,
so it opens connections and no more.
It must not know what is asked, nor what a reply means.
"""

import asyncio
from collections import deque
from typing import cast

import aiosmtplib

REPLY_BYTES_MAX = 32 * 1024
"""Of one reply, all of its lines. RFC 5321 §4.5.3.1.5 says 512 for a line; some say more."""

Reply = tuple[int, str]
"""The code, and the words without it, lines joined by newlines."""


class Conversation(asyncio.Protocol):
    """One caller at a time."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._buffer = bytearray()
        self._words: list[bytes] = []
        self._words_bytes = 0
        self._replies: deque[Reply] = deque()
        self._outstanding = 0
        self._fault: aiosmtplib.SMTPException | None = None
        self._waiter: asyncio.Future[None] | None = None

    @classmethod
    def take_over(cls, client: aiosmtplib.SMTP) -> "Conversation":
        """`client`: connected, nothing outstanding. From here on it must not be spoken through."""
        conversation = cls(cast(asyncio.Transport, client.transport))
        conversation._transport.set_protocol(conversation)
        return conversation

    @property
    def is_open(self) -> bool:
        return self._fault is None and not self._transport.is_closing()

    def write(self, content: bytes, *, replies: int) -> None:
        """`replies`: how many the server owes for it. Raises SMTPServerDisconnected where not a
        byte can leave."""
        if self._fault is not None:
            raise self._fault
        if self._transport.is_closing():
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        self._outstanding += replies
        self._transport.write(content)

    async def reply(self) -> Reply:
        """The next one. Raises SMTPServerDisconnected, or SMTPResponseException for what is no
        reply; all that came before it is returned first."""
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
        if self._words_bytes + len(self._buffer) > REPLY_BYTES_MAX:
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
        self._words.append(line[4:].strip())
        self._words_bytes += len(line)
        if line[3:4] == b"-":
            return
        words = b"\n".join(self._words).decode(errors="surrogateescape")
        self._words, self._words_bytes = [], 0
        if not self._outstanding:
            self._end(aiosmtplib.SMTPServerDisconnected(f"Unasked for: {int(code)} {words}"))
            return
        self._outstanding -= 1
        self._replies.append((int(code), words))

    def _end(self, fault: aiosmtplib.SMTPException) -> None:
        if self._fault is None:
            self._fault = fault

    def _wake(self) -> None:
        is_news = bool(self._replies) or self._fault is not None
        if is_news and self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _unreadable(words: str) -> aiosmtplib.SMTPResponseException:
    return aiosmtplib.SMTPResponseException(
        aiosmtplib.SMTPStatus.invalid_response, f"Malformed SMTP response: {words}"
    )
