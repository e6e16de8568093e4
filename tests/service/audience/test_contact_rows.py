"""Contact files as people really have them: encodings, delimiters and accidents."""

import csv
import io
import tracemalloc
from collections.abc import Iterator
from itertools import islice

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.service.audience.contact_json import parse_contacts_json
from functions.service.audience.contact_row import (
    ATTRIBUTES_BYTES_MAX,
    FIELD_CHARS_MAX,
    RejectedRow,
    Row,
)
from functions.service.audience.contact_rows import RowReader, read_rows
from functions.service.audience.import_policy import ContactFileError, ImportPolicy


def rows_of(content: bytes | str, chunk_bytes: int = 7) -> list[Row | RejectedRow]:
    whole = content.encode() if isinstance(content, str) else content
    return list(read_rows(whole[i : i + chunk_bytes] for i in range(0, len(whole), chunk_bytes)))


def accepted(rows: list[Row | RejectedRow]) -> list[tuple[int, str]]:
    return [(row.line, row.email) for row in rows if isinstance(row, Row)]


def rejected(rows: list[Row | RejectedRow]) -> list[tuple[int, str]]:
    return [(row.line, row.code) for row in rows if isinstance(row, RejectedRow)]


def refusal_of(content: bytes | str) -> ContactFileError:
    with pytest.raises(ContactFileError) as caught:
        rows_of(content)
    assert caught.value.message
    return caught.value


def test_a_plain_file_becomes_rows_with_named_attributes() -> None:
    """The header names the attributes, lines count from the header on."""
    rows = rows_of("Email,First Name,Plan\r\nann@example.com,Ann,pro\r\nbob@example.org,Bob,\r\n")
    assert rows == [
        Row(2, "ann@example.com", {"first_name": "Ann", "plan": "pro"}),
        Row(3, "bob@example.org", {"first_name": "Bob", "plan": ""}),
    ]


CONTACTS = "email;name;city\nzoë@nowhere\nann@example.com;Zoë;Besançon\nbob@example.com;José;Øre\n"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"],
)
@pytest.mark.parametrize("chunk_bytes", [1, 3, 100_000])
def test_each_encoding_reads_the_same(encoding: str, chunk_bytes: int) -> None:
    """With a byte order mark, without one, and Windows-1252 when it is not UTF-8."""
    rows = rows_of(CONTACTS.encode(encoding), chunk_bytes)
    assert rejected(rows) == [(2, "address_invalid")]
    assert [dict(row.attributes) for row in rows if isinstance(row, Row)] == [
        {"name": "Zoë", "city": "Besançon"},
        {"name": "José", "city": "Øre"},
    ]


def test_utf_16_big_endian_mark_is_known() -> None:
    content = b"\xfe\xff" + CONTACTS.encode("utf-16-be")
    assert accepted(rows_of(content)) == [(3, "ann@example.com"), (4, "bob@example.com")]


def test_windows_1252_is_found_long_after_the_beginning() -> None:
    """Pure ASCII decides nothing, so a late accent still selects the right encoding."""
    plain = "email,name\n" + "ann@example.com,Ann\n" * 5_000
    content = plain.encode() + "bob@example.com,José\n".encode("cp1252") * 2
    last = rows_of(content, 4096)[-1]
    assert isinstance(last, Row)
    assert last.attributes == {"name": "José"}


def test_a_bad_byte_costs_its_row_only() -> None:
    """In a UTF-8 file the row with the byte is rejected, its neighbours are read."""
    content = "email,name\na@example.com,Zoë\nb@example.com,José\n".encode()
    content += b"c@example.com,Jos\xe9\n" + "d@example.com,Zoë\n".encode()
    rows = rows_of(content)
    assert [line for line, _ in accepted(rows)] == [2, 3, 5]
    assert rejected(rows) == [(4, "text_unreadable")]
    assert isinstance(rows[2], RejectedRow)
    assert rows[2].raw == "c@example.com,Jos?"
    rows[2].raw.encode()


