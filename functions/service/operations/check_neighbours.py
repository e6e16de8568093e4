"""Check the three neighbours that a service needs: the store, the broker and the mail server.

Invariant: all are asked at once, each for a bounded time; a neighbour that does not answer is a
result, not an error. This module must not know HTTP.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from functions.service.services import Services

STORE = "store"
BROKER = "broker"
MAIL = "mail"


@dataclass(frozen=True, slots=True)
class NeighbourCheck:
    """`problem`: None where the neighbour answered."""

    name: str
    latency_ms: int
    problem: Exception | None


async def check_neighbours(services: Services, seconds_max: float) -> list[NeighbourCheck]:
    store, broker, mail = await asyncio.gather(
        _check(STORE, services.store.ping, seconds_max),
        _check(BROKER, services.dispatcher.ping, seconds_max),
        _check(MAIL, services.transport.ping, seconds_max),
    )
    return [store, broker, mail]


async def _check(
    name: str, ping: Callable[[], Awaitable[object]], seconds_max: float
) -> NeighbourCheck:
    clock = asyncio.get_running_loop().time
    began = clock()
    problem = None
    try:
        async with asyncio.timeout(seconds_max):
            await ping()
    except Exception as raised:
        problem = raised
    return NeighbourCheck(name, round((clock() - began) * 1000), problem)


async def is_store_away(services: Services, seconds_max: float) -> bool:
    check = await _check(STORE, services.store.ping, seconds_max)
    return check.problem is not None
