"""Read contacts as they stream in from a file of rows, CSV and similar.

Invariant: every row that is not blank is judged (`row_judge`) with the line on which it begins.
Memory is bounded by one row and one buffer, whatever the file contains. A wrong row never affects
its neighbours. This module must not know who sent the file, where contacts are stored, or whether
an address is known.

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

from functions.service.audience.contact_columns import Columns
from functions.service.audience.contact_row import (
    RAW_CHARS_MAX,
    ROW_CHARS_MAX,
    Refusal,
    RejectedRow,
    Row,
    shown,
)
from functions.service.audience.contact_table import SAMPLE_LINES, find_text_table, stated_delimiter
from functions.service.audience.contact_text import TextDecoder
from functions.service.audience.import_policy import (
    ContactFileError,
    FileReading,
    ImportPolicy,
    Question,
)
from functions.service.audience.padded_cells import is_padded, padded_cells
from functions.service.audience.row_judge import ROW_TOO_LONG, RowJudge

BUFFER_BYTES = 64 * 1024
REREAD_CHARS_MAX = 64 * 1024 * 1024
"""How much text to read again because of unclosed quotes. Bounds the cost of a hostile file."""

# csv stops in the middle of a field after 131,072 characters, and then the end of the row cannot
# be found. The limit is global to the process and only raised here. The limits that apply are
# those of `row_judge`.
csv.field_size_limit(max(csv.field_size_limit(), ROW_CHARS_MAX))

_LINE_END = re.compile(r"\r\n|\n|\r")

_TOO_WIDE = "put a field that contains the delimiter in quotes"
_QUOTE_UNCLOSED = Refusal(
    "quote_unclosed",
    "A quote is opened in this row but not closed at the end of the field: close it, or double "
    "it if it is part of the text.",
)
_QUOTE_MISPLACED = Refusal(
    "quote_misplaced",
    "A field continues after its closing quote: double the quotes that are part of the text.",
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
        self.is_part = False
        self.delimiter: str | None = None
        self.header_line: int | None = None
        self._policy = policy or ImportPolicy()
        self._judge = RowJudge(first_of_several=first_of_several, too_wide=_TOO_WIDE)
        self._decoder = TextDecoder(self._policy.encoding)
        self._stated_delimiter: str | None = None
        self._table_questions: tuple[Question, ...] = ()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._wanted_bytes = BUFFER_BYTES
        self._carry = ""
        """The beginning of the row that is not complete yet."""
        self._line = 1
        """The number of the line with which `_carry` begins."""
        self._skipping = False
        self._reread_chars = 0

    @property
    def columns(self) -> Columns | None:
        return self._judge.columns

    @property
    def encoding(self) -> str:
        return self._decoder.encoding or "utf-8"

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
        return FileReading(
            policy, self.questions, self._judge.notes.all(), encodings=self._decoder.choices
        )

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
        self.is_part = True
        rows: list[Row | RejectedRow] = []
        self._read(rows, final=False, is_enough=True)
        return rows

    def close(self) -> list[Row | RejectedRow]:
        """The last rows. Raises ContactFileError, for instance if the file was empty."""
        rows: list[Row | RejectedRow] = []
        self._read(rows, final=True)
        self._judge.finish()
        return rows

    def _read(self, rows: list[Row | RejectedRow], *, final: bool, is_enough: bool = False) -> None:
        fresh = self._decoder.decode(b"".join(self._waiting), final=final)
        self._waiting.clear()
        self._waiting_bytes = 0
        if self._decoder.unreadable.search(fresh) is not None:
            self._judge.suspect(self._decoder.unreadable, self.encoding)
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
            self._judge.is_padded = is_padded(text, self.delimiter)
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
        self.delimiter, table = find_text_table(
            lines[first:], self._policy, line=self._line + first, stated=self._stated_delimiter
        )
        self._table_questions = table.questions
        self._judge.begin(table.columns)
        self.header_line = table.header_line
        self._judge.note_titles(self._line + first, table.title_lines)
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
        judge, footer, tally = self._judge.judge, self._judge.footer, self._judge.tally
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
                        judge(cells, first_line + index, chars)
                        if any(map(str.strip, cells))
                        else None
                    )
                    if type(judged) is Row:
                        if footer:
                            self._judge.accept(judged, rows)
                        else:
                            rows.append(judged)
                            tally.accepted += 1
                    elif type(judged) is Refusal:
                        self._reject(judged, lines[index:after], index, rows)
                    else:
                        tally.count_blank()
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
        judged: Row | Refusal | None = ROW_TOO_LONG
        if len(line) <= ROW_CHARS_MAX:
            cells = padded_cells(line, self.delimiter)
            judged = _QUOTE_MISPLACED
            if cells is not None:
                judged = self._judge.judge(cells, self._line + index, len(line))
        if isinstance(judged, Row):
            self._judge.accept(judged, rows)
        elif judged is not None:
            self._reject(judged, [line], index, rows)

    def _reject(
        self,
        refusal: Refusal,
        row_lines: Sequence[str],
        index: int,
        rows: list[Row | RejectedRow],
    ) -> None:
        raw = shown("".join(line[:RAW_CHARS_MAX] for line in row_lines[:RAW_CHARS_MAX]))
        self._judge.refuse(refusal, self._line + index, raw, rows)

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
        self._reject(ROW_TOO_LONG, [self._carry], 0, rows)
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


def _mark(ended: list[bool]) -> Iterator[str]:
    """Yields nothing, but records that it was asked, which means that the lines have run out."""
    ended.append(True)
    yield from ()
