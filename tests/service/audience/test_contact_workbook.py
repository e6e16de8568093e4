"""Contacts in workbooks: which sheet is read, and that its rows mean what they mean in CSV."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.adapters.workbook_child import answer
from functions.service.audience.contact_row import RejectedRow, Row
from functions.service.audience.contact_rows import RowReader, read_rows
from functions.service.audience.contact_workbook import SheetReader, check_policy
from functions.service.audience.import_policy import ContactFileError, ImportPolicy
from functions.service.audience.ports import SheetRow, SheetSample, WorkbookBounds
from harness.fakes.workbooks import xlsx

PEOPLE = [["email", "name"], ["ann@example.com", "Ann"], ["bob@example.com", "Bob"]]
PLANS = [["plan", "price"], ["pro", "9"]]
LEADS = [["mail", "city"], ["cy@example.com", "Lyon"]]


def sample(name: str, rows: Sequence[list[str]], *, is_hidden: bool = False) -> SheetSample:
    return SheetSample(name, is_hidden, [SheetRow(at, it) for at, it in enumerate(rows, 1)])


def opened(*samples: SheetSample, sheet: str | None = None) -> tuple[SheetReader, str]:
    """The reader after its first rows, and the name of the sheet."""
    reader = SheetReader(ImportPolicy(sheet=sheet))
    chosen = samples[reader.open(samples)]
    reader.take(chosen.rows)
    reader.close()
    return reader, chosen.name


def refusal_of(*samples: SheetSample, sheet: str | None = None) -> ContactFileError:
    with pytest.raises(ContactFileError) as caught:
        opened(*samples, sheet=sheet)
    return caught.value


def read(rows: Sequence[SheetRow], policy: ImportPolicy | None = None) -> list[Row | RejectedRow]:
    reader = SheetReader(policy or ImportPolicy())
    reader.open([SheetSample("A", False, rows[:30])])
    return [*reader.take(rows), *reader.close()]


def test_the_only_sheet_with_addresses_is_read_and_the_others_are_named() -> None:
    """Nobody is asked. The preview offers the others, with their first rows."""
    reader, name = opened(sample("Plans", PLANS), sample("Empty", []), sample("People", PEOPLE))
    reading = reader.reading()
    assert reading is not None
    assert (name, reading.policy.sheet, reading.questions) == ("People", "People", ())
    assert [(it.code, it.line, it.message) for it in reading.notes] == [
        ("other_sheets", 1, "Only the sheet People is read, and not Plans.")
    ]
    assert [(it.value, it.label) for it in reading.sheets] == [
        ("Plans", "plan, price"),
        ("People", "email, name"),
    ]
    assert (reading.policy.encoding, reading.policy.delimiter) == (None, None)


def test_several_sheets_with_addresses_are_a_question() -> None:
    """The first is proposed, and an answer is final, however it is spelled."""
    samples = sample("Plans", PLANS), sample("People", PEOPLE), sample("Leads", LEADS)
    reader, name = opened(*samples)
    (question,) = reader.questions
    assert (name, question.code, question.field) == ("People", "sheet_doubtful", "sheet")
    assert (question.proposed, [it.value for it in question.choices]) == (
        "People",
        ["People", "Leads"],
    )
    assert "People, Leads" in question.message
    reader, name = opened(*samples, sheet="leads")
    assert (name, reader.questions) == ("Leads", ())


def test_hidden_sheets_are_read_only_if_they_are_named_or_alone() -> None:
    seen, hidden = sample("Leads", LEADS), sample("People", PEOPLE, is_hidden=True)
    reader, name = opened(hidden, seen)
    assert (name, reader.questions) == ("Leads", ())
    assert opened(hidden, seen, sheet="People")[1] == "People"
    assert opened(hidden, sample("Empty", []))[1] == "People"


def test_a_sheet_that_is_not_there_or_empty_is_refused() -> None:
    unknown = refusal_of(sample("People", PEOPLE), sample("Leads", LEADS), sheet="Old")
    assert (unknown.code, unknown.field) == ("sheet_unknown", "sheet")
    assert unknown.message == "There is no sheet Old: the workbook has People, Leads."
    assert refusal_of(sample("A", []), sample("B", [])).code == "file_empty"
    assert refusal_of(sample("People", PEOPLE), sample("B", []), sheet="B").code == "file_empty"
    no_address = refusal_of(sample("Plans", PLANS))
    assert no_address.code == "email_column_missing"
    assert "plan, price" in no_address.message


@pytest.mark.parametrize(
    ("policy", "is_workbook", "field"),
    [
        (ImportPolicy(encoding="cp1252"), True, "encoding"),
        (ImportPolicy(delimiter=";"), True, "delimiter"),
        (ImportPolicy(sheet="People"), False, "sheet"),
    ],
)
def test_an_option_for_another_kind_of_file_is_refused(
    policy: ImportPolicy, is_workbook: bool, field: str
) -> None:
    """Nothing that a person says is ignored."""
    with pytest.raises(ContactFileError) as caught:
        check_policy(policy, is_workbook=is_workbook)
    assert caught.value.field == field
    assert f"leave {field} out" in caught.value.message
    check_policy(policy, is_workbook=not is_workbook)


def test_rows_have_the_numbers_of_the_sheet_in_all_that_is_said() -> None:
    """Titles, the header, refused rows with what they contain, what stands below."""
    rows = [
        SheetRow(3, ["", "Members of the club", ""]),
        SheetRow(5, ["", "name", "email"]),
        SheetRow(9, ["", "Ann", "ann@example.com"]),
        SheetRow(12, ["", "B, b", "nobody"]),
        SheetRow(14, None),
        SheetRow(15, ["", "Cy", "cy@example.com"]),
        SheetRow(20, ["Two in all", "", ""]),
    ]
    reader = SheetReader(ImportPolicy())
    reader.open([SheetSample("A", False, rows)])
    judged = [*reader.take(rows), *reader.close()]
    assert [(type(it).__name__, it.line) for it in judged] == [
        ("Row", 9),
        ("RejectedRow", 12),
        ("RejectedRow", 14),
        ("Row", 15),
    ]
    assert [(it.code, it.raw) for it in judged if isinstance(it, RejectedRow)] == [
        ("address_invalid", ',"B, b",nobody'),
        ("row_too_long", ""),
    ]
    reading = reader.reading()
    assert reading is not None
    assert (reading.policy.header_line, reading.policy.address_column) == (5, 3)
    assert [(it.code, it.line) for it in reading.notes] == [("title", 3), ("footer", 20)]


def test_the_header_that_a_person_names_is_a_row_of_the_sheet() -> None:
    rows = [
        SheetRow(3, ["x", "y"]),
        SheetRow(5, ["mail", "name"]),
        SheetRow(8, ["a@b.example", "A"]),
    ]
    assert read(rows, ImportPolicy(header_line=5)) == [Row(8, "a@b.example", {"name": "A"})]
    with pytest.raises(ContactFileError, match="Line 4 cannot be the header"):
        read(rows, ImportPolicy(header_line=4))


def test_a_value_beyond_the_columns_that_a_file_may_have_is_named() -> None:
    header = ["email", *(f"c{number}" for number in range(150))]
    wide = ["ann@example.com", *[""] * 250, "x"]
    rows = [SheetRow(1, header + [""] * 101), SheetRow(2, wide)]
    (refused,) = read(rows)
    assert isinstance(refused, RejectedRow)
    assert (refused.line, refused.code) == (2, "columns_too_many")
    assert "name them in the header" in refused.message


def framed(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def frames(packed: bytes) -> Iterator[dict[str, list[SheetRow]]]:
    source = io.BytesIO(packed)
    while head := source.read(4):
        yield json.loads(source.read(int.from_bytes(head, "big")))


def sheet_rows(content: bytes) -> list[SheetRow]:
    """What the process reads of a workbook, here within this one."""
    target = io.BytesIO()
    asked = io.BytesIO(framed(content) + framed(b"") + framed(b"0"))
    answer(asked, target, asdict(WorkbookBounds()))
    _, *answers = frames(target.getvalue())
    return [SheetRow(*row) for it in answers for row in it.get("rows", [])]


CHARS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufeff_")
CELLS = st.one_of(
    st.text(CHARS, max_size=8),
    st.sampled_from(["", "ann@example.com", "bob@example.com", " cy@example.com", "no@"]),
    st.sampled_from(["7", "0049", "03/04/2027", " x ", "x\u00a0"]),
)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8)
)


@given(TABLES)
def test_a_workbook_is_read_like_the_csv_file_of_its_rows(rows: list[list[str]]) -> None:
    """Contacts, refused rows, notes and questions, whatever the cells hold."""
    width = len(rows[0]) if rows else 1
    table = [["email", *(f"c{at}" for at in range(1, width))], *rows]
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(table)
    of_text = RowReader(ImportPolicy(delimiter=","))
    expected = list(read_rows([text.getvalue().encode()], of_text))
    of_sheet = SheetReader(ImportPolicy())
    read_of_sheet = sheet_rows(xlsx({"A": table}))
    of_sheet.open([SheetSample("A", False, read_of_sheet[:30])])
    found = [*of_sheet.take(read_of_sheet), *of_sheet.close()]
    assert [_compared(it) for it in found] == [_compared(it) for it in expected]
    assert of_sheet.questions == of_text.questions
    assert of_sheet.columns == of_text.columns
    sheet_reading, text_reading = of_sheet.reading(), of_text.reading()
    assert sheet_reading is not None
    assert text_reading is not None
    assert sheet_reading.notes == text_reading.notes


def _compared(row: Row | RejectedRow) -> object:
    """The text of a file quotes more than is needed."""
    return row if isinstance(row, Row) else row._replace(raw="")
