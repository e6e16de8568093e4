"""Deferred leads whose message another worker has taken up meanwhile.

Invariant: nothing is written. This module must not know why somebody asks.
"""

from collections.abc import Sequence

from functions.flow import keys
from functions.flow.lead import Lead, State
from functions.service.sending.records import MessageState
from functions.service.services import Services


async def taken_up(services: Services, leads: Sequence[Lead]) -> frozenset[str]:
    """The ids of those that wait for a later try of a message which waits no more: their worker
    slept before it told them that it was put off, and another took the message up meanwhile. Such
    a lead has to resume first, to hear what became of it. One round trip, where any was put off.
    """
    deferred = {
        keys.send_key(it.lead_id, it.current_node, it.visit, it.attempt): it.lead_id
        for it in leads
        if it.state is State.DEFERRED and it.current_node is not None
    }
    found = await services.store.messages.find(list(deferred)) if deferred else []
    return frozenset(deferred[it.key] for it in found if it.state is not MessageState.DEFERRED)
