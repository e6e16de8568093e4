"""Runs what receives returned mail for a team's stack, until a signal to end: the receiver, or the
reader of a mailbox."""

import asyncio
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import gettempdir

from functions.runtime import Composition
from functions.service.services import Services
from functions.settings_error import SettingsError
from local.receiver.mailbox import poll_mailbox
from local.receiver.mailbox_address import MailboxAddress
from local.receiver.server import receiving
from local.receiver.tls import receiver_tls
from local.team.logs import configure_logs
from local.team.settings import TeamSettings
from local.team.wiring import check, compose

HEARTBEAT = Path(gettempdir()) / "emailbuilder-mailbox.heartbeat"
"""Touched after each look at the mailbox; docker compose reads its time."""


def run_mailbox(settings: TeamSettings) -> None:
    """Reads the mailbox of IMAP_URI. The first line printed names it: `imap: HOST:PORT`. Raises
    SettingsError."""
    uri = settings.imap_uri.get_secret_value()
    if not uri:
        raise SettingsError("IMAP_URI is not set: it names the mailbox to read")
    _prepare(settings)
    asyncio.run(_poll(settings, MailboxAddress.parse(uri)))


def run_receiver(settings: TeamSettings, *, host: str, port: int) -> None:
    """The first line printed names the port: `smtp: HOST:PORT`. Raises SettingsError."""
    _prepare(settings)
    tls = receiver_tls(settings.receiver_certificate_file, settings.receiver_key_file)
    asyncio.run(_receive(settings, host, port, tls))


def _prepare(settings: TeamSettings) -> None:
    """Raises SettingsError."""
    if not settings.bounce_domain:
        raise SettingsError("BOUNCE_DOMAIN is not set: without it, no mail returns here")
    check(settings)
    configure_logs(settings.log_level, service="receiver", secrets=settings.secrets())


@asynccontextmanager
async def _services(settings: TeamSettings) -> AsyncIterator[tuple[Services, asyncio.Event]]:
    """The services, and an event that is set by a signal to end."""
    ends = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ends.set)
    composition = Composition(partial(compose, settings))
    try:
        yield await composition.services(), ends
    finally:
        await composition.close()


async def _poll(settings: TeamSettings, address: MailboxAddress) -> None:
    async with _services(settings) as (services, ends):
        _say(f"imap: {address.host}:{address.port}")
        await poll_mailbox(services, address, ends, HEARTBEAT.touch)


async def _receive(
    settings: TeamSettings, host: str, port: int, tls: ssl.SSLContext | None
) -> None:
    """Raises SettingsError if it cannot listen."""
    async with AsyncExitStack() as stack:
        services, ends = await stack.enter_async_context(_services(settings))
        receiver = receiving(services, host=host, port=port, tls=tls)
        try:
            bound = await stack.enter_async_context(receiver)
        except OSError as problem:
            raise SettingsError(f"the receiver cannot listen on {host}:{port}: {problem}") from None
        _say(f"smtp: {host}:{bound}")
        await ends.wait()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