def test_a_zero_byte_costs_its_row_only() -> None:
    rows = rows_of(b"email,name\na@example.com,A\x00\nb@example.com,B\n")
    assert rejected(rows) == [(2, "text_unreadable")]
    assert accepted(rows) == [(3, "b@example.com")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_delimiter_is_found(delimiter: str) -> None:
    """Even if another delimiter is frequent inside the fields."""
    lines = [["name", "email", "notes"]] + [
        [f"N{i}", f"n{i}@example.com", "a, b, c; d; e | f | g"] for i in range(3)
    ]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    rows = rows_of(text)
    assert accepted(rows) == [(i + 2, f"n{i}@example.com") for i in range(3)]


def test_a_delimiter_that_leaves_an_address_whole_is_preferred() -> None:
    rows = rows_of("ann@example.com;Hello, Ann\n")
    assert rows == [Row(1, "ann@example.com", {"column_2": "Hello, Ann"})]


def test_the_delimiter_excel_writes_down_is_believed() -> None:
    rows = rows_of("sep=;\r\nemail;name\r\nann@example.com;Ann, B\r\n")
    assert rows == [Row(3, "ann@example.com", {"name": "Ann, B"})]


def test_a_single_column_is_enough() -> None:
    assert accepted(rows_of("email\nann@example.com\n\nbob@example.com")) == [
        (2, "ann@example.com"),
        (4, "bob@example.com"),
    ]


def test_quotes_delimiters_and_line_breaks_stay_within_their_field() -> None:
    """The line of a row is the one it begins at; lines inside quotes count."""
    text = 'email,note\r\na@example.com,"one\r\ntwo, ""three""\nfour"\r\nb@example.com,x\r\n'
    assert rows_of(text) == [
        Row(2, "a@example.com", {"note": 'one\r\ntwo, "three"\nfour'}),
        Row(5, "b@example.com", {"note": "x"}),
    ]


def test_old_macintosh_line_ends_count_as_lines() -> None:
    assert accepted(rows_of("email,name\ra@example.com,A\rb@example.com,B\r")) == [
        (2, "a@example.com"),
        (3, "b@example.com"),
    ]


@pytest.mark.parametrize("shift", range(24))
def test_a_line_end_cut_by_the_buffer_is_one_line_end(shift: int) -> None:
    """Wherever the buffer ends, within \\r\\n too, lines are counted once."""
    line = "ann@example.com,Ann B\r\n"
    content = f"email,{'n' * (shift + 1)}\r\n" + line * 6_000
    assert [row.line for row in rows_of(content, 65_536)] == list(range(2, 6_002))


def test_without_a_header_columns_are_numbered() -> None:
    rows = rows_of("Ann,ann@example.com,pro\nBob,bob@example.com,free,more\n")
    assert rows == [
        Row(1, "ann@example.com", {"column_1": "Ann", "column_3": "pro"}),
        Row(2, "bob@example.com", {"column_1": "Bob", "column_3": "free", "column_4": "more"}),
    ]


@pytest.mark.parametrize(
    "name",
    ["EMAIL", "E-Mail", "e-mail address", " Mail ", "E-Mail-Adresse", "courriel",
     "Correo electrónico", "Indirizzo e-mail", "Sähköposti", "Электронная почта",
     "メールアドレス", "E-mail 1 - Value", "email_address"],
)  # fmt: skip
def test_the_address_column_is_known_by_its_names(name: str) -> None:
    rows = rows_of(f"Name,{name}\nAnn,ann@example.com\n")
    assert rows == [Row(2, "ann@example.com", {"name": "Ann"})]


def test_the_exact_word_wins_over_a_relative() -> None:
    rows = rows_of("Mail,Email\nold@example.com,new@example.com\n")
    assert rows == [Row(2, "new@example.com", {"mail": "old@example.com"})]


@pytest.mark.parametrize(
    ("content", "code", "field", "message"),
    [
        ("", "file_empty", "file", "empty"),
        ("\n \r\n\n", "file_empty", "file", "empty"),
        ("name,plan\nAnn,pro\n", "email_column_missing", "header", "name, plan"),
        ("email," + ",".join(f"c{i}" for i in range(200)), "columns_too_many", "header", "201"),
        ('email,"name\nann@example.com,x\n', "header_unreadable", "header", "quote"),
        ("x" * 3_000_000, "header_unreadable", "header", "characters"),
    ],
)
def test_an_unacceptable_file_is_refused_with_advice(
    content: str | bytes, code: str, field: str, message: str
) -> None:
    whole = content if isinstance(content, bytes) else content.encode()
    with pytest.raises(ContactFileError) as caught:
        rows_of(whole, 65_536)
    assert (caught.value.code, caught.value.field) == (code, field)
    assert message in caught.value.message


def test_rows_that_only_hold_delimiters_are_blank() -> None:
    assert rows_of("email,name\n,\n ,\t\n,Ann\na@example.com,A\n") == [
        RejectedRow(4, "address_missing", "There is no address.", ",Ann"),
        Row(5, "a@example.com", {"name": "A"}),
    ]


def test_short_rows_are_taken_and_long_ones_rejected() -> None:
    """Blank cells beyond the header do no harm, a value there means a lost quote."""
    rows = rows_of("email,a,b\nx@example.com\ny@example.com,1,2,,\nz@example.com,1,2,3\n")
    assert accepted(rows) == [(2, "x@example.com"), (3, "y@example.com")]
    assert rejected(rows) == [(4, "columns_too_many")]


@pytest.mark.parametrize("filling", ["x" * 1_000_000, ("y" * 79 + "\n") * 12_500])
def test_a_megabyte_in_one_field_costs_its_row_and_little_memory(filling: str) -> None:
    """Also with line breaks inside: what is in the field is never read as rows."""
    lines = filling.count("\n")
    text = f'email,note\na@example.com,"{filling}"\nb@example.com,B\n'
    assert rejected(rows_of(text, 65_536)) == [(2, "field_too_long")]
    assert accepted(rows_of(text, 65_536)) == [(3 + lines, "b@example.com")]


def test_a_field_at_the_cap_is_told_from_the_attributes_cap() -> None:
    over = "x" * (FIELD_CHARS_MAX + 1)
    below = "x" * FIELD_CHARS_MAX
    fits = "x" * (ATTRIBUTES_BYTES_MAX - len("note"))
    text = f"email,note\na@example.com,{over}\nb@example.com,{below}\nc@example.com,{fits}\n"
    text += f"d@example.com,{fits}x\ne@example.com,{'ü' * (len(fits) // 2 + 1)}\n"
    rows = rows_of(text, 65_536)
    assert rejected(rows) == [
        (2, "field_too_long"),
        (3, "attributes_too_large"),
        (5, "attributes_too_large"),
        (6, "attributes_too_large"),
    ]
    assert accepted(rows) == [(4, "c@example.com")]


@pytest.mark.parametrize("quote", ["", '"'])
def test_an_endless_line_keeps_memory_bounded(quote: str) -> None:
    """Thirty megabytes without a line end: one rejection, then reading goes on."""

    def chunks() -> Iterator[bytes]:
        yield f"email,note\na@example.com,{quote}".encode()
        for _ in range(480):
            yield b"x" * 65_536
        yield f"{quote}\nb@example.com,B\n".encode()

    list(islice(read_rows(chunks()), 1))  # imports and caches are not what is measured
    tracemalloc.start()
    try:
        rows = list(read_rows(chunks()))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert rejected(rows) == [(2, "row_too_long")]
    assert accepted(rows) == [(3, "b@example.com")]
    assert peak_bytes < 24_000_000


def test_an_unclosed_quote_at_the_end_swallows_nothing() -> None:
    text = 'email,name\na@example.com,A\nb@example.com,"Bob\nc@example.com,C\nd@example.com,D'
    rows = rows_of(text)
    assert accepted(rows) == [(2, "a@example.com"), (4, "c@example.com"), (5, "d@example.com")]
    assert rejected(rows) == [(3, "quote_unclosed")]
    assert isinstance(rows[1], RejectedRow)
    assert rows[1].raw == 'b@example.com,"Bob'


def test_an_unclosed_quote_is_noticed_at_the_next_quoted_field() -> None:
    """Otherwise the two rows would become one contact with a strange name."""
    text = 'email,name\nb@example.com,"Bob\nc@example.com,"C, D"\nd@example.com,D\n'
    rows = rows_of(text)
    assert rejected(rows) == [(2, "quote_unclosed")]
    assert accepted(rows) == [(3, "c@example.com"), (4, "d@example.com")]


def test_an_unclosed_quote_in_a_large_file_swallows_nothing() -> None:
    """Beyond what one row may hold, reading goes back to the line after the quote."""
    lines = [f"n{i}@example.com,Name {i}" for i in range(150_000)]
    lines[10] = 'n10@example.com,"Name 10'
    rows = rows_of("email,name\n" + "\n".join(lines), 65_536)
    assert rejected(rows) == [(12, "quote_unclosed")]
    assert len(accepted(rows)) == 149_999
    assert accepted(rows)[-1] == (150_001, "n149999@example.com")


def test_text_after_a_closing_quote_rejects_its_row() -> None:
    rows = rows_of('email,name\na@example.com,"Ann" Smith\nb@example.com,5" pipe\n')
    assert rejected(rows) == [(2, "quote_misplaced")]
    assert accepted(rows) == [(3, "b@example.com")]


def test_a_file_of_broken_quotes_ends_instead_of_costing_hours() -> None:
    """Each line opens a quote that the next cannot close: the text read again is bounded."""
    content = b"email,a\n" + b'a","b\n' * 400_000
    error = None
    rows = []
    try:
        for row in read_rows(content[i : i + 65_536] for i in range(0, len(content), 65_536)):
            rows.append(row)
    except ContactFileError as refused:
        error = refused
    assert error is not None
    assert error.code == "quotes_broken"
    assert rejected(rows) == [(i + 2, "quote_unclosed") for i in range(len(rows))]


def test_the_key_of_an_address_ignores_case() -> None:
    row = rows_of("email\nAnn@Example.com\n")[0]
    assert isinstance(row, Row)
    assert (row.email, row.email_key) == ("Ann@example.com", "ann@example.com")


def test_facts_about_the_file_can_be_shown() -> None:
    reader = RowReader()
    reader.feed("email;prénom\na@example.com;Zoë\n".encode("cp1252"))
    reader.close()
    assert (reader.delimiter, reader.encoding) == (";", "cp1252")
    assert reader.columns is not None
    assert reader.columns.names == ("email", "prénom")


def test_json_contacts_keep_their_types() -> None:
    rows = list(
        parse_contacts_json(
            [
                {"email": "a@Example.com", "first_name": "A", "age": 3, "score": 1.5, "x": None},
                {"email": "b@example.com", "attributes": {"Plan Name": "pro", "vip": True}},
                {"email": "c@example.com", "n": 1, "attributes": {"m": 2}},
            ]
        )
    )
    assert rows == [
        Row(1, "a@example.com", {"first_name": "A", "age": 3, "score": 1.5, "x": None}),
        Row(2, "b@example.com", {"plan_name": "pro", "vip": True}),
        Row(3, "c@example.com", {"n": 1, "m": 2}),
    ]
    assert isinstance(rows[1], Row)
    assert rows[1].attributes["vip"] is True


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ("a@example.com", "not_an_object"),
        ({}, "address_missing"),
        ({"name": "Ann"}, "address_missing"),
        ({"email": 5}, "address_invalid"),
        ({"email": "nobody"}, "address_invalid"),
        ({"email": "a@example.com", "tags": ["x"]}, "attribute_value"),
        ({"email": "a@example.com", "attributes": {"where": {"city": "x"}}}, "attribute_value"),
        ({"email": "a@example.com", "attributes": "x"}, "attributes_invalid"),
        ({"email": "a@example.com", "n": 2**63}, "attribute_value"),
        ({"email": "a@example.com", "n": float("nan")}, "attribute_value"),
        ({"email": "a@example.com", "n": float("inf")}, "attribute_value"),
        ({"email": "a@example.com", "n": "\ud800"}, "text_unreadable"),
        ({"email": "a@example.com", "n": "a\x00"}, "text_unreadable"),
        ({"email": "a@example.com", "$where": "1"}, "attribute_name"),
        ({"email": "a@example.com", "a.b": "1"}, "attribute_name"),
        ({"email": "a@example.com", "\ud800": "1"}, "attribute_name"),
        ({"email": "a@example.com", "n": 1, "attributes": {"N": 2}}, "attribute_name"),
        ({"email": "a@example.com", "n": "x" * ATTRIBUTES_BYTES_MAX}, "attributes_too_large"),
        ({"email": "a@example.com", **{f"c{i}": 1 for i in range(200)}}, "columns_too_many"),
    ],
)
def test_an_invalid_json_contact_is_rejected_alone(item: object, code: str) -> None:
    rows = list(parse_contacts_json([item, {"email": "b@example.com"}]))
    assert isinstance(rows[0], RejectedRow)
    assert (rows[0].line, rows[0].code) == (1, code)
    assert len(rows[0].raw) <= 200
    rows[0].raw.encode()
    assert rows[1] == Row(2, "b@example.com", {})


CELLS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\ufffd\ufeff"), max_size=12
)


@settings(max_examples=300)
@given(
    cells=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=20),
)
def test_what_csv_writers_write_is_read_back_equal(
    cells: list[tuple[str, str]], delimiter: str, encoding: str, quoting: int, cuts: list[int]
) -> None:
    """Whatever the delimiter, the encoding, the quotes and the places the stream is cut at."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(["email", "first", "second"])
    for i, (first, second) in enumerate(cells):
        writer.writerow([f"n{i}@example.com", first, second])
    try:
        content = written.getvalue().encode(encoding)
    except UnicodeEncodeError:
        assume(False)
    chunks = []
    position = turn = 0
    while position < len(content):
        step = cuts[turn % len(cuts)]
        chunks.append(content[position : position + step])
        position += step
        turn += 1
    chosen = None if encoding.startswith("utf") else encoding
    reader = RowReader(ImportPolicy(encoding=chosen))
    read = [dict(row.attributes) for row in read_rows(chunks, reader) if isinstance(row, Row)]
    assert read == [{"first": first.strip(), "second": second.strip()} for first, second in cells]
