"""Times and lengths of time as people say them, in English and UTC.

Pure. Invariant: the same on every machine, since no locale is asked.
"""

from datetime import UTC, datetime, timedelta

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def instant(at: datetime, now: datetime) -> str:
    """`Tue 9 Mar, 09:00 UTC`; with the year where it is not this one, with seconds where there
    are any."""
    at = at.astimezone(UTC)
    year = "" if at.year == now.astimezone(UTC).year else f" {at.year}"
    seconds = f":{at.second:02}" if at.second else ""
    day = f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]}{year}"
    return f"{day}, {at.hour:02}:{at.minute:02}{seconds} UTC"


def length(span: timedelta) -> str:
    """`3 days`, `1 day 2 h`, `2 h 5 min`, `40 s`: the two largest units that matter."""
    seconds = round(abs(span.total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return _two(f"{days} day" if days == 1 else f"{days} days", hours, "h")
    if hours:
        return _two(f"{hours} h", minutes, "min")
    if minutes:
        return _two(f"{minutes} min", seconds, "s")
    return f"{seconds} s"


def _two(large: str, small: int, unit: str) -> str:
    return f"{large} {small} {unit}" if small else large
