"""A mail server in a thread of this process, with configurable delay and answers."""

import asyncio
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from harness.patience import patience
from harness.servers.child import HOST

STOP_SECONDS_MAX = patience(10.0)


@dataclass(frozen=True, slots=True)
class Mail:
    recipient: str
    subject: str
    raw: bytes


@dataclass
class Mailbox:
    """`replies`: the answers to a recipient (RCPT) the first time, the second time …; after those,
    and for all other recipients, it accepts.

    `accepted`: the messages answered with 250, in order. `asked`: how often each recipient was
    named. `seconds_per_message` may be changed at any time.
    """

    replies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    seconds_per_message: float = 0.0
    accepted: list[Mail] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    open_now: int = 0
    port: int = 0

    @property
    def uri(self) -> str:
        return f"smtp://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mailbox", daemon=True)
        self._thread.start()
        listening: Future[asyncio.Server] = asyncio.run_coroutine_threadsafe(
            self._listen(), self._loop
        )
        self._server = listening.result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(STOP_SECONDS_MAX)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(STOP_SECONDS_MAX)
        self._loop.close()

    def conversation(self) -> "Conversation":
        """Made for each connection."""
        return Conversation(self)

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(self.conversation, HOST, 0)

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        replies = self.replies.get(address, ())
        said = self.asked[address]
        self.asked[address] += 1
        if said < len(replies):
            return replies[said]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        raw = envelope.original_content or b""
        subject = str(make_header(decode_header(message_from_bytes(raw)["Subject"] or "")))
        await asyncio.sleep(self.seconds_per_message)
        self.accepted += [Mail(it, subject, raw) for it in envelope.rcpt_tos]
        return "250 OK"


class Conversation(SMTP):
    def __init__(self, mailbox: Mailbox) -> None:
        # The name is given because aiosmtpd would otherwise ask the resolver.
        super().__init__(mailbox, hostname="localhost", loop=asyncio.get_running_loop())
        self._mailbox = mailbox

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._mailbox.open_now += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._mailbox.open_now -= 1
        super().connection_lost(error)
