"""The wait node's plan: every mode, the clocks' changes, and instants that are over."""

from datetime import datetime, timedelta

import pytest
from pydantic import ValidationError

from functions.flow.lead import AttributeValue, Reason
from functions.flow.nodes import WaitNode
from functions.flow.nodes.plan import ONWARD, Finish, Follow, PauseUntil
from tests.flow.builders import NOW, Document, Seen, a_lead, at


def wait_node(**configuration: object) -> WaitNode:
    return WaitNode.model_validate({"id": "w", "configuration": configuration})


def paused_until(node: WaitNode, seen: Seen) -> datetime:
    plan = node.plan(seen)
    assert isinstance(plan, PauseUntil), plan
    assert plan.reason is Reason.WAIT
    assert plan.at.utcoffset() == timedelta(0)
    return plan.at


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (1, "seconds", timedelta(seconds=1)),
        (90, "minutes", timedelta(minutes=90)),
        (36, "hours", timedelta(hours=36)),
        (3, "days", timedelta(days=3)),
        (2, "weeks", timedelta(days=14)),
        (1, "day", timedelta(days=1)),
        (1, "Week", timedelta(days=7)),
    ],
)
def test_duration_counts_from_the_arrival(amount: int, unit: str, expected: timedelta) -> None:
    """A duration is added to now, whatever way its unit is written."""
    node = wait_node(mode="duration", amount=amount, unit=unit)
    assert paused_until(node, Seen(a_lead())) == NOW + expected


def test_duration_of_days_is_hours_across_a_change_of_the_clocks() -> None:
    """A day of waiting is 24 hours, also in the night Berlin loses one."""
    before = at("2026-03-28T12:00:00+01:00")
    node = wait_node(mode="duration", amount=1, unit="days")
    seen = Seen(a_lead(timezone="Europe/Berlin"), before, zone="Europe/Berlin")
    assert paused_until(node, seen) == before + timedelta(hours=24)


def test_duration_over_a_leap_day_counts_it() -> None:
    """28 February 2028 and two days is 1 March, since 2028 has a 29th."""
    node = wait_node(mode="duration", amount=2, unit="days")
    seen = Seen(a_lead(), at("2028-02-28T08:00:00+00:00"))
    assert paused_until(node, seen) == at("2028-03-01T08:00:00+00:00")


def test_wait_is_left_when_its_pause_is_over() -> None:
    """With a deadline, the lead has paused here before, so the wait plans nothing new."""
    node = wait_node(mode="duration", amount=1, unit="days")
    assert node.plan(Seen(a_lead(), deadline=NOW)) is ONWARD


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2027-01-01T09:00:00Z", "2027-01-01T09:00:00+00:00"),
        ("2027-01-01T09:00:00+05:30", "2027-01-01T03:30:00+00:00"),
        ("2027-01-01T09:00:00.0001Z", "2027-01-01T09:00:00.001+00:00"),
    ],
)
def test_until_waits_for_the_instant(written: str, instant: str) -> None:
    """The instant in UTC, rounded up to what a store keeps: never early."""
    node = wait_node(mode="until", at=written)
    assert paused_until(node, Seen(a_lead())) == at(instant)


@pytest.mark.parametrize("age", [timedelta(0), timedelta(milliseconds=1), timedelta(days=400)])
def test_until_an_instant_that_is_over_goes_on_at_once(age: timedelta) -> None:
    """Now and everything before now is over, and the journal records it."""
    instant = NOW - age
    node = wait_node(mode="until", at=instant.isoformat())
    assert node.plan(Seen(a_lead())) == Follow("next", {"past": instant.isoformat()})


def test_until_one_millisecond_ahead_still_waits() -> None:
    """The other side of the boundary."""
    ahead = NOW + timedelta(milliseconds=1)
    assert paused_until(wait_node(mode="until", at=ahead.isoformat()), Seen(a_lead())) == ahead


@pytest.mark.parametrize("written", ["2027-01-01T09:00:00", "0001-01-01T00:00:00+14:00", "soon"])
def test_until_refuses_what_is_no_instant(written: str) -> None:
    """Without an offset, or outside the calendar, there is no instant to wait for."""
    with pytest.raises(ValidationError):
        wait_node(mode="until", at=written)


