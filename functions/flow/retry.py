"""When a message that was put off may be tried again.

Invariant: a decision is a value; nobody sleeps here. `tries` counts real conversations with a
server that ended in "later"; limits and crashes use up none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

QUICK_DELAYS_SECONDS = (1, 2, 4)
"""For a hiccup: a dropped connection, a busy server."""

SLOW_DELAYS_SECONDS = (300, 900, 3600, 2 * 3600, 4 * 3600, 8 * 3600)
"""For greylisting and outages; the last one repeats."""

GIVE_UP_AFTER = timedelta(hours=72)
"""From the first try. RFC 5321 §4.5.4.1 asks for four to five days; senders of campaigns
use less, since stale mail does harm."""


@dataclass(frozen=True, slots=True)
class RetryAt:
    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    words: str


def plan_retry(tries: int, first_try_at: datetime, now: datetime) -> RetryAt | GiveUp:
    """`tries`: how often the message was tried so far, the failed one included (≥ 1)."""
    if tries <= len(QUICK_DELAYS_SECONDS):
        delay_seconds = QUICK_DELAYS_SECONDS[tries - 1]
    else:
        slow = min(tries - len(QUICK_DELAYS_SECONDS), len(SLOW_DELAYS_SECONDS))
        delay_seconds = SLOW_DELAYS_SECONDS[slow - 1]
    at = now + timedelta(seconds=delay_seconds)
    if at > first_try_at + GIVE_UP_AFTER:
        return GiveUp(
            f"given up after {tries} tries in {GIVE_UP_AFTER.total_seconds() / 3600:.0f} h"
        )
    return RetryAt(at)
