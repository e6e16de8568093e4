"""A column decides what its ambiguous numbers mean."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.flow.comparison import as_number
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_rows import read_rows
from functions.service.audience.decimal_marks import DecimalMarks, mark_of, rewritten
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.edit import create_campaign
from harness.fakes.scenes import in_world
from harness.fakes.world import FakeWorld


@pytest.mark.parametrize(
    ("value", "mark"),
    [
        ("249,90", ","),
        ("1.249,00", ","),
        ("1.249.000", ","),
        ("12.5", "."),
        ("1,249.50", "."),
        ("1,249,000", "."),
        ("0.125", "."),
        ("1,249", None),
        ("1.249", None),
        ("300", None),
        ("Berlin, Mitte", None),
        ("450,00 €", None),
        ("007,5", None),
    ],
)
def test_mark_that_a_value_shows(value: str, mark: str | None) -> None:
    """None for whole numbers, ambiguous numbers, and what is no number."""
    assert mark_of(value) == mark


def column(values: Sequence[str]) -> list[object]:
    """What an import makes of a column."""
    marks = DecimalMarks()
    for value in values:
        marks.add({"n": value})
    return [rewritten({"n": value}, marks.decided())["n"] for value in values]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # a decimal comma: dots are groups
        (["249,90", "1,249", "1.249", "300"], ["249,90", "1.249", "1249", "300"]),
        (["1.249.000", "12.500"], ["1.249.000", "12500"]),
        # a decimal point: commas are groups
        (["12.5", "1,249", "-12,500", "1.249"], ["12.5", "1249", "-12500", "1.249"]),
        # nothing shows which, or both are there
        (["1,249", "1.249"], ["1,249", "1.249"]),
        (["12.5", "249,90", "1,249"], ["12.5", "249,90", "1,249"]),
        # text beside numbers
        (["249,90", "450,00 €", "1.249", "unknown"], ["249,90", "450,00 €", "1249", "unknown"]),
    ],
)
def test_column_decides(values: list[str], expected: list[str]) -> None:
    """Only ambiguous numbers are rewritten, and only in a decided column."""
    assert column(values) == expected


@given(st.lists(st.from_regex(r"-?[0-9]{1,3}[.,][0-9]{1,3}", fullmatch=True), max_size=6))
def test_deciding_again_changes_nothing(values: list[str]) -> None:
    """A repeated page of an import stores the same."""
    once = [str(it) for it in column(values)]
    marks = DecimalMarks()
    for value in values:
        marks.add({"n": value})
    decided = marks.decided()
    if decided.get("n") == ",":
        assert all(as_number(it) is not None for it in once if not it.startswith(("0", "-0")))
    assert [rewritten({"n": it}, {})["n"] for it in once] == once


FILE = "E-Mail;Umsatz\nann@example.com;249,90\nbob@example.com;1.249\ncarl@example.com;450,00 €\n"


@in_world
async def test_import_rewrites_by_the_whole_column(world: FakeWorld) -> None:
    """Across pages: the row that decides may come after those that it decides."""
    await create_campaign(world.made, name="c", campaign_id="c")
    upload = Upload(world.made, "c")
    *first, last = read_rows([FILE.encode()])
    await upload.add([last])
    await upload.write_rest()
    await upload.add(first)
    job = await upload.finish()
    assert job.report["decimal_marks"] == {"umsatz": ","}
    await world.settle()
    contacts = await world.store.contacts.page(DEFAULT_WORKSPACE, "c", after_seq=0, limit=9)
    assert {it.email[:4]: it.attributes["umsatz"] for it in contacts} == {
        "ann@": "249,90",
        "bob@": "1249",
        "carl": "450,00 €",
    }
