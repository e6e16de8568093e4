"""Time zones as people write them."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.flow.zones import find_zone

SUMMER, WINTER = datetime(2027, 7, 1, 12, tzinfo=UTC), datetime(2027, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "winter_hours", "summer_hours"),
    [
        ("Europe/Berlin", 1, 2),
        ("europe/berlin", 1, 2),
        (" AMERICA/New York ", -5, -4),
        ("UTC", 0, 0),
        ("z", 0, 0),
        ("CET", 1, 2),
        ("cest", 1, 2),
        ("PDT", -8, -7),
        ("JST", 9, 9),
        ("UTC+2", 2, 2),
        ("utc +02:00", 2, 2),
        ("GMT-5", -5, -5),
        ("GMT\u22125", -5, -5),
        ("+0530", 5.5, 5.5),
        ("Etc/GMT-2", 2, 2),
    ],
)
def test_zone_is_found(name: str, winter_hours: float, summer_hours: float) -> None:
    zone = find_zone(name)
    assert zone is not None
    offsets = [at.astimezone(zone).utcoffset() for at in (WINTER, SUMMER)]
    assert offsets == [timedelta(hours=winter_hours), timedelta(hours=summer_hours)]


@pytest.mark.parametrize(
    "name", ["IST", "CST", "BST", "Mars/Olympus", "Europe", "", "2", "UTC+15", "+1:70", "x" * 65]
)
def test_zone_is_not_guessed(name: str) -> None:
    """An abbreviation that several countries use is not known."""
    assert find_zone(name) is None


def test_zone_found_says_its_name() -> None:
    """For people who look at a wait."""
    assert [str(find_zone(it)) for it in ("europe/berlin", "UTC+2")] == [
        "Europe/Berlin",
        "UTC+02:00",
    ]
