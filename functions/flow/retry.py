"""When a deferred message is tried again.

Invariant: a decision is a value; nothing sleeps here. `delivery_attempts` counts conversations in
which the server asked to try later; limits and crashes do not count.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

QUICK_DELAYS_SECONDS = (1, 2, 4)
"""For a short disturbance, such as a dropped connection or a busy server."""

SLOW_DELAYS_SECONDS = (300, 900, 3600, 2 * 3600, 4 * 3600, 8 * 3600)
"""For greylisting and outages. The last delay repeats."""

GIVE_UP_AFTER = timedelta(hours=72)
"""Counted from the first try. RFC 5321 §4.5.4.1 recommends four to five days; campaigns use less,
because outdated mail does harm."""


@dataclass(frozen=True, slots=True)
class RetryAt:
    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    reason: str


def plan_retry(
    delivery_attempts: int, first_attempt_at: datetime, now: datetime
) -> RetryAt | GiveUp:
    """`delivery_attempts`: how often the message has been tried, including the try that just failed
    (≥ 1)."""
    if delivery_attempts <= len(QUICK_DELAYS_SECONDS):
        delay_seconds = QUICK_DELAYS_SECONDS[delivery_attempts - 1]
    else:
        slow = min(delivery_attempts - len(QUICK_DELAYS_SECONDS), len(SLOW_DELAYS_SECONDS))
        delay_seconds = SLOW_DELAYS_SECONDS[slow - 1]
    at = now + timedelta(seconds=delay_seconds)
    if at > first_attempt_at + GIVE_UP_AFTER:
        hours = GIVE_UP_AFTER.total_seconds() / 3600
        return GiveUp(f"given up after {delivery_attempts} attempts in {hours:.0f} h")
    return RetryAt(at)