WEEKDAY_CASES = [
    # days, time, zone, now, expected
    (["tuesday"], "09:00", "UTC", "2026-03-02T09:00:00+00:00", "2026-03-03T09:00:00+00:00"),
    # Monday nine o'clock sharp: strictly after, so a week later.
    (["monday"], "09:00", "UTC", "2026-03-02T09:00:00+00:00", "2026-03-09T09:00:00+00:00"),
    (["monday"], "09:01", "UTC", "2026-03-02T09:00:00+00:00", "2026-03-02T09:01:00+00:00"),
    # The nearest of several.
    (
        ["monday", "friday", "wednesday"],
        "08:00",
        "UTC",
        "2026-03-02T09:00:00+00:00",
        "2026-03-04T08:00:00+00:00",
    ),
    # Sunday evening in New York is Monday in UTC: the contact's day counts.
    (
        ["sunday"],
        "22:00",
        "America/New_York",
        "2026-03-02T01:00:00+00:00",
        "2026-03-01T22:00:00-05:00",
    ),
    # Berlin loses 02:00-03:00 on 29 March 2026: 02:30 becomes 03:30 summer time.
    (
        ["sunday"],
        "02:30",
        "Europe/Berlin",
        "2026-03-28T12:00:00+01:00",
        "2026-03-29T03:30:00+02:00",
    ),
    # Berlin has 02:30 twice on 25 October 2026: the first one counts.
    (
        ["sunday"],
        "02:30",
        "Europe/Berlin",
        "2026-10-24T12:00:00+02:00",
        "2026-10-25T02:30:00+02:00",
    ),
    # Arrived between the two 02:30: the first is over, the next Sunday counts.
    (
        ["sunday"],
        "02:30",
        "Europe/Berlin",
        "2026-10-25T02:45:00+02:00",
        "2026-11-01T02:30:00+01:00",
    ),
    # New York loses 02:00-03:00 on 8 March 2026, and has 01:30 twice on 1 November.
    (
        ["sunday"],
        "02:30",
        "America/New_York",
        "2026-03-07T12:00:00-05:00",
        "2026-03-08T03:30:00-04:00",
    ),
    (
        ["sunday"],
        "01:30",
        "America/New_York",
        "2026-10-31T12:00:00-04:00",
        "2026-11-01T01:30:00-04:00",
    ),
    # Nine o'clock stays nine o'clock across the change.
    (
        ["monday"],
        "09:00",
        "Europe/Berlin",
        "2026-03-27T12:00:00+01:00",
        "2026-03-30T09:00:00+02:00",
    ),
    # 29 February 2028 is a Tuesday.
    (["tuesday"], "09:00", "UTC", "2028-02-28T12:00:00+00:00", "2028-02-29T09:00:00+00:00"),
]


@pytest.mark.parametrize(("weekdays", "clock", "zone", "now", "expected"), WEEKDAY_CASES)
def test_weekday_waits_for_the_next_wall_time(
    weekdays: list[str], clock: str, zone: str, now: str, expected: str
) -> None:
    """The next of the weekdays at that time in the contact's zone, strictly after now."""
    node = wait_node(mode="weekday", weekdays=weekdays, time=clock, zone="contact")
    seen = Seen(a_lead(timezone=zone), at(now))
    assert paused_until(node, seen) == at(expected)


@pytest.mark.parametrize("named", [None, "", "Mars/Olympus", "../etc/passwd", "Europe", 7, "\x00"])
def test_contact_without_a_known_zone_gets_the_campaigns(named: AttributeValue) -> None:
    """A missing or unknown zone does not fail the lead: the campaign's zone is used."""
    attributes: dict[str, AttributeValue] = {} if named is None else {"timezone": named}
    node = wait_node(mode="weekday", weekdays=["tuesday"], time="09:00", zone="contact")
    seen = Seen(a_lead(**attributes), zone="America/New_York")
    assert paused_until(node, seen) == at("2026-03-03T09:00:00-05:00")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("contact", "2026-03-03T09:00:00+09:00"),
        ("campaign", "2026-03-03T09:00:00-05:00"),
        ("Europe/Berlin", "2026-03-03T09:00:00+01:00"),
    ],
)
def test_zone_is_the_one_the_wait_names(zone: str, expected: str) -> None:
    """Contact, campaign, or a zone by its name."""
    node = wait_node(mode="weekday", weekdays=["tuesday"], time="09:00", zone=zone)
    seen = Seen(a_lead(timezone="Asia/Tokyo"), zone="America/New_York")
    assert paused_until(node, seen) == at(expected)


