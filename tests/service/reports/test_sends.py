"""Sends over time: a bounded number of buckets, independent of their order, and their sums."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from functions.service.reports.sends import (
    DAYS_KEPT,
    HOURS_KEPT,
    by_day,
    by_hour,
    day_of,
    hour_of,
    sent_in,
    with_sends,
)

NOW = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)


def ago(hours: int) -> datetime:
    return NOW - timedelta(hours=hours)


def test_buckets_are_utc_hours_and_days() -> None:
    """Their names sort chronologically."""
    assert (hour_of(NOW), day_of(NOW)) == ("2027-03-01T09", "2027-03-01")


def test_only_messages_that_were_taken_are_sends() -> None:
    """Whatever the nodes are called."""
    delta = {"total/a/sent": 1, "total/sent/entered": 5, "at/x/sent": 3, "total/b/took:sent": 7}
    assert sent_in(delta) == 1


@given(st.permutations([(hours, hours + 1) for hours in (0, 1, 30, 47, 48, 200)]))
def test_what_is_kept_does_not_depend_on_the_order(added: list[tuple[int, int]]) -> None:
    """The newest buckets are kept and the rest dropped, in any order of arrival."""
    buckets: dict[str, int] = {}
    for hours, number in added:
        buckets = with_sends(buckets, {hour_of(ago(hours)): number}, HOURS_KEPT)
    assert buckets == {hour_of(ago(hours)): hours + 1 for hours in (0, 1, 30, 47)}


def test_days_are_kept_for_a_sparkline() -> None:
    """A fortnight and today."""
    days = {day_of(NOW - timedelta(days=number)): 1 for number in range(40)}
    assert len(with_sends({}, days, DAYS_KEPT)) == DAYS_KEPT


def test_sums_are_oldest_first_and_of_now() -> None:
    """Over any number of campaigns; values that are too old or missing are 0."""
    one = {hour_of(ago(0)): 3, hour_of(ago(2)): 5, hour_of(ago(40)): 9}
    assert by_hour([one, {hour_of(ago(2)): 1}], NOW, 4) == [0, 6, 0, 3]
    assert by_day([{day_of(NOW): 2}], NOW, 3) == [0, 0, 2]
    assert by_day([], NOW, 2) == [0, 0]
