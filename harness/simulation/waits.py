"""The naive model's waits: when a wait with given settings may begin and end."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def wrong_wait(
    settings: Mapping[str, object],
    attributes: Mapping[str, object],
    campaign_zone: str,
    now: datetime,
    until: datetime,
) -> str | None:
    """What is wrong with a wait from `now` to `until`, or None."""
    finding = f"{settings} waits from {now} until {until}"
    if until <= now:
        return finding
    zone = _zone(settings, attributes, campaign_zone)
    wall = until.astimezone(zone)
    match settings["mode"]:
        case "duration":
            unit, amount = str(settings["unit"]), int(str(settings["amount"]))
            is_right = until == now + timedelta(**{unit: amount})
        case "until":
            is_right = timedelta() <= until - _instant(settings["at"]) < timedelta(milliseconds=1)
        case "weekday":
            days = settings["weekdays"]
            assert isinstance(days, list)
            is_right = (
                wall.strftime("%A").lower() in days
                and until - now <= timedelta(days=8)
                and (wall.strftime("%H:%M") == settings["time"] or _is_shifted(wall, settings))
            )
        case _:
            is_right = until in _dates(str(attributes.get("renewal")), settings, zone)
    return None if is_right else finding


def _zone(
    settings: Mapping[str, object], attributes: Mapping[str, object], campaign_zone: str
) -> ZoneInfo:
    name = settings.get("zone", "UTC")
    if name == "contact":
        own = attributes.get("timezone")
        name = campaign_zone if own in (None, "Mars/Olympus") else own
    return ZoneInfo(campaign_zone if name == "campaign" else str(name))


def _is_shifted(wall: datetime, settings: Mapping[str, object]) -> bool:
    """Whether the requested local time was skipped on that day and is replaced by the time one gap
    later.
    """
    wanted = time.fromisoformat(str(settings["time"]))
    skipped = datetime.combine(wall.date(), wanted, tzinfo=wall.tzinfo)
    return skipped.astimezone(UTC).astimezone(wall.tzinfo).time() != wanted


def _dates(renewal: str, settings: Mapping[str, object], zone: ZoneInfo) -> Iterator[datetime]:
    offset = settings["offset"]
    assert isinstance(offset, dict)
    moved = timedelta(**{str(offset["unit"]): int(offset["amount"])})
    if "+" in renewal:
        yield (_instant(renewal) + moved).astimezone(UTC)
        return
    text = renewal if "T" in renewal else f"{renewal}T{settings['time']}"
    wall = datetime.fromisoformat(text)
    if offset["unit"] == "hours":
        yield wall.replace(tzinfo=zone).astimezone(UTC) + moved
    else:
        yield (wall + moved).replace(tzinfo=zone).astimezone(UTC)


def _instant(value: object) -> datetime:
    return datetime.fromisoformat(str(value))
