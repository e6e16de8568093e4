"""Dates in a column: read where they mean one day, asked about where they mean two."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.flow.dates import read_date
from functions.service.audience.date_columns import DateColumns, date_orders, with_dates
from functions.service.audience.import_policy import DateOrder, ImportPolicy, Kind

DMY, MDY = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST


def collected(values: list[str], policy: ImportPolicy | None = None) -> DateColumns:
    columns = DateColumns(policy or ImportPolicy())
    for line, value in enumerate(values, start=2):
        columns.add(line, {"due": value, "name": "Noor"})
    return columns


def stored(values: list[str], policy: ImportPolicy | None = None) -> list[object]:
    orders = date_orders(collected(values, policy).decided())
    return [with_dates({"due": it}, orders)["due"] for it in values]


@pytest.mark.parametrize(
    ("values", "right"),
    [
        (["30/11/2027", "04/03/2027"], ["2027-11-30", "2027-03-04"]),
        (["11/30/2027", "04/03/2027"], ["2027-11-30", "2027-04-03"]),
        (["11/30/2027", "30/11/2027"], ["2027-11-30", "2027-11-30"]),
        (["05/05/2027"], ["2027-05-05"]),
        (["30-11-2027 9:30", "1-2-2027 09:30:15"], ["2027-11-30T09:30:00", "2027-02-01T09:30:15"]),
        (["11/30/2027 12:05 am", "1/2/2027, 3:00 P.M."],
         ["2027-11-30T00:05:00", "2027-01-02T15:00:00"]),
        (["30/11/2027", "2027-11-30", "30.11.2027", "Nov 30, 2027", ""],
         ["2027-11-30", "2027-11-30", "30.11.2027", "Nov 30, 2027", ""]),
        (["30/11/2027", "46721", "46721.5"], ["2027-11-30", "2027-11-30", "2027-11-30T12:00:00"]),
        (["30/11/2027", "29/11/2027", "28/11/2027", "31/11/2027", "soon"],
         ["2027-11-30", "2027-11-29", "2027-11-28", "31/11/2027", "soon"]),
    ],
)  # fmt: skip
def test_a_column_of_dates_is_stored_without_doubt(values: list[str], right: list[str]) -> None:
    assert collected(values).questions == ()
    assert stored(values) == right


def test_rows_above_the_first_such_date_count() -> None:
    """A date among notes is no column of dates, and numbers above a date may be days."""
    notes = ["soon", "by mail", "ask Noor", "03/04/2027"]
    assert collected(notes).questions == ()
    assert stored(notes) == notes
    assert stored(["46721", "30/11/2027"]) == ["2027-11-30", "2027-11-30"]


@pytest.mark.parametrize(
    "values", [["03/04/2027"], ["03/04/2027", "30/11/2027", "11/30/2027"], ["3-4-2027", "9-9-2027"]]
)
def test_dates_that_mean_two_days_are_asked_about(values: list[str]) -> None:
    """And nothing of the column changes without an answer."""
    columns = collected(values)
    question = columns.questions[0]
    assert (question.field, question.column) == ("date_order", "due")
    assert [it.label for it in question.choices] == ["3 April 2027", "4 March 2027"]
    assert "line 2" in question.message
    assert stored(values) == values


@pytest.mark.parametrize("policy", [
    ImportPolicy(date_orders={"due": MDY}),
    ImportPolicy(date_order=MDY),
    ImportPolicy(date_orders={"due": MDY}, date_order=DMY),
])  # fmt: skip
def test_the_answer_is_applied(policy: ImportPolicy) -> None:
    values = ["03/04/2027", "30/11/2027"]
    assert collected(values, policy).questions == ()
    assert stored(values, policy) == ["2027-03-04", "2027-11-30"]


def test_a_date_in_a_column_of_texts_is_neither_read_nor_asked_about() -> None:
    values = ["03/04/2027", "called twice", "moved", "1/2"]
    assert collected(values).questions == ()
    assert collected(values).notes == ()
    assert stored(values) == values


def test_numbers_of_days_are_read_in_a_column_that_a_person_calls_dates() -> None:
    values = ["46721", "46722"]
    assert stored(values) == values
    policy = ImportPolicy(column_types={"due": Kind.DATE})
    assert stored(values, policy) == ["2027-11-30", "2027-12-01"]


def test_dates_in_a_column_that_a_person_calls_text_stay() -> None:
    policy = ImportPolicy(column_types={"due": Kind.TEXT})
    assert stored(["30/11/2027"], policy) == ["30/11/2027"]
    assert collected(["03/04/2027"], policy).questions == ()


def test_values_that_are_no_dates_are_counted_with_the_first_line() -> None:
    (note,) = collected(["30/11/2027", "29/11/2027", "28/11/2027", "soon", "later"]).notes
    assert (note.code, note.line, note.count) == ("dates_unreadable", 5, 2)
    assert "soon" in note.message


@given(
    days=st.lists(st.dates(date(1950, 1, 1), date(2110, 1, 1)), min_size=1, max_size=8),
    is_day_first=st.booleans(),
)
def test_what_people_write_is_read_back_equal(days: list[date], is_day_first: bool) -> None:
    """With the order chosen, every day is the one that was written, and reading again changes
    nothing."""
    written = [f"{it:%d/%m/%Y}" if is_day_first else f"{it:%m/%d/%Y}" for it in days]
    policy = ImportPolicy(date_order=DMY if is_day_first else MDY)
    once = stored(written, policy)
    assert [read_date(it) for it in once] == [(datetime.combine(it, time.min), True) for it in days]
    orders = date_orders(collected(written, policy).decided())
    assert [with_dates({"due": str(it)}, orders)["due"] for it in once] == once


@given(values=st.lists(st.from_regex(r"\d{1,2}[/-]\d{1,2}[/-]\d{4}", fullmatch=True), max_size=6))
def test_without_a_question_no_date_is_guessed(values: list[str]) -> None:
    """What changes is a date in one order only, or another value shows the order."""
    columns = collected(values)
    if columns.questions or not values:
        return
    for value, now in zip(values, stored(values), strict=True):
        if now != value:
            assert read_date(now) is not None
