"""Renew the leases of a batch for as long as its worker lives.

Invariant: a lease is renewed three times within its length. A worker that dies stops renewing,
and whoever finds the lease expired may act.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from functions.service.sending.records import Message
from functions.service.services import Services


@asynccontextmanager
async def kept_alive(services: Services, messages: Sequence[Message]) -> AsyncIterator[None]:
    """`messages`: all claimed under one token. The leases of their leads are renewed too."""
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
        # After a failed renewal there is time for another. If the store stays unreachable, the
        # batch's own writes raise, and the lease expires as it should.
        with suppress(Exception):
            now = await services.store.now()
            until = now + services.policy.send_lease
            await services.store.messages.renew(message_keys, token, until)
            await services.store.leads.renew(lead_ids, now + services.policy.lead_lease)
