"""Check the three systems that a service depends on: the store, the broker and the mail server.

Invariant: a system that does not answer is a failed check, not an error. This module must not know
HTTP.
"""

import asyncio
from collections.abc import Sequence

from functions.service.operations.doctor import Doctor
from functions.service.operations.probes import broker_probe, mail_probe, store_probe
from functions.service.operations.records import SystemCheck
from functions.service.services import Services


async def check_neighbours(services: Services) -> Sequence[SystemCheck]:
    """Checks named `STORE`, `BROKER` and `MAIL`, each with its latency."""
    probes = [
        store_probe(services.store),
        broker_probe(services.dispatcher),
        mail_probe(services.transport),
    ]
    return (await Doctor(probes).look()).checks


async def is_store_away(services: Services, seconds_max: float) -> bool:
    try:
        async with asyncio.timeout(seconds_max):
            await services.store.ping()
    except Exception:
        return True
    return False
