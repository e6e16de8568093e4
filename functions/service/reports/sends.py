"""Sends over time: how many messages were sent in each hour and on each day.

Invariant: hours and days are UTC, and bounded: only the latest `HOURS_KEPT` and `DAYS_KEPT`,
counted back from the newest, are kept. The result does not depend on the order in which sends are
added. Pure. This module must not know how counts are stored.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from functions.flow.journal import Delta

HOURS_KEPT = 48
"""Twice what is shown, so that they cover the viewer's day in any time zone."""
DAYS_KEPT = 15

_HOUR_CHARS = len("2027-03-01T09")
_DAY_CHARS = len("2027-03-01")


def hour_of(at: datetime) -> str:
    """`at`: UTC."""
    return at.isoformat()[:_HOUR_CHARS]


def day_of(at: datetime) -> str:
    """`at`: UTC."""
    return at.isoformat()[:_DAY_CHARS]


def sent_in(delta: Delta) -> int:
    """The number of sent messages in the delta of a journal record."""
    return sum(
        amount
        for key, amount in delta.items()
        if key.endswith("/sent") and key.startswith("total/")
    )


def has_outcome(delta: Delta) -> bool:
    """Whether the delta counts a message as accepted or refused."""
    return any(key.startswith("total/") and key.endswith(("/sent", "/rejected")) for key in delta)


def with_sends(buckets: Mapping[str, int], more: Mapping[str, int], kept: int) -> dict[str, int]:
    """`buckets`, by hour or by day, with `more` of the same unit added. Only the latest `kept`,
    counted back from the newest, remain."""
    summed = dict(buckets)
    for key, amount in more.items():
        summed[key] = summed.get(key, 0) + amount
    if len(summed) <= 1:
        return summed
    newest = max(summed)
    unit = timedelta(hours=1) if len(newest) == _HOUR_CHARS else timedelta(days=1)
    oldest = (_began(newest) - (kept - 1) * unit).isoformat()[: len(newest)]
    return {key: summed[key] for key in sorted(summed) if key >= oldest}


def by_hour(buckets: Iterable[Mapping[str, int]], now: datetime, hours: int) -> list[int]:
    """The sends of the last `hours` hours, oldest first, including the current one."""
    keys = [hour_of(now - timedelta(hours=ago)) for ago in reversed(range(hours))]
    return _summed(list(buckets), keys)


def by_day(buckets: Iterable[Mapping[str, int]], now: datetime, days: int) -> list[int]:
    """The sends of the last `days` days, oldest first, including today."""
    keys = [day_of(now - timedelta(days=ago)) for ago in reversed(range(days))]
    return _summed(list(buckets), keys)


def _summed(buckets: list[Mapping[str, int]], keys: list[str]) -> list[int]:
    return [sum(it.get(key, 0) for it in buckets) for key in keys]


def _began(bucket: str) -> datetime:
    written = bucket if len(bucket) == _DAY_CHARS else f"{bucket}:00"
    return datetime.fromisoformat(written).replace(tzinfo=UTC)