ATTRIBUTE_CASES: list[tuple[str, Document, str, str]] = [
    # value, configuration, zone, expected
    ("2026-04-01", {}, "UTC", "2026-04-01T09:00:00+00:00"),
    (" 2026-04-01 ", {"time": "07:15"}, "UTC", "2026-04-01T07:15:00+00:00"),
    (
        "2026-04-01",
        {"offset": {"amount": -3, "unit": "days"}},
        "UTC",
        "2026-03-29T09:00:00+00:00",
    ),
    # Calendar days keep nine o'clock across the change; hours are counted out.
    (
        "2026-03-28",
        {"offset": {"amount": 1, "unit": "days"}},
        "Europe/Berlin",
        "2026-03-29T09:00:00+02:00",
    ),
    (
        "2026-03-28",
        {"offset": {"amount": 24, "unit": "hours"}},
        "Europe/Berlin",
        "2026-03-29T10:00:00+02:00",
    ),
    (
        "2026-03-25",
        {"offset": {"amount": 1, "unit": "weeks"}},
        "Europe/Berlin",
        "2026-04-01T09:00:00+02:00",
    ),
    # The skipped hour and the hour that comes twice.
    ("2026-03-29", {"time": "02:30"}, "Europe/Berlin", "2026-03-29T03:30:00+02:00"),
    ("2026-10-25", {"time": "02:30"}, "Europe/Berlin", "2026-10-25T02:30:00+02:00"),
    # A time without an offset is the contact's wall time, one with an offset an instant.
    ("2026-04-01T18:30", {}, "America/New_York", "2026-04-01T18:30:00-04:00"),
    ("2026-04-01T18:30:00+02:00", {}, "America/New_York", "2026-04-01T16:30:00+00:00"),
    (
        "2026-04-01T18:30:00Z",
        {"offset": {"amount": -30, "unit": "minutes"}},
        "UTC",
        "2026-04-01T18:00:00+00:00",
    ),
    # A leap day, and a week before it.
    ("2028-02-29", {}, "UTC", "2028-02-29T09:00:00+00:00"),
    ("2028-02-29", {"offset": {"amount": -1, "unit": "weeks"}}, "UTC", "2028-02-22T09:00:00+00:00"),
    ("2028-02-28", {"offset": {"amount": 1, "unit": "day"}}, "UTC", "2028-02-29T09:00:00+00:00"),
    # Other ways to write a date, in any case of the attribute's name.
    ("1.4.2026", {"attribute": "Renewal"}, "UTC", "2026-04-01T09:00:00+00:00"),
    ("2026/04/01 18:30:00 +0200", {}, "UTC", "2026-04-01T16:30:00+00:00"),
    # The zone as people write it.
    ("2026-04-01", {}, "europe/berlin", "2026-04-01T09:00:00+02:00"),
    ("2026-04-01", {}, "UTC+5:30", "2026-04-01T09:00:00+05:30"),
    # Microseconds are rounded up.
    ("2026-04-01T18:30:00.000001Z", {}, "UTC", "2026-04-01T18:30:00.001+00:00"),
]


@pytest.mark.parametrize(("value", "configuration", "zone", "expected"), ATTRIBUTE_CASES)
def test_attribute_waits_for_the_contacts_date(
    value: str, configuration: Document, zone: str, expected: str
) -> None:
    """A date of the contact, moved by the offset, in the contact's zone."""
    node = wait_node(**{"mode": "attribute", "attribute": "renewal", **configuration})
    seen = Seen(a_lead(renewal=value, timezone=zone))
    assert paused_until(node, seen) == at(expected)


def test_attribute_of_the_past_goes_on_at_once() -> None:
    """A date in the past causes no wait."""
    node = wait_node(mode="attribute", attribute="renewal")
    plan = node.plan(Seen(a_lead(renewal="2025-03-02")))
    assert plan == Follow("next", {"past": "2025-03-02T09:00:00+00:00"})


NO_DATE: list[AttributeValue] = [
    None,
    "",
    "soon",
    "2026-02-29",
    "12/31/2026",
    20261231,
    12.5,
    True,
    "0001-01-01",
    "9999-12-31T23:59:59.9999999+00:00",
]


