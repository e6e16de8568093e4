"""Times and durations in English, in a time zone of the reader's choice.

Pure: the same on every machine, because no locale is used.
"""

from datetime import UTC, datetime, tzinfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def instant(at: datetime, now: datetime, zone: tzinfo | None = UTC) -> str:
    """`Tue 9 Mar, 09:00 UTC`; with the year if it is not that of `now`, and with seconds if they
    are not 0. `zone`: None means this machine's time zone."""
    at = at.astimezone(zone)
    year = "" if at.year == now.astimezone(zone).year else f" {at.year}"
    seconds = f":{at.second:02}" if at.second else ""
    day = f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]}{year}"
    return f"{day}, {at.hour:02}:{at.minute:02}{seconds} {at.tzname()}"


def length(seconds: int) -> str:
    """`3 days`, `1 day 2 h`, `2 h 5 min`, `40 s`: the two largest units."""
    days, rest = divmod(abs(seconds), 86_400)
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
