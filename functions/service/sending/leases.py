"""Leases kept alive while their worker is.

Invariant: a lease is renewed three times within its length; a worker that dies stops renewing,
and whoever finds the lease over may act.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from functions.service.sending.records import Message
from functions.service.services import Services


@asynccontextmanager
async def kept_alive(services: Services, messages: Sequence[Message]) -> AsyncIterator[None]:
    """`messages`: claimed under one token. Their leads' leases are renewed with them."""
    if not messages:
        yield
        return
    renewing = asyncio.create_task(_renew(services, messages))
    try:
        yield
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing


async def _renew(services: Services, messages: Sequence[Message]) -> None:
    message_keys = [message.key for message in messages]
    lead_ids = [message.lead_id for message in messages]
    token = messages[0].token
    while True:
        await asyncio.sleep(services.policy.send_lease_seconds / 3)
        # A renewal that fails is followed by another in time; where the store stays away, the
        # batch's own writes say so, and the lease runs out as it should.
        with suppress(Exception):
            now = await services.store.now()
            until = now + services.policy.send_lease
            await services.store.messages.renew(message_keys, token, until)
            await services.store.leads.renew(lead_ids, now + services.policy.lead_lease)
