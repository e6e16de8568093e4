"""A mailbox that takes only so many connections, and messages in each, as relays do."""

import asyncio
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session

from harness.servers.mailbox import Conversation, Mailbox


@dataclass
class LimitedMailbox(Mailbox):
    """`connections_max`: at a time, from all clients. `messages_max`: in one connection, which it
    closes when the client begins another. Both may be changed at any time.

    `refused`: how many connections it refused. `opened`: how many it took. `open_most`: at a time.
    """

    connections_max: int = 1_000
    messages_max: int = 1_000_000
    refused: int = 0
    opened: int = 0
    open_most: int = 0
    _begun: dict[int, int] = field(default_factory=dict)
    """Messages by the id of their conversation."""

    def conversation(self) -> Conversation:
        return _LimitedConversation(self)

    async def handle_MAIL(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        begun = self._begun.get(id(server), 0)
        if begun >= self.messages_max:
            assert server.transport is not None
            asyncio.get_running_loop().call_soon(server.transport.close)
            return "421 too many messages in this connection"
        self._begun[id(server)] = begun + 1
        envelope.mail_from = address
        return "250 OK"


class _LimitedConversation(Conversation):
    def __init__(self, mailbox: LimitedMailbox) -> None:
        super().__init__(mailbox)
        self._limited = mailbox
        self._is_taken = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        mailbox = self._limited
        if mailbox.open_now >= mailbox.connections_max:
            mailbox.refused += 1
            assert isinstance(transport, asyncio.WriteTransport)
            transport.write(b"421 4.7.0 Error: too many connections from you\r\n")
            transport.close()
            return
        mailbox.opened += 1
        mailbox.open_most = max(mailbox.open_most, mailbox.open_now + 1)
        self._is_taken = True
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._is_taken:
            super().connection_lost(error)
