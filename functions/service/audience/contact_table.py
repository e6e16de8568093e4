"""Find the table in the first rows of a contact file: its header, its address column, and in a text
its delimiter.

Invariant: pure. Lines above the header are titles; what the lines show in two ways becomes a
question with a proposal.
This module must not know the encoding, nor what happens to the rows.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from functions.service.audience.contact_columns import (
    Columns,
    columns_of,
    email_position,
    find_address_column,
    mail_level,
    names_addresses,
    no_address_column,
)
from functions.service.audience.import_policy import (
    Choice,
    ContactFileError,
    ImportPolicy,
    Question,
)

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_ROWS = 30
SAMPLE_LINES = 60
LABEL_CHARS_MAX = 100

_SEPARATOR_LINE = re.compile(r'\s*"?sep=(.)"?[\s,;|]*', re.IGNORECASE)
_FIGURE = re.compile(r"[\d\s.,:/+-]+")


@dataclass(frozen=True, slots=True)
class Table:
    """`header_line`: its number in the file; None without a header. `first_index`: the index of the
    first line below it. `title_lines`: how many lines that are not blank stand above the header."""

    columns: Columns
    header_line: int | None
    first_index: int
    title_lines: int
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A row that is not blank. `line`: the number of its first line in the file. `after`: the index
    of the line after it."""

    line: int
    after: int
    cells: Sequence[str]


def stated_delimiter(line: str) -> str | None:
    """The delimiter that a line such as `sep=;` states, as Excel writes it."""
    stated = _SEPARATOR_LINE.fullmatch(line)
    return stated[1] if stated is not None and stated[1] in DELIMITERS else None


def find_text_table(
    lines: Sequence[str], policy: ImportPolicy, *, line: int, stated: str | None
) -> tuple[str, Table]:
    """The delimiter and the table. `line`: the number of the first of these lines. `stated`: the
    delimiter that a line above them states. Raises ContactFileError."""
    sample = lines[:SAMPLE_LINES]
    delimiter = policy.delimiter or stated or _delimiter_of(sample)
    rows = _sample_rows(sample, delimiter, line=line)
    if not rows:
        raise ContactFileError(
            "header_unreadable",
            "header",
            "First row: A quote is opened but not closed at the end of the field.",
        )
    return delimiter, find_table(rows, policy)


def find_table(rows: Sequence[SampleRow], policy: ImportPolicy) -> Table:
    """`rows`: the first of a file, at least one. Raises ContactFileError."""
    header_at, header_question = _header_of(rows, policy)
    header = rows[header_at].cells if header_at is not None else ()
    below = rows if header_at is None else rows[header_at + 1 :]
    address, address_question = _address_of(header, [it.cells for it in below], policy)
    if address is None:
        raise no_address_column([it.cells for it in rows])
    questions = [it for it in (header_question, address_question) if it is not None]
    return Table(
        columns=columns_of(header, address, policy.column_names),
        header_line=None if header_at is None else rows[header_at].line,
        first_index=0 if header_at is None else rows[header_at].after,
        title_lines=header_at or 0,
        questions=tuple(questions),
    )


def _delimiter_of(lines: Sequence[str]) -> str:
    """The delimiter under which the lines look most like contacts. Ties are broken by, in this
    order: having more than one column, the number of rows as wide as the first that looks like a
    contact or its header, and the number of columns."""

    def score(delimiter: str) -> tuple[int, bool, int, int]:
        rows = [it.cells for it in _sample_rows(lines, delimiter, line=1, strict=False)]
        if not rows:
            return (0, False, 0, 0)
        levels = [mail_level(row) for row in rows]
        width = len(rows[levels.index(max(levels))])
        alike = sum(len(row) == width for row in rows)
        return (max(levels), width > 1, alike, width)

    return max(DELIMITERS, key=score)


def _sample_rows(
    lines: Sequence[str], delimiter: str, *, line: int, strict: bool = True
) -> list[SampleRow]:
    """Rows that are not blank. Rows that cannot be read are left out: the reader reports them."""
    rows: list[SampleRow] = []
    reader = csv.reader(lines, delimiter=delimiter, strict=strict, skipinitialspace=True)
    start = 0
    while start < len(lines) and len(rows) < SAMPLE_ROWS:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            start = reader.line_num
            continue
        if any(map(str.strip, cells)):
            rows.append(SampleRow(line + start, reader.line_num, cells))
        start = reader.line_num
    return rows


def _header_of(
    rows: Sequence[SampleRow], policy: ImportPolicy
) -> tuple[int | None, Question | None]:
    """The index of the header among the rows; None if there is none."""
    if policy.header_line == 0:
        return None, None
    if policy.header_line is not None:
        for at, row in enumerate(rows):
            if row.line == policy.header_line:
                return at, None
        message = f"Line {policy.header_line} cannot be the header: it is not among the first rows."
        raise ContactFileError("header_line", "header_line", message)
    levels = [mail_level(row.cells) for row in rows]
    named = next((i for i, row in enumerate(rows) if email_position(row.cells) is not None), None)
    contact = next((i for i, level in enumerate(levels) if level == max(levels)), 0)
    if named is not None and named <= contact:
        return named, None
    if max(levels) == 0 or contact == 0:
        return (0 if max(levels) == 0 else None), None
    above, first = rows[contact - 1].cells, rows[contact].cells
    if len(above) != len(first) or any(map(_is_figure, above)) or any("@" in it for it in above):
        return None, None
    if any(map(names_addresses, above)):
        return contact - 1, None
    return contact - 1, _which_header(rows[contact - 1])


def _is_figure(cell: str) -> bool:
    return bool(cell.strip()) and _FIGURE.fullmatch(cell) is not None


def _which_header(row: SampleRow) -> Question:
    shown = ", ".join(it.strip() for it in row.cells)[:LABEL_CHARS_MAX]
    number = str(row.line)
    return Question(
        code="header_doubtful",
        field="header_line",
        message=f"Line {number} may name the columns or be a row without an address: {shown}. Say "
        "whether it is the header.",
        choices=(Choice(number, shown), Choice("0", "")),
        proposed=number,
    )


def _address_of(
    header: Sequence[str], rows: Sequence[Sequence[str]], policy: ImportPolicy
) -> tuple[int | None, Question | None]:
    if policy.address_column is None:
        return find_address_column(header, rows)
    width = len(header) or max(map(len, rows), default=0)
    if policy.address_column > width:
        message = f"There is no column {policy.address_column}: the file has {width}."
        raise ContactFileError("column_unknown", "address_column", message)
    return policy.address_column - 1, None
