"""Find deferred leads whose message another worker has taken up in the meantime.

Invariant: reads only. This module must not know why it is called.
"""

from collections.abc import Sequence

from functions.flow import keys
from functions.flow.lead import Lead, State
from functions.service.sending.records import MessageState
from functions.service.services import Services


async def taken_up(services: Services, leads: Sequence[Lead]) -> frozenset[str]:
    """The ids of deferred leads whose message is no longer deferred. This happens if a worker is
    suspended between deferring the message and stepping the lead, while another worker takes up
    the message. Such a lead must resume first, to learn the outcome. One round trip, and none if
    no lead is deferred.
    """
    deferred = {
        keys.send_key(it.lead_id, it.current_node, it.visit, it.resend_number): it.lead_id
        for it in leads
        if it.state is State.DEFERRED and it.current_node is not None
    }
    found = await services.store.messages.find(list(deferred)) if deferred else []
    return frozenset(deferred[it.key] for it in found if it.state is not MessageState.DEFERRED)
