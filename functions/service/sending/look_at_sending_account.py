"""Read the state of the sending account: its circuit breaker and its token buckets.

Invariant: reads only, and never raises. This module must not know HTTP.
"""

import asyncio

from functions.service.sending.limiter import SendingAccount
from functions.service.services import Services


async def look_at_sending_account(services: Services, seconds_max: float) -> SendingAccount | None:
    """None if no rate is set or the state cannot be read now; a separate check reports that."""
    try:
        async with asyncio.timeout(seconds_max):
            return await services.limiter.look(await services.store.now())
    except Exception:
        return None
