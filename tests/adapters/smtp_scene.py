"""A transport and a scripted server, which the SMTP tests share."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from functions.adapters.smtp import SmtpTransport
from functions.adapters.smtp_settings import SmtpSettings
from functions.flow.outcome import Outcome, Sent
from functions.mail.envelope import Envelope
from harness.patience import patience
from tests.adapters.smtp_server import ScriptedServer

CONTENT = b"Subject: Hi\r\n\r\nHello\r\n"
SLOW_SECONDS = min(patience(1.0), 2.0)
"""Longer than an answer takes on a busy machine, because this process is on both ends of the
connection. Dozens of tests wait this long.
"""


def envelope(content: bytes = CONTENT, *, to: str = "ann@example.org") -> Envelope:
    return Envelope("<1@example.com>", "ada@example.com", to, "Hi", content)


def run(
    test: Callable[[ScriptedServer, SmtpTransport], Awaitable[None]],
    server: ScriptedServer,
    **settings: Any,
) -> None:
    """Run `test` with a transport to `server`."""

    async def inner() -> None:
        async with served(server, **settings) as transport:
            await test(server, transport)

    asyncio.run(asyncio.wait_for(inner(), patience(20)))


@asynccontextmanager
async def served(
    server: ScriptedServer, *, connections_max: int = 8, **settings: Any
) -> AsyncIterator[SmtpTransport]:
    async with server.serving():
        given_settings: dict[str, Any] = {
            "connect_timeout_seconds": SLOW_SECONDS,
            "command_timeout_seconds": SLOW_SECONDS,
            "content_timeout_seconds": SLOW_SECONDS,
            **settings,
        }
        transport = SmtpTransport(
            SmtpSettings("127.0.0.1", server.port, **given_settings),
            connections_max=connections_max,
        )
        yield transport
        await transport.close()


async def send(transport: SmtpTransport, *envelopes: Envelope) -> list[Outcome]:
    """Send one after the other over one slot."""
    async with transport.connection() as connection:
        return [await connection.send(each) for each in envelopes or (envelope(),)]


SENT = Sent("2.0.0 queued as 1")
