"""Runs the receiver of returned mail for a team's stack, until it receives a signal to end."""

import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from functools import partial

from functions.runtime import Composition
from functions.settings_error import SettingsError
from local.receiver.server import receiving
from local.team.logs import configure_logs
from local.team.settings import TeamSettings
from local.team.wiring import check, compose


def run_receiver(settings: TeamSettings, *, host: str, port: int) -> None:
    """The first line printed names the port: `smtp: HOST:PORT`. Raises SettingsError."""
    if not settings.bounce_domain:
        raise SettingsError("BOUNCE_DOMAIN is not set: without it, no mail returns here")
    check(settings)
    configure_logs(settings.log_level, service="receiver", secrets=settings.secrets())
    asyncio.run(_receive(settings, host, port))


async def _receive(settings: TeamSettings, host: str, port: int) -> None:
    """Raises SettingsError if it cannot listen."""
    ends = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ends.set)
    composition = Composition(partial(compose, settings))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(composition.close)
        services = await composition.services()
        try:
            bound = await stack.enter_async_context(receiving(services, host=host, port=port))
        except OSError as problem:
            raise SettingsError(f"the receiver cannot listen on {host}:{port}: {problem}") from None
        sys.stdout.write(f"smtp: {host}:{bound}\n")
        sys.stdout.flush()
        await ends.wait()
