"""Mail that came back because its recipients' servers refuse our mail: as spam, by a block list, by
the sender's DMARC policy.

Such an answer concerns the sending account, not the address. It arrives minutes or days after the
relay accepted the message, so it does not open the breaker. Health, the doctor and the Home page
report it instead.

Invariant: only the last day is kept. Pure: values in, values out.
This module must not know reports, or where this is stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

KEPT = timedelta(hours=24)
_HOUR_CHARS = len("2027-03-01T09")


@dataclass(frozen=True, slots=True)
class BlockedMail:
    """`by_hour`: messages by the UTC hour in which they came back (`2027-03-01T09`). `reason`: the
    latest server's words, without addresses. `at`: when they came; None before the first."""

    by_hour: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""
    at: datetime | None = None


def with_blocked(blocked: BlockedMail, number: int, reason: str, at: datetime) -> BlockedMail:
    """`number`: of messages that came back, the latest at `at` (UTC)."""
    hour = _hour(at)
    counted = {**blocked.by_hour, hour: blocked.by_hour.get(hour, 0) + number}
    oldest = _hour(at - KEPT)
    return BlockedMail({key: it for key, it in counted.items() if key > oldest}, reason, at)


def blocked_lately(blocked: BlockedMail, now: datetime) -> int:
    """How many messages came back in the last 24 hours, the current one included."""
    oldest = _hour(now - KEPT)
    return sum(number for hour, number in blocked.by_hour.items() if hour > oldest)


def _hour(at: datetime) -> str:
    return at.isoformat()[:_HOUR_CHARS]
