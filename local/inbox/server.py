"""The SMTP side of the inbox: a small mail server on a loopback port that keeps the mail it
receives.

It answers 250 only after the ledger has committed the message; if a message cannot be stored, it
answers 451, so that the sender keeps it. Messages are committed in groups: while one group is being
written, the next gathers. Everything is bounded: the size of a message (SIZE is advertised), its
recipients, the simultaneous connections and, through the ledger, the kept messages.
"""

import asyncio
import contextlib
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from pathlib import Path

import aiosmtplib
from aiosmtpd.smtp import SMTP, Envelope, Session

from local.inbox.ledger import (
    BYTES_KEPT_MAX,
    MESSAGES_KEPT_MAX,
    InboxMessage,
    Ledger,
    Received,
)
from local.inbox.returns import ReturnedMail, returned_by
from local.too_many_connections import TooManyConnections

MESSAGE_BYTES_MAX = 10 * 1024**2
RECIPIENTS_MAX = 100
CONNECTIONS_MAX = 256
START_SECONDS = 10.0
STOP_SECONDS = 10.0
READ_BYTES_MAX = 64 * 1024
SHOWN_HEADER_CHARS = 998
_END = b"\r\n.\r\n"
_END_BEGUN = tuple(_END[:length] for length in range(1, len(_END)))
LINE_BYTES_MAX = 1000
_PLAIN_PATH = re.compile(r"<([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+)>")


def wall_clock_ms() -> int:
    """The inbox's own clock: milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class InboxLimits:
    message_bytes_max: int = MESSAGE_BYTES_MAX
    messages_kept_max: int = MESSAGES_KEPT_MAX
    bytes_kept_max: int = BYTES_KEPT_MAX
    connections_max: int = CONNECTIONS_MAX


class Inbox:
    """Keeps mail in the file at `path` and receives it on `host`:`port` between `start` and `stop`.

    Reading (`messages`, `count`, `ledger`) does not require `start` and works from any process
    while another one receives. Port 0 selects a free port, which `port` then contains.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: InboxLimits | None = None,
        clock: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self.limits = limits or InboxLimits()
        self.ledger = Ledger(
            Path(path),
            messages_kept_max=self.limits.messages_kept_max,
            bytes_kept_max=self.limits.bytes_kept_max,
        )
        self.host = host
        self.port = port
        self.returns_to: int | None = None
        """The port of this machine to which bounces and complaints go; None: nothing comes back."""
        self._clock = clock
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._started = threading.Event()
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Returns when mail is accepted. Raises OSError, sqlite3.Error."""
        if self._thread is not None:
            raise RuntimeError("the inbox is already started")
        self.ledger.create()
        self._started.clear()
        self._failure = None
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)
        self._thread.start()
        if not self._started.wait(START_SECONDS):
            raise TimeoutError(f"the inbox did not start within {START_SECONDS:.0f} s")
        if self._failure is not None:
            self._thread.join()
            self._thread = None
            raise self._failure

    def stop(self) -> None:
        """Close the port, commit all completely received messages, end the thread. Idempotent."""
        if self._thread is None:
            return
        assert self._loop is not None
        assert self._stopping is not None
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive():
            raise TimeoutError(f"the inbox did not stop within {STOP_SECONDS:.0f} s")
        self._thread = None

    def messages(self, after: int = 0) -> Iterator[InboxMessage]:
        """Messages numbered above `after`, oldest first, one in memory at a time."""
        return self.ledger.messages(after=after)

    def count(self) -> int:
        return self.ledger.count()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as failure:
            if self._started.is_set():
                raise
            self._failure = failure
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        connection = self.ledger.connect()
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbox-commit")
        try:
            commits = GroupCommit(self.ledger, connection, executor)
            conversations: set[_Conversation] = set()
            keeper = _Keeper(commits, self._clock, lambda: self.returns_to)

            def converse() -> asyncio.BaseProtocol:
                if len(conversations) >= self.limits.connections_max:
                    return TooManyConnections()
                return _Conversation(keeper, self.limits, conversations)

            server = await self._loop.create_server(converse, self.host, self.port)
            self.port = server.sockets[0].getsockname()[1]
            self._started.set()
            await self._stopping.wait()
            server.close()
            await commits.drained()
            for conversation in tuple(conversations):
                conversation.end()
            # One iteration of the loop sends the answers to the last commit.
            await asyncio.sleep(0)
        finally:
            executor.shutdown()
            connection.close()


class GroupCommit:
    """Commits messages that arrive one by one in groups, in order of arrival."""

    def __init__(
        self, ledger: Ledger, connection: sqlite3.Connection, executor: ThreadPoolExecutor
    ) -> None:
        self._ledger = ledger
        self._connection = connection
        self._executor = executor
        self._waiting: list[tuple[Received, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, message: Received) -> None:
        """Returns once the message is on disk; raises the ledger's exception."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((message, kept))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        await kept

    async def drained(self) -> None:
        while self._writer is not None:
            await asyncio.wait([self._writer])

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                batch = [message for message, _ in group]
                failure: Exception | None = None
                try:
                    await loop.run_in_executor(
                        self._executor, self._ledger.append, self._connection, batch
                    )
                except (sqlite3.Error, OSError) as error:
                    failure = error
                for _, kept in group:
                    if kept.done():  # cancelled: the sender has disconnected
                        continue
                    if failure is None:
                        kept.set_result(None)
                    else:
                        kept.set_exception(failure)
        finally:
            self._writer = None


