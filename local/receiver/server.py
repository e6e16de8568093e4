"""The receiver of returned mail: a small mail server in front of `record_return`.

It speaks SMTP and LMTP (RFC 2033). It accepts mail to return paths of this installation and to the
address for complaints, one recipient per message, and answers 250 only after everything that
follows from the message is stored. If that fails, it answers 451, so that the sender brings the
message again. Everything is bounded: connections, the size of a message, messages per second, idle
time.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, Envelope, Session

from functions.mail.return_path import COMPLAINTS_NAME
from functions.service.services import Services
from functions.service.tracking.record_return import Recorded
from local.receiver.take_returned import return_token, take_returned
from local.too_many_connections import TooManyConnections

STOP_SECONDS = 10.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReceiverLimits:
    message_bytes_max: int = 2 * 1024**2
    connections_max: int = 50
    messages_per_second_max: int = 50
    idle_seconds_max: float = 60.0
    commands_per_connection_max: int = 1_000
    """Of each verb; the sender then connects again."""


@asynccontextmanager
async def receiving(
    services: Services,
    *,
    host: str,
    port: int,
    limits: ReceiverLimits | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[int]:
    """Receives on `host`:`port` until the block ends; yields the port, which may have been 0.
    `tls`: with which STARTTLS is offered; nobody has to use it.
    Messages under way are finished. Raises OSError."""
    limits = limits or ReceiverLimits()
    conversations: set[_Conversation] = set()
    handler = _Handler(services, _Rate(limits.messages_per_second_max))

    def converse() -> asyncio.BaseProtocol:
        if len(conversations) >= limits.connections_max:
            return TooManyConnections()
        return _Conversation(handler, limits, conversations, tls)

    server = await asyncio.get_running_loop().create_server(converse, host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await handler.finished()
        for conversation in tuple(conversations):
            conversation.end()


class _Rate:
    """Counts the messages of the current second."""

    def __init__(self, per_second_max: int) -> None:
        self._per_second_max = per_second_max
        self._second = 0
        self._count = 0

    def takes_one_more(self) -> bool:
        second = int(asyncio.get_running_loop().time())
        if second != self._second:
            self._second, self._count = second, 0
        self._count += 1
        return self._count <= self._per_second_max


class _Handler:
    """aiosmtpd's handler: the answers to recipients and to a message."""

    def __init__(self, services: Services, rate: _Rate) -> None:
        self._services = services
        self._domain = services.policy.bounce_domain
        self._rate = rate
        self._under_way: set[asyncio.Task[str]] = set()

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        if envelope.rcpt_tos:
            return "452 4.5.3 One recipient per message"
        if not self._is_for_complaints(address) and return_token(self._services, address) is None:
            return "550 5.1.1 There is no such return path"
        if not self._rate.takes_one_more():
            return "451 4.7.1 Too many messages in this second: try again later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        # A sender that disconnects cancels the conversation, not what its message began.
        taking = asyncio.create_task(self._take(envelope))
        self._under_way.add(taking)
        taking.add_done_callback(self._under_way.discard)
        return await asyncio.shield(taking)

    async def finished(self) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=STOP_SECONDS)

    async def _take(self, envelope: Envelope) -> str:
        content, sender = envelope.original_content or b"", envelope.mail_from or ""
        (recipient,) = envelope.rcpt_tos
        token = return_token(self._services, recipient)
        try:
            recorded = await take_returned(self._services, content, sender, token)
        except Exception as problem:
            # Any error, because the sender has to keep the message whatever went wrong here.
            logger.exception("returned mail could not be recorded")
            return f"451 4.3.0 It could not be recorded now ({type(problem).__name__})"
        is_recorded = recorded is Recorded.RECORDED
        return f"250 2.0.0 {'Recorded' if is_recorded else 'Nothing follows from it'}"

    def _is_for_complaints(self, address: str) -> bool:
        return address.lower() == f"{COMPLAINTS_NAME}@{self._domain}"


class _Conversation(SMTP):
    """One connection, by SMTP or LMTP. As a message has one recipient, one answer to its content is
    right in both."""

    def __init__(
        self,
        handler: _Handler,
        limits: ReceiverLimits,
        conversations: set["_Conversation"],
        tls: ssl.SSLContext | None,
    ) -> None:
        super().__init__(
            handler,
            data_size_limit=limits.message_bytes_max,
            hostname="localhost",  # otherwise aiosmtpd asks the resolver, which may take seconds
            ident="EmailBuilder receiver",
            timeout=limits.idle_seconds_max,
            command_call_limit=limits.commands_per_connection_max,
            loop=asyncio.get_running_loop(),
            tls_context=tls,
        )
        self._conversations = conversations

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._conversations.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._conversations.discard(self)
        super().connection_lost(error)

    async def smtp_LHLO(self, hostname: str) -> None:  # noqa: N802 - the name is aiosmtpd's
        await self.smtp_EHLO(hostname)

    def end(self) -> None:
        if self.transport is not None:
            self.transport.close()
