"""End leads before they reach an end: cancelled with their campaign, or removed by a person.

Invariant: a lead that waits for its message ends only after the message has. If there is an
outcome, the lead is stepped with it; if nobody has begun to send the message, it is withdrawn;
while a worker is sending it, the lead stays as it is. So no message is left without an outcome.
Leads whose message was deferred need a check of their own, see `taken_up`.
This module must not know its callers.
"""

from collections.abc import Sequence

from functions.flow import keys
from functions.flow.event import Cancelled, EmailUnknown, LeadEvent, MessageEvent, Removed, Resumed
from functions.flow.lead import ENDED, Lead, State
from functions.service.execution.advance import advance
from functions.service.execution.records import StoredLead
from functions.service.jobs.records import SendJob
from functions.service.sending.message_rules import (
    LEASE_RAN_OUT,
    event_of,
    known_outcome,
    lost_in_sending,
    message_of,
)
from functions.service.sending.records import Claim, MessageChange, MessageState
from functions.service.sending.taken_up import taken_up
from functions.service.services import Services

ROUNDS_MAX = 8
"""How many times to try leads that other workers keep moving."""


async def end_leads(
    services: Services, leads: Sequence[StoredLead], event: Cancelled | Removed
) -> frozenset[str]:
    """End the leads. Returns the ids of those that cannot be ended yet, because their message is
    being sent or other workers keep moving them; try these again later. Leads that have already
    ended are left as they are."""
    busy: set[str] = set()
    left = list(leads)
    for _ in range(ROUNDS_MAX):
        left = [it for it in left if it.lead.state not in ENDED]
        if not left:
            return frozenset(busy)
        moves, in_sending = await _close_messages(services, left)
        busy |= in_sending
        again = await taken_up(services, [it.lead for it in left])
        moves.update({it.lead.lead_id: (it, Resumed()) for it in left if it.lead.lead_id in again})
        for stored in left:
            if stored.lead.lead_id not in busy:
                moves.setdefault(stored.lead.lead_id, (stored, event))
        # A lead that has moved in the meantime may now wait for another message, so it is reloaded
        # here, not in `advance`.
        advanced = await advance(services, moves, again=False)
        for defect in advanced.failures.values():
            raise defect
        left = await services.store.leads.find(sorted(moves))
    return frozenset(busy | {it.lead.lead_id for it in left if it.lead.state not in ENDED})


Moves = dict[str, tuple[StoredLead, LeadEvent]]


async def _close_messages(
    services: Services, leads: Sequence[StoredLead]
) -> tuple[Moves, set[str]]:
    """Close the messages that the leads wait for. Returns the outcomes to step leads with, and the
    ids of leads that cannot end yet."""
    waiting = {
        _job_of(it.lead, it.lead.current_node): it
        for it in leads
        if it.lead.state is State.SENDING and it.lead.current_node is not None
    }
    if not waiting:
        return {}, set()
    now, token = await services.store.now(), services.new_token()
    jobs = {keys.send_key(it.lead_id, it.node_id, it.visit, it.resend_number): it for it in waiting}
    known = {it.key: it for it in await services.store.messages.find(list(jobs))}
    told: dict[str, MessageEvent] = {}
    lost: list[MessageChange] = []
    withdrawn: list[Claim] = []
    for key, job in jobs.items():
        message = known.get(key)
        event = known_outcome(job, message, now)
        if event is not None:
            told[key] = event
        elif message is None or message.state is not MessageState.SENDING:
            taken = message_of(
                services.policy,
                job,
                waiting[job].lead.email,
                message,
                state=MessageState.SUPPRESSED,
                token=token,
                now=now,
            )
            withdrawn.append(Claim(taken, message))
        elif message.lease_until <= now:
            lost.append(lost_in_sending(message, now))
    closed = await services.store.messages.claim(withdrawn)
    applied = await services.store.messages.write(lost)
    for change in lost:
        if change.key in applied:
            told[change.key] = event_of(jobs[change.key], EmailUnknown, LEASE_RAN_OUT)
    moves: Moves = {jobs[it].lead_id: (waiting[jobs[it]], event) for it, event in told.items()}
    return moves, {job.lead_id for key, job in jobs.items() if key not in told.keys() | closed}


def _job_of(lead: Lead, node_id: str) -> SendJob:
    return SendJob(
        lead_id=lead.lead_id,
        campaign_id=lead.campaign_id,
        node_id=node_id,
        visit=lead.visit,
        resend_number=lead.resend_number,
    )
