"""Time zones as people write them.

Role: find the time zone that an attribute or a setting names.
Invariant: nothing here raises, and no zone is guessed: IST is a zone in India, Ireland and Israel,
so it is not known. What is found does not depend on the time of the year at which one asks.
This module must not know contacts or campaigns.

What is known: names such as Europe/Berlin in any case, with blanks for underscores; abbreviations
that mean one zone everywhere; and offsets such as UTC+2, GMT-05:30 or +02:00.
"""

import re
from datetime import timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

ZONE_CHARS_MAX = 64
_HOURS_MAX = 14
"""No time zone is farther from UTC."""

_ABBREVIATIONS = {
    "z": "UTC",
    "cest": "CET",
    "eest": "EET",
    "west": "WET",
    "edt": "America/New_York",
    "mdt": "America/Denver",
    "pdt": "America/Los_Angeles",
    "akdt": "America/Anchorage",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "hkt": "Asia/Hong_Kong",
    "msk": "Europe/Moscow",
    "sast": "Africa/Johannesburg",
    "aest": "Australia/Sydney",
    "aedt": "Australia/Sydney",
    "nzst": "Pacific/Auckland",
    "nzdt": "Pacific/Auckland",
    "brt": "America/Sao_Paulo",
}
_OFFSET = re.compile(
    r"(?:utc|gmt)?\s?(?P<sign>[+\-\u2212])(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d))?", re.ASCII
)


@lru_cache(maxsize=1024)
def find_zone(name: str) -> tzinfo | None:
    """None if no time zone is known by this name. `str` of a zone found is its name."""
    if len(name) > ZONE_CHARS_MAX:
        return None
    wanted = "_".join(name.casefold().split())
    known = _names().get(wanted) or _ABBREVIATIONS.get(wanted)
    if known is not None:
        return ZoneInfo(known)
    offset = _OFFSET.fullmatch(" ".join(name.casefold().split()))
    if offset is None or int(offset["hours"]) > _HOURS_MAX:
        return None
    length = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
    return timezone(length if offset["sign"] == "+" else -length)


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}
