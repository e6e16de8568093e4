"""A mail server that accepts everything unless a test says otherwise."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from functions.flow.outcome import Deferred, Outcome, Rejected, Sent
from functions.mail.envelope import Envelope
from functions.service.sending.ports import MailConnection

Script = Callable[[Envelope], Awaitable[Outcome]]


async def take(envelope: Envelope) -> Outcome:
    return Sent("250 taken")


class FakeTransport:
    """`sent` holds the accepted messages, in order. `script` answers instead of the server; it may
    do anything before it answers, such as letting a reader click.
    """

    def __init__(self, script: Script = take, *, connections_max: int = 4) -> None:
        self.connections_max = connections_max
        self.connections_limit = self.connections_max
        self.connections_working = 0
        self.message_seconds = 0.0
        self._slots = asyncio.Semaphore(connections_max)
        self.script = script
        self.sent: list[Envelope] = []
        self.is_away = False
        self.tried: list[tuple[str, str]] = []
        self.refuses: tuple[str, Deferred | Rejected] | None = None

    def limit_to(self, connections: int) -> None:
        return

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[MailConnection]:
        async with self._slots:
            yield self

    async def open(self) -> None:
        return

    async def send(self, envelope: Envelope) -> Outcome:
        outcome = await self.script(envelope)
        if isinstance(outcome, Sent):
            self.sent.append(envelope)
        return outcome

    async def ping(self) -> None:
        if self.is_away:
            raise ConnectionRefusedError("no mail server")

    async def try_envelope(
        self, mail_from: str, rcpt_to: str
    ) -> tuple[str, Deferred | Rejected] | None:
        self.tried.append((mail_from, rcpt_to))
        return self.refuses

    async def close(self) -> None:
        return

    def to(self, address: str) -> list[Envelope]:
        """The messages sent to this address, in order."""
        return [it for it in self.sent if it.rcpt_to == address]
