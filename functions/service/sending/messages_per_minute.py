"""How fast a sending account sends, as far as that is known.

Invariant: pure; nothing is guessed. This module must not know who asks.
"""

from datetime import datetime

from functions.service.sending.limiter import SendingAccount
from functions.service.sending.throughput import is_forgotten


def messages_per_minute(account: SendingAccount, now: datetime) -> float | None:
    """By its own rate and by what its mail server was found to take, whichever is less. None if
    neither is known. Rates of recipients' domains are left out."""
    known = []
    if account.rate is not None:
        known.append(account.rate.count * 60 / account.rate.per_seconds)
    found = account.throughput
    if found is not None and not is_forgotten(found, now) and found.window and found.period_ms:
        known.append(found.window * 60_000 / found.period_ms)
    return min(known, default=None)
