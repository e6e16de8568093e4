"""Deliver claimed messages over a few connections: mark, send, settle, next.

Invariant: a connection requests its next mark together with the settlement of its last message,
and gives itself back only once its last settlement is stored, so a process never has more `sending`
marks than connections, however many batches share them. If the breaker opens during the batch, the
remaining messages are deferred without having been marked.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from functions.flow.event import (
    EmailDeferred,
    EmailRejected,
    EmailSent,
    EmailSuppressed,
    EmailUnknown,
    MessageEvent,
)
from functions.flow.outcome import Concern, Deferred, Outcome, Phase, Rejected, Sent, Unknown
from functions.flow.retry import GiveUp, RetryAt, plan_reconnection, plan_retry
from functions.mail.envelope import Envelope
from functions.service.sending.connections import BATCH_SECONDS, Pool
from functions.service.sending.limiter import CONNECT_WAIT, Permit
from functions.service.sending.message_log import MessageLog, Permission
from functions.service.sending.records import Message, MessageChange, MessageState
from functions.service.sending.token_bucket import Deferral
from functions.service.services import Services


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed message, rendered."""

    message: Message
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class _Settled:
    message: Message
    event: MessageEvent
    applied: asyncio.Future[Permission]


async def deliver(
    services: Services, log: MessageLog, permit: Permit, ready: Sequence[Ready]
) -> dict[str, MessageEvent]:
    """Events by send key, for the messages whose outcome this batch has stored.

    A store error ends the batch and is raised. Messages under way are finished first; the others
    stay claimed until their lease expires.
    """
    crew = _Crew(deque(ready))
    settled: list[_Settled] = []
    events: dict[str, MessageEvent] = {}
    senders = min(services.transport.connections_limit, len(ready))
    results = await asyncio.gather(
        *(_send_from(services, log, permit, crew, settled, events) for _ in range(senders)),
        return_exceptions=True,
    )
    for result in results:
        if isinstance(result, BaseException):
            raise result
    if crew.refusals:
        await _report_refusals(services, permit, crew)
    if crew.queue:
        await _leave(services, log, permit, crew, settled)
    await log.flush()
    for it in settled:
        if it.applied.result() is Permission.GO or await _turned_late(services, it):
            events[it.message.key] = it.event
    return events


@dataclass(slots=True)
class _Crew:
    """What the senders of a batch share. `queue`: messages that none of them has taken yet.
    `began_at`: when the first of them had a connection. `working`: the most connections that the
    process had meanwhile. `refusals`: what the server said to senders that got none."""

    queue: deque[Ready]
    began_at: datetime | None = None
    working: int = 0
    refusals: list[Deferred] = field(default_factory=list)


async def _send_from(
    services: Services,
    log: MessageLog,
    permit: Permit,
    crew: _Crew,
    settled: list[_Settled],
    events: dict[str, MessageEvent],
) -> None:
    """Connect, then take messages. A sender that gets no connection leaves them to the others."""
    async with services.transport.connection() as connection:
        stored: asyncio.Future[Permission] | None = None
        while crew.queue:
            refusal = await connection.open()
            if refusal is not None:
                crew.refusals.append(refusal)
                break
            now = await services.store.now()
            crew.began_at = crew.began_at or now
            if not crew.queue or _is_long(services, permit, crew, now):
                break  # The others took the rest meanwhile, or other workers will.
            ready = crew.queue.popleft()
            message = ready.message
            wait = permit.stopped(now)
            if wait is not None:
                settled.append(_given_back(log, message, wait, now))
                continue
            permission = await log.mark_sending(message)
            if permission is Permission.SUPPRESSED:
                events[message.key] = EmailSuppressed(*_fence(message))
            if permission is not Permission.GO:
                continue
            outcome = await connection.send(ready.envelope)
            now = await services.store.now()
            crew.working = max(crew.working, services.transport.connections_working)
            refusal = _no_connection(outcome)
            if refusal is None:
                permit.hear(outcome, now, message.campaign_id)
            change, event = _settlement(
                message, outcome, permit, now, services.policy.retry_seconds
            )
            stored = log.settle(change)
            settled.append(_Settled(message, event, stored))
            if refusal is not None:
                crew.refusals.append(refusal)
                break
        if stored is not None:
            await _written(stored)


async def _written(settlement: asyncio.Future[Permission]) -> None:
    """The next batch marks a message as soon as it gets this connection. What the write raises, the
    batch raises."""
    await asyncio.wait([settlement])


def _no_connection(outcome: Outcome) -> Deferred | None:
    """The outcome, if it says that there was no connection."""
    if isinstance(outcome, Deferred) and outcome.concern is Concern.CONNECTION:
        return outcome if outcome.phase is Phase.CONNECT else None
    return None


def _is_long(services: Services, permit: Permit, crew: _Crew, now: datetime) -> bool:
    """Whether to leave the rest of the batch to workers that have more connections."""
    transport = services.transport
    is_limited = transport.connections_limit < transport.connections_max
    if not (is_limited and permit.may_work_elsewhere) or crew.began_at is None:
        return False
    return now - crew.began_at > timedelta(seconds=BATCH_SECONDS)


async def _report_refusals(services: Services, permit: Permit, crew: _Crew) -> None:
    transport = services.transport
    working = max(crew.working, transport.connections_working)
    pool = Pool(working, transport.connections_max, transport.message_seconds)
    permit.hear_no_connection(crew.refusals, pool, await services.store.now())


