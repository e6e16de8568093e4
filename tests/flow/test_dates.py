"""Dates as people write them: read if they can mean only one thing."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.flow.dates import Anniversary, Written, read_anniversary, read_date

CHRISTMAS_EVE = datetime(2027, 12, 24)  # noqa: DTZ001 (no offset was written)
MORNING = CHRISTMAS_EVE.replace(hour=9, minute=30)


@pytest.mark.parametrize(
    "text",
    [
        *("2027-12-24", " 2027-12-24 ", "20271224", "2027/12/24", "2027.12.24", "2027-12-24"),
        *("24.12.2027", "24. 12. 2027", "24 Dec 2027", "24-Dec-2027", "24 December 2027"),
        *("Dec 24, 2027", "december 24 2027", "Dec. 24th, 2027", "24th dec, 2027"),
    ],
)
def test_date_is_read(text: str) -> None:
    assert read_date(text) == Written(CHRISTMAS_EVE, is_date=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-12-24 09:30", MORNING),
        ("2027/12/24 09:30:00", MORNING),
        ("24.12.2027, 09:30", MORNING),
        ("Dec 24, 2027 09:30", MORNING),
        ("2027-12-24T09:30:00.000Z", MORNING.replace(tzinfo=UTC)),
        ("2027-12-24 09:30:00 +0100", MORNING.replace(tzinfo=timezone(timedelta(hours=1)))),
        ("2027/12/24 09:30 Z", MORNING.replace(tzinfo=UTC)),
    ],
)
def test_date_and_time_is_read(text: str, expected: datetime) -> None:
    assert read_date(text) == Written(expected, is_date=False)


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            "soon",
            "24/12/2027",
            "12/24/2027",
            "03.04.27",
            "3/4/2027",
            "46745",
            "2027",
            "Dec 2027",
        ),
        *(
            "2027-02-30",
            "31.11.2027",
            "24 Foo 2027",
            "24 De 2027",
            "2027/12-24",
            "24.12.2027 9 Uhr",
        ),
        "2027-12-24" + " " * 60,
        20271224,
        None,
        True,
    ],
)
def test_no_date_is_guessed(value: object) -> None:
    """Day and month in an order that only some readers know, two-digit years, serial numbers."""
    assert read_date(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1990-11-29", Anniversary(11, 29)),
        ("2000-02-29T10:00:00Z", Anniversary(2, 29)),
        ("--12-24", Anniversary(12, 24)),
        ("--0229", Anniversary(2, 29)),
        ("24 Dec", Anniversary(12, 24)),
        ("Dec 24", Anniversary(12, 24)),
        ("24.12.", Anniversary(12, 24)),
        ("24.12", None),
        ("12/24", None),
        ("30 Feb", None),
        ("", None),
        (7, None),
    ],
)
def test_anniversary_may_lack_its_year(value: object, expected: Anniversary | None) -> None:
    assert read_anniversary(value) == expected


@given(st.text("0123456789./-: ,TZDec+", max_size=30))
def test_nothing_raises(text: str) -> None:
    """Whatever a file of contacts contains."""
    read_date(text)
    read_anniversary(text)
