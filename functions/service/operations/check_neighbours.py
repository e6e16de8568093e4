"""Check the three neighbours that a service needs: the store, the broker and the mail server.

Invariant: a neighbour that does not answer is a check that failed, not an error. This module must
not know HTTP.
"""

import asyncio
from collections.abc import Sequence

from functions.service.operations.doctor import Doctor
from functions.service.operations.probes import broker_probe, mail_probe, store_probe
from functions.service.operations.records import SystemCheck
from functions.service.services import Services


async def check_neighbours(services: Services) -> Sequence[SystemCheck]:
    """Named `STORE`, `BROKER` and `MAIL`, each with its latency."""
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