async def _leave(
    services: Services, log: MessageLog, permit: Permit, crew: _Crew, settled: list[_Settled]
) -> None:
    """Put back what nobody could send."""
    now = await services.store.now()
    few = Deferral(now + CONNECT_WAIT, "other workers have most connections to the mail server")
    while crew.queue:
        message = crew.queue.popleft().message
        wait = permit.put_back(crew.refusals[-1], now) if crew.refusals else permit.stopped(now)
        wait = wait or few
        settled.append(_given_back(log, message, wait, now))


def _given_back(log: MessageLog, message: Message, wait: Deferral, now: datetime) -> _Settled:
    """Defer the message without counting a delivery attempt."""
    change = MessageChange(
        key=message.key,
        token=message.token,
        from_states=frozenset({MessageState.CLAIMED}),
        state=MessageState.DEFERRED,
        at=now,
        outcome_reason=wait.reason,
        retry_at=wait.at,
    )
    event = EmailDeferred(*_fence(message), wait.at, wait.reason)
    return _Settled(message, event, log.settle(change))


async def _turned_late(services: Services, settled: _Settled) -> bool:
    """Store a late `sent`: the lease had expired and another worker had written `unknown`, but
    the server accepted the message after all.

    `retry_at` stays set on the message until its lead has been stepped, see `sweep`.
    """
    if not isinstance(settled.event, EmailSent):
        return False
    message = settled.message
    late = MessageChange(
        key=message.key,
        token=message.token,
        from_states=frozenset({MessageState.UNKNOWN}),
        state=MessageState.SENT,
        at=settled.event.at,
        retry_at=settled.event.at,
    )
    return message.key in await services.store.messages.write([late])


def _settlement(
    message: Message, outcome: Outcome, permit: Permit, now: datetime, retry_seconds: float
) -> tuple[MessageChange, MessageEvent]:
    fence = _fence(message)
    wait = permit.put_back(outcome, now)
    if wait is not None:
        change = change_of(
            message, MessageState.DEFERRED, now, reason=wait.reason, retry_at=wait.at
        )
        return change, EmailDeferred(*fence, wait.at, wait.reason)
    match outcome:
        case Sent(reply=reason):
            change = change_of(message, MessageState.SENT, now, reason=reason)
            return change, EmailSent(*fence, now)
        case Rejected(code=code, reason=reason, concern=Concern.UNCLEAR) if not (
            _is_of_message(message, permit)
        ):
            return try_later(message, f"{code} {reason}".strip(), now, retry_seconds)
        case Rejected(code=code, reason=reason):
            said = f"{code} {reason}".strip()
            change = change_of(message, MessageState.REJECTED, now, reason=said)
            return change, EmailRejected(*fence, said)
        case Unknown(reason=reason):
            change = change_of(message, MessageState.UNKNOWN, now, reason=reason)
            return change, EmailUnknown(*fence, reason)
        case Deferred(code=code, reason=reason, concern=concern):
            said = f"{code} {reason}".strip() if code else reason
            return try_later(
                message, said, now, retry_seconds, is_lost=concern is Concern.CONNECTION
            )
        case _:
            assert_never(outcome)


def _is_of_message(message: Message, permit: Permit) -> bool:
    """Whether an unclear refusal is about the message: it was refused before, and the server has
    taken others since."""
    taken_at = permit.breaker.taken_at
    is_again = message.delivery_attempts > 0
    return is_again and taken_at is not None and taken_at > message.first_attempt_at


def try_later(
    message: Message, said: str, now: datetime, retry_seconds: float, *, is_lost: bool = False
) -> tuple[MessageChange, MessageEvent]:
    """Count a delivery attempt, and defer the message or give it up. `said`: why. `is_lost`: the
    connection was lost, so the server did not say anything about the message."""
    delivery_attempts = message.delivery_attempts + 1
    if is_lost:
        plan: RetryAt | GiveUp = plan_reconnection(delivery_attempts, now, retry_seconds)
    else:
        plan = plan_retry(delivery_attempts, message.first_attempt_at, now, retry_seconds)
    match plan:
        case RetryAt(at=at):
            change = change_of(
                message,
                MessageState.DEFERRED,
                now,
                reason=said,
                retry_at=at,
                delivery_attempts=delivery_attempts,
            )
            return change, EmailDeferred(*_fence(message), at, said)
        case GiveUp(reason=why):
            said = f"{said} ({why})"
            change = change_of(
                message,
                MessageState.REJECTED,
                now,
                reason=said,
                delivery_attempts=delivery_attempts,
            )
            return change, EmailRejected(*_fence(message), said)
        case _:
            assert_never(plan)


def change_of(
    message: Message,
    state: MessageState,
    at: datetime,
    *,
    reason: str,
    retry_at: datetime | None = None,
    delivery_attempts: int | None = None,
) -> MessageChange:
    """A change of a message that this batch has claimed, whether it is marked yet or not."""
    return MessageChange(
        key=message.key,
        token=message.token,
        from_states=frozenset({MessageState.CLAIMED, MessageState.SENDING}),
        state=state,
        at=at,
        outcome_reason=reason,
        retry_at=retry_at,
        delivery_attempts=delivery_attempts,
    )


def _fence(message: Message) -> tuple[str, int, int]:
    return message.node_id, message.visit, message.resend_number
