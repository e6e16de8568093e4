"""Count something that a caller does, and refuse it if it is done too often.

This module must not know HTTP.
"""

from functions.service.access.throttle import Throttled
from functions.service.services import Services


async def admit(services: Services, throttled: Throttled, caller: str) -> None:
    """`caller`: as for `Throttle.admit`. Raises CallerError 429."""
    await services.throttle.admit(throttled, caller, await services.store.now())