@pytest.mark.parametrize("value", NO_DATE)
def test_attribute_that_holds_no_date_ends_the_lead_or_lets_it_go_on(value: AttributeValue) -> None:
    """As configured, with a reason for the journal; dates outside the calendar are invalid."""
    lead = a_lead(renewal=value, timezone="Asia/Tokyo")
    ends = wait_node(
        mode="attribute", attribute="renewal", offset={"amount": -1, "unit": "seconds"}
    )
    if value == "9999-12-31T23:59:59.9999999+00:00":
        ends = wait_node(mode="attribute", attribute="renewal")
    assert ends.plan(Seen(lead)) == Finish("renewal holds no date")
    goes_on = ends.model_copy(
        update={"configuration": ends.configuration.model_copy(update={"if_missing": "continue"})}
    )
    assert goes_on.plan(Seen(lead)) == Follow("next", {"missing": "renewal"})


ANNIVERSARIES: list[tuple[str, Document, str, str]] = [
    # value, configuration, now, expected
    ("1990-11-29", {}, "2026-03-02T09:00:00+00:00", "2026-11-29T09:00:00+00:00"),
    ("1990-03-01", {}, "2026-03-02T09:00:00+00:00", "2027-03-01T09:00:00+00:00"),
    # On the day itself: this year before the time, next year from it on.
    ("1990-03-02", {"time": "09:01"}, "2026-03-02T09:00:00+00:00", "2026-03-02T09:01:00+00:00"),
    ("1990-03-02", {}, "2026-03-02T09:00:00+00:00", "2027-03-02T09:00:00+00:00"),
    # 29 February is the 28th in other years.
    ("2000-02-29", {}, "2026-03-02T09:00:00+00:00", "2027-02-28T09:00:00+00:00"),
    ("2000-02-29", {}, "2027-03-02T09:00:00+00:00", "2028-02-29T09:00:00+00:00"),
    # Without a year, and in words.
    ("--12-24", {}, "2026-03-02T09:00:00+00:00", "2026-12-24T09:00:00+00:00"),
    ("24 Dec", {}, "2026-12-24T10:00:00+00:00", "2027-12-24T09:00:00+00:00"),
    # Only the day counts; the time is that of the wait.
    ("1990-11-29T23:00:00+05:00", {}, "2026-03-02T09:00:00+00:00", "2026-11-29T09:00:00+00:00"),
    # A week before the next anniversary: that of this year is over, though the day itself is not.
    (
        "1990-03-05",
        {"offset": {"amount": -7, "unit": "days"}},
        "2026-03-02T09:00:00+00:00",
        "2027-02-26T09:00:00+00:00",
    ),
    # Two years after an anniversary: the first one that is ahead.
    (
        "1990-03-05",
        {"offset": {"amount": 730, "unit": "days"}},
        "2026-03-02T09:00:00+00:00",
        "2026-03-05T09:00:00+00:00",
    ),
    # A date in the future has its first anniversary before it.
    ("2030-05-01", {}, "2026-03-02T09:00:00+00:00", "2026-05-01T09:00:00+00:00"),
    # New Year's Eve in the contact's zone.
    (
        "1990-01-01",
        {"time": "00:00", "zone": "Pacific/Auckland"},
        "2026-12-31T10:59:00+00:00",
        "2026-12-31T11:00:00+00:00",
    ),
]


@pytest.mark.parametrize(("value", "configuration", "now", "expected"), ANNIVERSARIES)
def test_yearly_wait_ends_at_the_next_anniversary(
    value: str, configuration: Document, now: str, expected: str
) -> None:
    """Strictly after the arrival, whatever the year of the date."""
    settings: Document = {"attribute": "birthday", "occurs": "yearly", **configuration}
    node = wait_node(mode="attribute", **settings)
    assert paused_until(node, Seen(a_lead(birthday=value), at(now))) == at(expected)


@pytest.mark.parametrize("value", [None, "", "soon", "30 Feb", "12/24", 1224])
def test_yearly_wait_without_a_date(value: AttributeValue) -> None:
    """Ends the lead or lets it go on, like a wait for a date that comes once."""
    node = wait_node(mode="attribute", attribute="birthday", occurs="yearly")
    assert node.plan(Seen(a_lead(birthday=value))) == Finish("birthday holds no date")


def test_wait_for_a_date_that_comes_once_is_written_as_before() -> None:
    """So that flow versions published before there was a choice stay equal."""
    once = wait_node(mode="attribute", attribute="renewal", occurs="once")
    assert "occurs" not in once.model_dump(mode="json")["configuration"]
    yearly = wait_node(mode="attribute", attribute="renewal", occurs="yearly")
    assert yearly.model_dump(mode="json")["configuration"]["occurs"] == "yearly"