class _Keeper:
    """aiosmtpd's handler: the answers to recipients and to a message."""

    def __init__(
        self,
        commits: GroupCommit,
        clock: Callable[[], int],
        returns_to: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._commits = commits
        self._clock = clock
        self._returns_to = returns_to
        self._returning: set[asyncio.Task[None]] = set()

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        if len(envelope.rcpt_tos) >= RECIPIENTS_MAX:
            return f"452 4.5.3 At most {RECIPIENTS_MAX} recipients per message"
        envelope.rcpt_tos.append(_clean(address))
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        received_at_ms = self._clock()
        raw = envelope.original_content or b""
        message_id, subject = shown_headers(raw)
        message = Received(
            received_at_ms=received_at_ms,
            mail_from=_clean(envelope.mail_from or ""),
            rcpt_to=tuple(envelope.rcpt_tos),
            message_id=message_id,
            subject=subject,
            raw=raw,
        )
        try:
            await self._commits.keep(message)
        except (sqlite3.Error, OSError) as failure:
            problem = _clean(" ".join(str(failure).split()))
            return f"451 4.3.0 The inbox could not keep the message: {problem}"
        port = self._returns_to()
        for recipient in message.rcpt_to if port is not None else ():
            returned = returned_by(recipient, message)
            if returned is not None:
                sending = asyncio.create_task(_give_back(port, returned))
                self._returning.add(sending)
                sending.add_done_callback(self._returning.discard)
        return "250 2.0.0 Kept"


async def _give_back(port: int | None, returned: ReturnedMail) -> None:
    """Once: what cannot be given back is lost, as nobody depends on it."""
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        client = aiosmtplib.SMTP(
            hostname="127.0.0.1", port=port, start_tls=False, local_hostname="inbox.localhost"
        )
        async with client:
            await client.sendmail("", [returned.to], returned.content)


class _Conversation(SMTP):
    """One connection. aiosmtpd handles the protocol, but this class reads the content of messages.
    aiosmtpd reads it line by line, which costs more than everything else together, and holds an
    endless line in memory.

    This class reads it up to the final dot in large pieces; content over the limit is read,
    discarded and answered with 552.
    """

    line_length_limit = READ_BYTES_MAX  # the stream's buffer, not the limit on lines

    def __init__(
        self, keeper: _Keeper, limits: InboxLimits, conversations: set["_Conversation"]
    ) -> None:
        super().__init__(
            keeper,
            data_size_limit=limits.message_bytes_max,
            enable_SMTPUTF8=True,
            hostname="localhost",  # otherwise aiosmtpd asks the resolver, which may take seconds
            ident="EmailBuilder inbox",
            loop=asyncio.get_running_loop(),
        )
        self._conversations = conversations
        self._message_bytes_max = limits.message_bytes_max

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._conversations.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._conversations.discard(self)
        super().connection_lost(error)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the name is aiosmtpd's
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Name a recipient (RCPT) first")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        raw = await self._content()
        if raw is None:
            answer = f"552 5.3.4 A message has at most {self._message_bytes_max} bytes"
        elif max(map(len, raw.split(b"\n"))) >= LINE_BYTES_MAX:
            answer = f"500 5.5.2 A line has at most {LINE_BYTES_MAX} bytes (RFC 5321, 4.5.3.1.6)"
        else:
            self.envelope.content = self.envelope.original_content = raw
            answer = await self._call_handler_hook("DATA")
        self.envelope = self._create_envelope()
        await self.push(answer)

    async def _content(self) -> bytes | None:
        """The message without its final dot and doubled dots; None if it is over the limit.

        If the sender disconnects, this coroutine is cancelled (aiosmtpd, `eof_received`).
        """
        start = await self._reader.readexactly(len(b".\r\n"))
        if start == b".\r\n":
            return b""
        # Reads byte by byte where the end marker may already have begun: `readuntil` would miss it,
        # because it searches only the bytes that follow.
        while start.endswith(_END_BEGUN):
            start += await self._reader.readexactly(1)
            if start.endswith(_END):
                return _unstuffed(start)
            if len(start) > READ_BYTES_MAX:
                self.end()  # nothing but empty lines: not a mail program
                return None
        pieces = [start]
        size_bytes = len(start)
        while True:
            try:
                piece = await self._reader.readuntil(_END)
                ended = True
            except asyncio.LimitOverrunError as overrun:
                piece = await self._reader.readexactly(overrun.consumed)
                ended = False
            size_bytes += len(piece)
            if size_bytes > self._message_bytes_max + len(b".\r\n"):
                pieces.clear()
            else:
                pieces.append(piece)
            if ended:
                return _unstuffed(b"".join(pieces)) if pieces else None

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Parses plain addresses directly; quoted and unusual ones go to aiosmtpd's slow parser."""
        plain = _PLAIN_PATH.match(arg)
        return (plain[1], arg[plain.end() :]) if plain else super()._getaddr(arg)

    def end(self) -> None:
        if self.transport is not None:
            self.transport.close()


def _unstuffed(content: bytes) -> bytes:
    """The content without the final dot and without dot-stuffing (RFC 5321, 4.5.2)."""
    return (b"\r\n" + content[: -len(b".\r\n")]).replace(b"\r\n.", b"\r\n")[2:]


def shown_headers(raw: bytes) -> tuple[str, str]:
    """Message-ID and subject for a list: decoded (RFC 2047), one line, bounded."""
    head = BytesHeaderParser().parsebytes(raw.partition(b"\r\n\r\n")[0])
    subject = str(head["Subject"] or "")
    # Shown undecoded if it cannot be decoded; the message itself is kept unchanged.
    with contextlib.suppress(HeaderParseError, LookupError, UnicodeError, ValueError):
        subject = str(make_header(decode_header(subject)))
    return _one_line(str(head["Message-ID"] or "")), _one_line(subject)


def _one_line(text: str) -> str:
    return _clean(" ".join(text.split()))[:SHOWN_HEADER_CHARS]


def _clean(text: str) -> str:
    """Replaces lone surrogates, which stand for bytes that are not UTF-8; neither SQLite nor JSON
    accepts them.
    """
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
