"""Deliver claimed messages over a few connections: mark, send, settle, next.

Invariant: a connection requests its next mark together with the settlement of its last message,
and gives itself back only once its last settlement is stored, so a process never has more `sending`
marks than connections, however many batches share them. If the breaker opens during the batch, the
remaining messages are deferred without having been marked.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from functions.flow.event import (
    EmailDeferred,
    EmailRejected,
    EmailSent,
    EmailSuppressed,
    EmailUnknown,
    MessageEvent,
)
from functions.flow.outcome import Deferred, Outcome, Rejected, Sent, Unknown
from functions.flow.retry import GiveUp, RetryAt, plan_retry
from functions.mail.envelope import Envelope
from functions.service.sending.limiter import Permit
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
    queue = iter(ready)
    settled: list[_Settled] = []
    events: dict[str, MessageEvent] = {}
    senders = min(services.transport.connections_max, len(ready))
    results = await asyncio.gather(
        *(_send_from(services, log, permit, queue, settled, events) for _ in range(senders)),
        return_exceptions=True,
    )
    for result in results:
        if isinstance(result, BaseException):
            raise result
    await log.flush()
    for it in settled:
        if it.applied.result() is Permission.GO or await _turned_late(services, it):
            events[it.message.key] = it.event
    return events


async def _send_from(
    services: Services,
    log: MessageLog,
    permit: Permit,
    queue: Iterator[Ready],
    settled: list[_Settled],
    events: dict[str, MessageEvent],
) -> None:
    async with services.transport.connection() as connection:
        stored: asyncio.Future[Permission] | None = None
        for ready in queue:
            message = ready.message
            wait = permit.stopped_until
            if wait is not None:
                settled.append(_given_back(log, message, wait, await services.store.now()))
                continue
            permission = await log.mark_sending(message)
            if permission is Permission.SUPPRESSED:
                events[message.key] = EmailSuppressed(*_fence(message))
            if permission is not Permission.GO:
                continue
            outcome = await connection.send(ready.envelope)
            now = await services.store.now()
            permit.hear(outcome, now)
            change, event = _settlement(message, outcome, now)
            stored = log.settle(change)
            settled.append(_Settled(message, event, stored))
        if stored is not None:
            # The next batch marks a message as soon as it gets this connection. What the write
            # raises, the batch raises.
            await asyncio.wait([stored])


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
    message: Message, outcome: Outcome, now: datetime
) -> tuple[MessageChange, MessageEvent]:
    fence = _fence(message)
    match outcome:
        case Sent(reply=reason):
            change = change_of(message, MessageState.SENT, now, reason=reason)
            return change, EmailSent(*fence, now)
        case Rejected(code=code, reason=reason, of_sending_account=True):
            # This says nothing about the message: it waits until the account is fixed.
            return _put_off(message, f"{code} {reason}".strip(), now)
        case Rejected(code=code, reason=reason):
            said = f"{code} {reason}".strip()
            change = change_of(message, MessageState.REJECTED, now, reason=said)
            return change, EmailRejected(*fence, said)
        case Unknown(reason=reason):
            change = change_of(message, MessageState.UNKNOWN, now, reason=reason)
            return change, EmailUnknown(*fence, reason)
        case Deferred(code=code, reason=reason):
            said = f"{code} {reason}".strip() if code else reason
            return _put_off(message, said, now)
        case _:
            assert_never(outcome)


def _put_off(message: Message, said: str, now: datetime) -> tuple[MessageChange, MessageEvent]:
    delivery_attempts = message.delivery_attempts + 1
    plan = plan_retry(delivery_attempts, message.first_attempt_at, now)
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
