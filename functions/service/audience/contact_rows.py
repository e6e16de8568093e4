"""Read contacts as they stream in from a file of rows, CSV and similar.

Invariant: every row that is not blank becomes exactly one `Row` or `RejectedRow`, with the line on
which it begins, or is counted in a note: lines above the header, below the last contact, and the
header repeated. Memory is bounded by one row and one buffer, whatever the file contains. A wrong
row never affects its neighbours. A file that has little but such rows is given up (`row_tally`).
This module must not know who sent the file, where contacts are stored, or whether an address is
known.

Quotes are read strictly: a field that begins with a quote must end with one. An unclosed quote is
therefore noticed at the next quoted field, at the end of the file, or when the row exceeds its
maximum size. Then only the line with the opening quote is rejected, and reading continues with the
line after it, so that nothing the quote had swallowed is lost.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from functions.mail.address import AddressError, normalised
from functions.service.audience.address_cells import is_address, read_address
from functions.service.audience.contact_columns import EMAIL, Columns
from functions.service.audience.contact_row import (
    ATTRIBUTES_BYTES_MAX,
    FIELD_CHARS_MAX,
    RAW_CHARS_MAX,
    Refusal,
    RejectedRow,
    Row,
    shown,
    size_bytes,
    too_large,
)
from functions.service.audience.contact_table import SAMPLE_LINES, find_table, stated_delimiter
from functions.service.audience.contact_text import TextDecoder
from functions.service.audience.import_policy import (
    Choice,
    ContactFileError,
    FileReading,
    ImportPolicy,
    Notes,
    Question,
)
from functions.service.audience.padded_cells import is_padded, padded_cells
from functions.service.audience.row_tally import RowTally

BUFFER_BYTES = 64 * 1024
ROW_CHARS_MAX = 2 * 1024 * 1024
"""How far to search for the end of a row. Longer rows than are accepted are read, so that they can
be rejected as a whole."""
REREAD_CHARS_MAX = 64 * 1024 * 1024
"""How much text to read again because of unclosed quotes. Bounds the cost of a hostile file."""
FOOTER_LINES_MAX = 50

# csv stops in the middle of a field after 131,072 characters, and then the end of the row cannot
# be found. The limit is global to the process and only raised here. The limits that apply are
# those above.
csv.field_size_limit(max(csv.field_size_limit(), ROW_CHARS_MAX))

_FOOTER = "footer"
_LINE_END = re.compile(r"\r\n|\n|\r")


_QUOTE_UNCLOSED = Refusal(
    "quote_unclosed",
    "A quote is opened in this row but not closed at the end of the field: close it, or double "
    "it if it is part of the text.",
)
_QUOTE_MISPLACED = Refusal(
    "quote_misplaced",
    "A field continues after its closing quote: double the quotes that are part of the text.",
)

_ROW_TOO_LONG = Refusal(
    "row_too_long",
    f"The row has more than {ROW_CHARS_MAX} characters: a contact must be smaller.",
)


class RowReader:
    """Takes the bytes of a file by `feed` as they arrive; `close` ends the file.

    Both return the rows that have become complete. They raise ContactFileError if the whole file
    is refused; the reader cannot be used after that. `columns`, `delimiter` and `encoding` are
    known once the first rows have been returned.
    """

    def __init__(
        self, policy: ImportPolicy | None = None, *, first_of_several: bool = True
    ) -> None:
        """`first_of_several`: take the first address of a cell with several."""
        self.columns: Columns | None = None
        self.delimiter: str | None = None
        self.header_line: int | None = None
        self._policy = policy or ImportPolicy()
        self._first_of_several = first_of_several
        self._decoder = TextDecoder(self._policy.encoding)
        self._stated_delimiter: str | None = None
        self._table_questions: tuple[Question, ...] = ()
        self._notes = Notes()
        self._tally = RowTally()
        self._footer: list[RejectedRow] = []
        """Rows that are a footer, unless a contact follows."""
        self._is_padded = False
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._wanted_bytes = BUFFER_BYTES
        self._carry = ""
        """The beginning of the row that is not complete yet."""
        self._line = 1
        """The number of the line with which `_carry` begins."""
        self._skipping = False
        self._suspect = False
        """Whether an unreadable character has been found, so that rows must be searched for it."""
        self._reread_chars = 0
        self._small_chars = 0

    @property
    def encoding(self) -> str:
        return self._decoder.encoding or "utf-8"

    @property
    def encodings(self) -> tuple[Choice, ...]:
        """What else the encoding may be; empty if the file is Unicode."""
        return self._decoder.choices

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the rows so far leave open. The rows are read as the questions propose."""
        encoding = self._decoder.question
        return (*((encoding,) if encoding is not None else ()), *self._table_questions)

    def reading(self) -> FileReading | None:
        """How the file was read; None before the first rows."""
        columns = self.columns
        if columns is None:
            return None
        policy = replace(
            self._policy,
            encoding=self.encoding,
            delimiter=self.delimiter,
            header_line=self.header_line or 0,
            address_column=columns.email_index + 1,
        )
        return FileReading(policy, self.questions, self._notes.all())

    def feed(self, chunk: bytes) -> list[Row | RejectedRow]:
        rows: list[Row | RejectedRow] = []
        for start in range(0, len(chunk), BUFFER_BYTES):
            piece = chunk[start : start + BUFFER_BYTES]
            self._waiting.append(piece)
            self._waiting_bytes += len(piece)
            if self._waiting_bytes >= self._wanted_bytes:
                self._read(rows, final=False)
        return rows

    def pause(self) -> list[Row | RejectedRow]:
        """The rows that are complete so far, for a caller that may not read the rest of the file.
        A row that may be incomplete is left out. Raises ContactFileError."""
        rows: list[Row | RejectedRow] = []
        self._read(rows, final=False, is_enough=True)
        return rows

    def close(self) -> list[Row | RejectedRow]:
        """The last rows. Raises ContactFileError, for instance if the file was empty."""
        rows: list[Row | RejectedRow] = []
        self._read(rows, final=True)
        if self._footer:
            line, count = self._footer[0].line, len(self._footer)
            self._notes.add("footer", line, "Lines below the last contact were left out.", count)
        if self.columns is None:
            raise ContactFileError(
                "file_empty", "file", "The file is empty: it must have one row per contact."
            )
        return rows

    def _read(self, rows: list[Row | RejectedRow], *, final: bool, is_enough: bool = False) -> None:
        fresh = self._decoder.decode(b"".join(self._waiting), final=final)
        self._waiting.clear()
        self._waiting_bytes = 0
        self._suspect = self._suspect or self._decoder.unreadable.search(fresh) is not None
        text = self._carry + fresh
        if self._skipping:
            text = self._past_line(text, final=final)
        lines = list(io.StringIO(text, newline=""))
        partial = ""
        # A \r at the end may be the first half of a line end.
        if lines and not final and not lines[-1].endswith("\n"):
            partial = lines.pop()
        is_enough |= final or len(lines) > SAMPLE_LINES or len(text) >= BUFFER_BYTES // 2
        index = self._open(lines, enough=is_enough)
        if self.delimiter is not None:
            self._is_padded = is_padded(text, self.delimiter)
            index = self._parse_all(lines, index, rows, partial=partial, final=final)
        self._carry = "".join(lines[index:]) + partial
        self._line += index
        if len(self._carry) > ROW_CHARS_MAX:
            self._reject_partial(rows)
        # Waiting for as much text again keeps the cost of a long row linear in its length.
        carried = len(self._carry)
        self._wanted_bytes = max(BUFFER_BYTES, min(carried, ROW_CHARS_MAX - carried))

    def _open(self, lines: Sequence[str], *, enough: bool) -> int:
        """Find the table, once. Returns how many lines to skip: blank lines, a line that states
        the delimiter, titles and the header."""
        if self.delimiter is not None:
            return 0
        first = _past_blank(lines, 0)
        if first == len(lines):
            return first
        if self._stated_delimiter is None:
            self._stated_delimiter = stated_delimiter(lines[first])
            if self._stated_delimiter is not None:
                first = _past_blank(lines, first + 1)
        if not enough or first == len(lines):
            return first
        table = find_table(
            lines[first:], self._policy, line=self._line + first, stated=self._stated_delimiter
        )
        self.delimiter = table.delimiter
        self._table_questions = table.questions
        self._begin(table.columns)
        if table.columns.has_header:
            self.header_line = self._line + first + table.header_index
        if table.title_lines:
            message = "Lines above the header were left out."
            self._notes.add("title", self._line + first, message, table.title_lines)
        return first + table.first_index

    def _parse_all(
        self,
        lines: list[str],
        index: int,
        rows: list[Row | RejectedRow],
        *,
        partial: str,
        final: bool,
    ) -> int:
        """Parse all complete rows. Returns the index of the first line of the open row."""
        while index < len(lines):
            index, is_open = self._parse(lines, index, rows)
            if not is_open:
                continue
            open_chars = sum(map(len, lines[index:])) + len(partial)
            if not final and open_chars <= ROW_CHARS_MAX:
                return index
            self._reject_open_quote(lines, index, len(lines), rows)
            index += 1
        return index

    def _parse(
        self, lines: list[str], index: int, rows: list[Row | RejectedRow]
    ) -> tuple[int, bool]:
        """Parse rows from `index` on. Returns where it stopped, and whether an open row begins
        there."""
        assert self.delimiter is not None
        ended: list[bool] = []
        source = chain(map(lines.__getitem__, range(index, len(lines))), _mark(ended))
        reader = csv.reader(source, delimiter=self.delimiter, strict=True, skipinitialspace=True)
        first_line = self._line
        offset = index
        while True:
            try:
                for cells in reader:
                    after = offset + reader.line_num
                    chars = (
                        len(lines[index])
                        if after == index + 1
                        else sum(map(len, lines[index:after]))
                    )
                    judged = (
                        self._judge(cells, first_line + index, chars)
                        if any(map(str.strip, cells))
                        else None
                    )
                    if type(judged) is Row:
                        if self._footer:
                            self._end_footer(rows)
                        rows.append(judged)
                        self._tally.accepted += 1
                    elif type(judged) is Refusal:
                        self._reject(judged, lines[index:after], index, rows)
                    else:
                        self._tally.count_blank()
                    index = after
                return index, False
            except csv.Error:
                if ended:
                    return index, True
                after = offset + reader.line_num
                if after > index + 1:
                    self._reject_open_quote(lines, index, after, rows)
                    return index + 1, False
                self._take_padded(lines[index], index, rows)
                index = after

    def _take_padded(self, line: str, index: int, rows: list[Row | RejectedRow]) -> None:
        """Take a row that csv refuses, perhaps only for blanks after its quotes."""
        assert self.delimiter is not None
        judged: Row | Refusal | None = _ROW_TOO_LONG
        if len(line) <= ROW_CHARS_MAX:
            cells = padded_cells(line, self.delimiter)
            judged = _QUOTE_MISPLACED
            if cells is not None:
                judged = self._judge(cells, self._line + index, len(line))
        if isinstance(judged, Row):
            self._end_footer(rows)
            rows.append(judged)
            self._tally.accepted += 1
        elif judged is not None:
            self._reject(judged, [line], index, rows)

    def _judge(self, cells: list[str], line: int, chars: int) -> Row | Refusal | None:
        """Turn the cells of a row into a contact. None for a row that is left out."""
        columns = self.columns
        assert columns is not None
        if self._is_padded:
            cells = list(map(str.strip, cells))
        if chars > self._small_chars or len(cells) > len(columns.names) or self._suspect:
            refusal = self._check(cells, columns)
            if refusal is not None:
                return refusal
        attributes = dict(zip(columns.names, cells, strict=False))
        typed = attributes.pop(EMAIL, "")
        if columns.unnamed:
            for position in columns.unnamed:
                name = columns.names[position]
                if attributes.get(name) == "":
                    del attributes[name]
        try:
            address = normalised(typed)
        except AddressError:
            return self._judge_unusual(cells, typed, line, attributes)
        # An address as it should be is returned as it is.
        if address is typed and typed[0] != "'":
            return Row(line, address, attributes)
        return self._judge_unusual(cells, typed, line, attributes)

    def _judge_unusual(
        self, cells: list[str], typed: str, line: int, attributes: dict[str, str]
    ) -> Row | Refusal | None:
        columns = self.columns
        assert columns is not None
        if not typed.strip():
            if not any(map(str.strip, cells)):
                return None
            for position in columns.more_addresses:
                if position < len(cells) and is_address(cells[position]):
                    typed = cells[position]
                    name = columns.names[position]
                    message = f"The address was taken from {name}, because email is empty."
                    self._notes.add("other_address_taken", line, message)
                    break
        try:
            address, notes = read_address(typed, first_of_several=self._first_of_several)
        except AddressError as wrong:
            if self._is_header(cells):
                self._notes.add("header_repeated", line, "The header is repeated; left out.")
                return None
            if _is_footer(cells, columns):
                return Refusal(_FOOTER, str(wrong))
            return Refusal("address_invalid" if typed.strip() else "address_missing", str(wrong))
        for note in notes:
            self._notes.add(note.code, line, note.message)
        return Row(line, address, attributes)

    def _is_header(self, cells: list[str]) -> bool:
        assert self.columns is not None
        header = self.columns.header
        return len(cells) == len(header) and all(
            cell.strip() == typed.strip() for cell, typed in zip(cells, header, strict=True)
        )

    def _begin(self, columns: Columns) -> None:
        self.columns = columns
        names_bytes = sum(len(name.encode()) for name in columns.names)
        # A row with no more characters than this is within all limits, even if each takes four
        # bytes.
        self._small_chars = max(0, (ATTRIBUTES_BYTES_MAX - names_bytes) // 4)

    def _check(self, cells: list[str], columns: Columns) -> Refusal | None:
        """Check the limits of a row, and for unreadable characters. None if it is valid."""
        width = len(columns.names)
        if len(cells) > width and any(map(str.strip, cells[width:])):
            return Refusal(
                "columns_too_many",
                f"The row has {len(cells)} columns and the file {width}: put a field that contains "
                "the delimiter in quotes.",
            )
        longest = max(map(len, cells), default=0)
        if longest > FIELD_CHARS_MAX:
            return Refusal(
                "field_too_long",
                f"A field has {longest} characters; at most {FIELD_CHARS_MAX} are allowed.",
            )
        # Count characters first, to avoid encoding a row that is too large anyway.
        pairs = [(n, c) for n, c in zip(columns.names, cells, strict=False) if n != EMAIL]
        size = sum(len(n) + len(c) for n, c in pairs)
        if size <= ATTRIBUTES_BYTES_MAX:
            size = sum(size_bytes(name) + size_bytes(cell) for name, cell in pairs)
        if size > ATTRIBUTES_BYTES_MAX:
            return too_large(size)
        if self._suspect and any(map(self._decoder.unreadable.search, cells)):
            return Refusal(
                "text_unreadable",
                f"The row has bytes that are not valid {self.encoding}: save the file as UTF-8.",
            )
        return None

    def _reject(
        self,
        refusal: Refusal,
        row_lines: Sequence[str],
        index: int,
        rows: list[Row | RejectedRow],
    ) -> None:
        if self.columns is None:
            raise ContactFileError("header_unreadable", "header", f"First row: {refusal.message}")
        self._tally.count_refused()
        raw = shown("".join(line[:RAW_CHARS_MAX] for line in row_lines[:RAW_CHARS_MAX]))
        line = self._line + index
        if refusal.code == _FOOTER:
            self._footer.append(RejectedRow(line, "address_missing", refusal.message, raw))
            if len(self._footer) > FOOTER_LINES_MAX:
                self._end_footer(rows)
            return
        self._end_footer(rows)
        rows.append(RejectedRow(line, refusal.code, refusal.message, raw))

    def _end_footer(self, rows: list[Row | RejectedRow]) -> None:
        """What looked like a footer is none."""
        rows += self._footer
        self._footer.clear()

    def _reject_open_quote(
        self, lines: list[str], index: int, after: int, rows: list[Row | RejectedRow]
    ) -> None:
        """Reject the row at `index`, which opened a quote and did not close it before `after`."""
        self._reread_chars += sum(map(len, lines[index + 1 : after]))
        if self._reread_chars > REREAD_CHARS_MAX:
            raise ContactFileError(
                "quotes_broken",
                f"line {self._line + index}",
                "Too many quotes are opened and never closed. Save the file as CSV again, with "
                "quotes within a field doubled.",
            )
        self._reject(_QUOTE_UNCLOSED, lines[index : index + 1], index, rows)

    def _reject_partial(self, rows: list[Row | RejectedRow]) -> None:
        """A single line exceeds the limit: reject it and skip the rest of it."""
        self._reject(_ROW_TOO_LONG, [self._carry], 0, rows)
        self._carry = ""
        self._skipping = True

    def _past_line(self, text: str, *, final: bool) -> str:
        end = _LINE_END.search(text)
        if end is None:
            return ""
        if end.group() == "\r" and end.end() == len(text) and not final:
            return text[end.start() :]
        self._skipping = False
        self._line += 1
        return text[end.end() :]


def read_rows(
    chunks: Iterable[bytes], reader: RowReader | None = None
) -> Iterator[Row | RejectedRow]:
    """The rows of a whole file. Raises ContactFileError, possibly only at the end of the file."""
    reader = reader or RowReader()
    for chunk in chunks:
        yield from reader.feed(chunk)
    yield from reader.close()


def _past_blank(lines: Sequence[str], index: int) -> int:
    while index < len(lines) and not lines[index].strip():
        index += 1
    return index


def _is_footer(cells: list[str], columns: Columns) -> bool:
    """Only the first cell has a value, in a file of several columns: a total, a name of a report.
    In the column of the addresses, one word alone is a wrong address."""
    first, *others = cells
    return (
        len(columns.header) > 1
        and "@" not in first
        and not any(map(str.strip, others))
        and (columns.email_index != 0 or len(first.split()) > 1)
    )


def _mark(ended: list[bool]) -> Iterator[str]:
    """Yields nothing, but records that it was asked, which means that the lines have run out."""
    ended.append(True)
    yield from ()
