"""When a deferred message is tried again.

Invariant: a decision is a value; nothing sleeps here. `delivery_attempts` counts conversations
about the message that ended without a result. Limits, refusals of the sending account and crashes
do not count.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

RECONNECTION_DELAYS_SECONDS = (1, 2, 4)
"""After a lost connection, which is often a short disturbance."""

RETRY_SECONDS = 300.0
"""After the first answer that asks to try later: greylisting, a full mailbox, an outage behind the
server."""

DELAYS = (1, 3, 12, 24, 48, 96)
"""After each further one, in multiples of the first. The last delay repeats."""

GIVE_UP_AFTER = timedelta(hours=72)
"""Counted from the first attempt. RFC 5321 §4.5.4.1 recommends four to five days; campaigns use
less, because outdated mail does harm."""

ATTEMPTS_MIN = 12
"""As many fit into these 72 hours. A message that other things held up all that time still gets
them."""


@dataclass(frozen=True, slots=True)
class RetryAt:
    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    reason: str


def plan_retry(
    delivery_attempts: int,
    first_attempt_at: datetime,
    now: datetime,
    retry_seconds: float = RETRY_SECONDS,
) -> RetryAt | GiveUp:
    """After a temporary refusal of the recipient or the message. `delivery_attempts`: how often the
    message has been tried, including the attempt that just failed (≥ 1). `retry_seconds`: the first
    delay."""
    at = now + _delay(delivery_attempts, retry_seconds)
    if at > first_attempt_at + GIVE_UP_AFTER and delivery_attempts >= ATTEMPTS_MIN:
        hours = (now - first_attempt_at).total_seconds() / 3600
        return GiveUp(f"given up after {delivery_attempts} attempts in {hours:.0f} h")
    return RetryAt(at)


def plan_reconnection(
    delivery_attempts: int, now: datetime, retry_seconds: float = RETRY_SECONDS
) -> RetryAt:
    """After a connection was lost before the server had any part of the message."""
    short = len(RECONNECTION_DELAYS_SECONDS)
    if delivery_attempts > short:
        return RetryAt(now + _delay(delivery_attempts - short, retry_seconds))
    return RetryAt(now + timedelta(seconds=RECONNECTION_DELAYS_SECONDS[delivery_attempts - 1]))


def _delay(number: int, retry_seconds: float) -> timedelta:
    return timedelta(seconds=retry_seconds * DELAYS[min(number, len(DELAYS)) - 1])
