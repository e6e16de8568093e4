"""What stands around the table of a contact file, and around its values and addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.mail.address import AddressError, normalised
from functions.service.audience.address_cells import read_address
from functions.service.audience.contact_row import RejectedRow, Row
from functions.service.audience.contact_rows import RowReader, read_rows
from functions.service.audience.contact_table import stated_delimiter
from functions.service.audience.import_policy import ContactFileError, ImportPolicy
from functions.service.audience.padded_cells import is_padded, padded_cells


def read(
    content: str | bytes, policy: ImportPolicy | None = None
) -> tuple[list[Row | RejectedRow], RowReader]:
    reader = RowReader(policy)
    whole = content.encode() if isinstance(content, str) else content
    return list(read_rows([whole[i : i + 9] for i in range(0, len(whole), 9)], reader)), reader


def notes(reader: RowReader) -> list[tuple[str, int, int]]:
    reading = reader.reading()
    assert reading is not None
    return [(it.code, it.line, it.count) for it in reading.notes]


def questions(reader: RowReader) -> list[tuple[str, str]]:
    return [(it.field, it.proposed) for it in reader.questions]


@pytest.mark.parametrize("header", ["Email,Name,,", ",Email,Name,"])
def test_empty_columns_without_a_name_are_no_attributes(header: str) -> None:
    cells = {"Email": "noor@example.com", "Name": "Noor", "": ""}
    row = ",".join(cells[it] for it in header.split(","))
    rows, _ = read(f"{header}\r\n{row}\r\n")
    assert rows == [Row(2, "noor@example.com", {"name": "Noor"})]


def test_values_in_a_column_without_a_name_are_kept() -> None:
    rows, _ = read("Email,Name,\nnoor@example.com,Noor,\nsam@example.com,Sam,vip\n")
    assert rows == [
        Row(2, "noor@example.com", {"name": "Noor"}),
        Row(3, "sam@example.com", {"name": "Sam", "column_3": "vip"}),
    ]


def test_blanks_around_values_and_quotes_are_no_values() -> None:
    """As in files that were aligned for the eye; doubled quotes stay quotes."""
    rows, _ = read(
        "email           , name            , plan\n"
        "noor@example.com, Noor            , pro \n"
        'sam@example.com , "Sam"           , free\n'
        'kim@example.com , "Kim, ""K"" Jr." , \tfree\n'
        'lee@example.com , "Lee" Ann       , free\n'
    )
    assert rows[:3] == [
        Row(2, "noor@example.com", {"name": "Noor", "plan": "pro"}),
        Row(3, "sam@example.com", {"name": "Sam", "plan": "free"}),
        Row(4, "kim@example.com", {"name": 'Kim, "K" Jr.', "plan": "free"}),
    ]
    assert isinstance(rows[3], RejectedRow)
    assert rows[3].code == "quote_misplaced"


BLANK = st.sampled_from(["", " ", "  ", "\t", "\u00a0", "\u3000"])
PLAIN = st.text(st.characters(codec="utf-8", exclude_characters='\x00\r\n,"\ufeff'), max_size=8)


@given(cells=st.lists(st.tuples(BLANK, PLAIN, BLANK), min_size=1, max_size=4))
def test_stripping_changes_nothing_in_what_is_not_padded(
    cells: list[tuple[str, str, str]],
) -> None:
    """A blank before a value is left to csv."""
    values = ["".join(it) for it in cells]
    text = ",".join(values) + "\n"
    if not is_padded(text, ","):
        assert [it.lstrip(" ") for it in values] == [it.strip() for it in values]


@given(cells=st.lists(st.tuples(PLAIN, st.integers(0, 3)), min_size=1, max_size=4))
def test_padded_quotes_are_read_back(cells: list[tuple[str, int]]) -> None:
    line = ",".join(f'{" " * pad}"{cell}"{" " * pad}' for cell, pad in cells)
    assert padded_cells(line + "\r\n", ",") == [cell for cell, _ in cells]


@pytest.mark.parametrize("line", ['"a" b,c', 'a,"b', '"a""'])
def test_a_line_with_broken_quotes_is_not_read_as_padded(line: str) -> None:
    assert padded_cells(line, ",") is None


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        ("sep=;\r\n", ";"),
        ('"sep=;"\n', ";"),
        ("SEP=,,,\n", ","),
        ("sep=;;; \n", ";"),
        ("sep=|", "|"),
        ("sep=\t", "\t"),
        ("sep=x", None),
        ("separate;email", None),
    ],
)
def test_a_line_that_states_the_delimiter_is_known(line: str, delimiter: str | None) -> None:
    assert stated_delimiter(line) == delimiter


def test_titles_above_the_header_are_left_out_and_noted() -> None:
    rows, reader = read("Spring report\nMade on 3 May\n\nE-Mail;Name\nnoor@example.com;Noor\n")
    assert rows == [Row(5, "noor@example.com", {"name": "Noor"})]
    assert notes(reader) == [("title", 1, 2)]
    assert reader.header_line == 4


def test_lines_below_the_last_contact_are_left_out_and_noted() -> None:
    rows, reader = read(
        'Name,Email\nNoor,noor@example.com\n\n"Total: 1 record"\nSpring report,\n"As of 3 May"\n'
    )
    assert rows == [Row(2, "noor@example.com", {"name": "Noor"})]
    assert notes(reader) == [("footer", 4, 3)]


def test_a_line_like_a_footer_above_a_contact_is_a_rejected_row() -> None:
    rows, reader = read("Name,Email\nNoor\nSam,sam@example.com\n")
    assert [type(it) for it in rows] == [RejectedRow, Row]
    assert notes(reader) == []


def test_a_wrong_address_at_the_end_is_no_footer() -> None:
    rows, _ = read("Email,Name\nsam@example.com,Sam\nnobody,\n")
    assert [type(it) for it in rows] == [Row, RejectedRow]


def test_files_put_together_repeat_their_mark_and_header() -> None:
    part = "\ufeff\ufeffName,Email\nNoor,noor@example.com\n"
    rows, reader = read(part + part)
    assert [it.line for it in rows] == [2, 4]
    assert all(it.attributes == {"name": "Noor"} for it in rows if isinstance(it, Row))
    assert notes(reader) == [("header_repeated", 3, 1)]


def test_an_address_in_another_column_is_taken() -> None:
    rows, reader = read(
        "Email,Name,Second e-mail\n,Noor,noor@example.com\nx,Sam,sam@example.com\n"
        "kim@example.com,Kim,\n"
    )
    assert rows[0] == Row(
        2, "noor@example.com", {"name": "Noor", "second_e-mail": "noor@example.com"}
    )
    assert [type(it) for it in rows] == [Row, RejectedRow, Row]
    assert notes(reader) == [("other_address_taken", 2, 1)]


def test_a_row_above_the_contacts_that_may_be_a_header_is_asked_about() -> None:
    """It is not, if a figure or an @ is in it, or if it is narrower."""
    _, reader = read("Person,Contact\nNoor,noor@example.com\n")
    assert questions(reader) == [("header_line", "1")]
    rows, reader = read("Person,Contact\nNoor,noor@example.com\n", ImportPolicy(header_line=0))
    assert (len(rows), questions(reader)) == (2, [])
    for above in ("Noor,1997-05-03", "noor@example,Noor", "People"):
        rows, reader = read(f"{above}\nSam,sam@example.com\n")
        assert (len(rows), questions(reader)) == (2, [])


def test_all_questions_are_asked_at_once() -> None:
    content = "Osoba;Kontakt;Szef\nMichał;michal@example.com;jan@example.com\n".encode("cp1250")
    _, reader = read(content.replace("ł".encode("cp1250"), b"\xf1"))
    assert [field for field, _ in questions(reader)] == [
        "encoding", "header_line", "address_column",
    ]  # fmt: skip


def test_what_a_person_chose_is_not_asked_again() -> None:
    policy = ImportPolicy(
        encoding="cp1250", delimiter=";", header_line=2, address_column=3, column_names={1: "who"}
    )
    content = "title\nOsoba;Kontakt;Szef\nToruń;a@example.com;b@example.com\n".encode("cp1250")
    rows, reader = read(content, policy)
    assert rows == [Row(3, "b@example.com", {"who": "Toruń", "kontakt": "a@example.com"})]
    assert questions(reader) == []
    reading = reader.reading()
    assert reading is not None
    assert reading.policy == policy


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (ImportPolicy(header_line=7), "header_line"),
        (ImportPolicy(address_column=9), "address_column"),
    ],
)
def test_a_choice_that_does_not_fit_the_file_is_refused(policy: ImportPolicy, field: str) -> None:
    with pytest.raises(ContactFileError) as caught:
        read("Email\nnoor@example.com\n", policy)
    assert caught.value.field == field


@pytest.mark.parametrize("mark", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_the_file_of_a_spreadsheet_program_is_refused_with_advice(mark: bytes) -> None:
    reader = RowReader()
    with pytest.raises(ContactFileError, match="import it as a file"):
        list(read_rows([mark + b"email\nnoor@example.com\n"], reader))


@pytest.mark.parametrize(
    ("cell", "address", "codes"),
    [
        ("\u202anoor@example.com\u202c", "noor@example.com", ["marks_removed"]),
        ("noor\u00ad@example.com", "noor@example.com", ["marks_removed"]),
        ("\u3000noor@example.com\u3000", "noor@example.com", []),
        ("mailto:noor@example.com?subject=x", "noor@example.com", ["address_unwrapped"]),
        ("Noor Vos <noor@example.com>", "noor@example.com", ["address_unwrapped"]),
        ("'noor@example.com", "noor@example.com", ["address_unwrapped"]),
        (" noor@example.com. ", "noor@example.com", ["dot_removed"]),
        ("noor@bücher.example.", "noor@xn--bcher-kva.example", ["dot_removed"]),
        ("noor@example.com., sam@example.com.", "noor@example.com", ["first_address_taken"]),
        ("o'neil@example.com", "o'neil@example.com", []),
        ("noor@example.com; sam@example.com", "noor@example.com", ["first_address_taken"]),
        ("noor@Example.com noor@example.com", "noor@example.com", ["address_repeated"]),
        ("<noor@example.com>, x@", "noor@example.com", ["address_repeated"]),
    ],
)
def test_an_address_is_found_in_its_cell(cell: str, address: str, codes: list[str]) -> None:
    found = read_address(cell)
    assert (found.address, [it.code for it in found.notes]) == (address, codes)


def test_invisible_marks_are_named() -> None:
    note = read_address("\u200enoor@example.com").notes[0]
    assert "U+200E left-to-right mark" in note.message


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("Noor <noor>", "no @"),
        ("Noor <noor@example>", "no dot"),
        ("noor@example.com..", "not a domain name"),
        ("a@, b@", "more than one @"),
    ],
)
def test_a_cell_without_an_address_says_why(cell: str, message: str) -> None:
    with pytest.raises(AddressError, match=message):
        read_address(cell)


def test_several_addresses_can_be_refused() -> None:
    """A list of people not to write to must not lose one."""
    with pytest.raises(AddressError, match="2 addresses"):
        read_address("noor@example.com, sam@example.com", first_of_several=False)


@given(cell=st.text(max_size=40) | st.from_regex(r"[ -~]{0,9}@[ -~]{0,9}", fullmatch=True))
def test_what_is_found_is_an_address(cell: str) -> None:
    """Or there is an AddressError, and nothing else."""
    try:
        found = read_address(cell)
    except AddressError:
        return
    assert normalised(found.address) == found.address
