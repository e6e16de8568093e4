"""Read contacts as they stream in, from a file of rows (CSV and similar) or a list of JSON objects.

Invariant: every row that is not blank becomes exactly one `Row` or `RejectedRow`, with the line on
which it begins. Memory is bounded by one row and one buffer, whatever the file contains. A wrong
row never affects its neighbours.
This module must not know who sent the file, where contacts are stored, or whether an address is
known.

Quotes are read strictly: a field that begins with a quote must end with one. An unclosed quote is
therefore noticed at the next quoted field, at the end of the file, or when the row exceeds its
maximum size. Then only the line with the opening quote is rejected, and reading continues with the
line after it, so that nothing the quote had swallowed is lost.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from functions.mail.address import AddressError, email_key, normalised
from functions.service.audience.contact_columns import (
    COLUMNS_MAX,
    EMAIL,
    AttributeNameError,
    Columns,
    ContactFileError,
    attribute_name,
    columns_of,
    duplicate_message,
    mail_level,
    only_email_key,
)
from functions.service.audience.contact_text import (
    DELIMITERS,
    SAMPLE_ROWS,
    TextDecoder,
    delimiter_of,
)

BUFFER_BYTES = 64 * 1024
FIELD_CHARS_MAX = 64 * 1024
ROW_CHARS_MAX = 2 * 1024 * 1024
"""How far to search for the end of a row. Longer rows than are accepted are read, so that they can
be rejected as a whole."""
ATTRIBUTES_BYTES_MAX = 16 * 1024
REREAD_CHARS_MAX = 64 * 1024 * 1024
"""How much text to read again because of unclosed quotes. Bounds the cost of a hostile file."""
RAW_CHARS_MAX = 200
KEYS_SHOWN_MAX = 20
INTEGER_MAX = 2**63 - 1

Scalar = str | int | float | bool | None

# csv stops in the middle of a field after 131,072 characters, and then the end of the row cannot
# be found. The limit is global to the process and only raised here. The limits that apply are
# those above.
csv.field_size_limit(max(csv.field_size_limit(), ROW_CHARS_MAX))

_LINE_END = re.compile(r"\r\n|\n|\r")
_SEPARATOR_LINE = re.compile(r"sep=(.)\Z", re.IGNORECASE)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Row(NamedTuple):
    """`line`: from 1; in a JSON list, the position of the item. Values from a file are strings."""

    line: int
    email: str
    attributes: Mapping[str, Scalar]

    @property
    def email_key(self) -> str:
        """Equal for two rows of the same person."""
        return email_key(self.email)


class RejectedRow(NamedTuple):
    """`message`: what is wrong, for people. `raw`: the beginning of the row as received."""

    line: int
    code: str
    message: str
    raw: str


class _Refusal(NamedTuple):
    code: str
    message: str


_QUOTE_UNCLOSED = _Refusal(
    "quote_unclosed",
    "A quote is opened in this row but not closed at the end of the field: close it, or double "
    "it if it is part of the text.",
)
_QUOTE_MISPLACED = _Refusal(
    "quote_misplaced",
    "A field continues after its closing quote: double the quotes that are part of the text.",
)

_ROW_TOO_LONG = _Refusal(
    "row_too_long",
    f"The row has more than {ROW_CHARS_MAX} characters: a contact must be smaller.",
)


class RowReader:
    """Takes the bytes of a file by `feed` as they arrive; `close` ends the file.

    Both return the rows that have become complete. They raise ContactFileError if the whole file
    is refused; the reader cannot be used after that. `columns`, `delimiter` and `encoding` are
    known once the first rows have been returned.
    """

    def __init__(self) -> None:
        self.columns: Columns | None = None
        self.delimiter: str | None = None
        self._decoder = TextDecoder()
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
        is_enough |= final or len(lines) > SAMPLE_ROWS or len(text) >= BUFFER_BYTES // 2
        index = self._open(lines, enough=is_enough)
        if self.delimiter is not None:
            index = self._parse_all(lines, index, rows, partial=partial, final=final)
        self._carry = "".join(lines[index:]) + partial
        self._line += index
        if len(self._carry) > ROW_CHARS_MAX:
            self._reject_partial(rows)
        # Waiting for as much text again keeps the cost of a long row linear in its length.
        carried = len(self._carry)
        self._wanted_bytes = max(BUFFER_BYTES, min(carried, ROW_CHARS_MAX - carried))

    def _open(self, lines: Sequence[str], *, enough: bool) -> int:
        """Determine the delimiter, once. Returns how many lines to skip: blank lines, and a line
        such as `sep=;` that names the delimiter."""
        if self.delimiter is not None:
            return 0
        blank = 0
        while blank < len(lines) and not lines[blank].strip():
            blank += 1
        if blank == len(lines):
            return blank  # Every line so far is blank.
        told = _SEPARATOR_LINE.match(lines[blank].rstrip("\r\n"))
        if told is not None and told[1] in DELIMITERS:
            self.delimiter = told[1]
            return blank + 1
        if enough:
            self.delimiter = delimiter_of(lines[blank:], mail_level)
        return blank

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
        reader = csv.reader(source, delimiter=self.delimiter, strict=True)
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
                    judged = self._judge(cells, first_line + index, chars)
                    if type(judged) is Row:
                        rows.append(judged)
                    elif type(judged) is _Refusal:
                        self._reject(judged, lines[index:after], index, rows)
                    index = after
                return index, False
            except csv.Error:
                if ended:
                    return index, True
                after = offset + reader.line_num
                if after > index + 1:
                    self._reject_open_quote(lines, index, after, rows)
                    return index + 1, False
                too_long = len(lines[index]) > ROW_CHARS_MAX
                refusal = _ROW_TOO_LONG if too_long else _QUOTE_MISPLACED
                self._reject(refusal, lines[index:after], index, rows)
                index = after

    def _judge(self, cells: list[str], line: int, chars: int) -> Row | _Refusal | None:
        """Turn the cells of a row into a contact. None for a blank row and for the header."""
        columns = self.columns
        if columns is None:
            if not any(map(str.strip, cells)):
                return None
            columns = self._begin(cells)
            if columns.has_header:
                return None
        if chars > self._small_chars or len(cells) > len(columns.names) or self._suspect:
            refusal = self._check(cells, columns)
            if refusal is not None:
                return refusal
        attributes = dict(zip(columns.names, cells, strict=False))
        typed = attributes.pop(EMAIL, "")
        try:
            return Row(line, normalised(typed), attributes)
        except AddressError as wrong:
            if not any(map(str.strip, cells)):
                return None
            return _Refusal("address_invalid" if typed.strip() else "address_missing", str(wrong))

    def _begin(self, first_row: list[str]) -> Columns:
        self.columns = columns_of(first_row)
        names_bytes = sum(len(name.encode()) for name in self.columns.names)
        # A row with no more characters than this is within all limits, even if each takes four
        # bytes.
        self._small_chars = max(0, (ATTRIBUTES_BYTES_MAX - names_bytes) // 4)
        return self.columns

    def _check(self, cells: list[str], columns: Columns) -> _Refusal | None:
        """Check the limits of a row, and for unreadable characters. None if it is valid."""
        width = len(columns.names)
        if len(cells) > width and any(map(str.strip, cells[width:])):
            return _Refusal(
                "columns_too_many",
                f"The row has {len(cells)} columns and the file {width}: put a field that contains "
                "the delimiter in quotes.",
            )
        longest = max(map(len, cells), default=0)
        if longest > FIELD_CHARS_MAX:
            return _Refusal(
                "field_too_long",
                f"A field has {longest} characters; at most {FIELD_CHARS_MAX} are allowed.",
            )
        # Count characters first, to avoid encoding a row that is too large anyway.
        pairs = [(n, c) for n, c in zip(columns.names, cells, strict=False) if n != EMAIL]
        size = sum(len(n) + len(c) for n, c in pairs)
        if size <= ATTRIBUTES_BYTES_MAX:
            size = sum(_size_bytes(name) + _size_bytes(cell) for name, cell in pairs)
        if size > ATTRIBUTES_BYTES_MAX:
            return _too_large(size)
        if self._suspect and any(map(self._decoder.unreadable.search, cells)):
            return _Refusal(
                "text_unreadable",
                f"The row has bytes that are not valid {self.encoding}: save the file as UTF-8.",
            )
        return None

    def _reject(
        self,
        refusal: _Refusal,
        row_lines: Sequence[str],
        index: int,
        rows: list[Row | RejectedRow],
    ) -> None:
        if self.columns is None:
            raise ContactFileError("header_unreadable", "header", f"First row: {refusal.message}")
        raw = _shown("".join(line[:RAW_CHARS_MAX] for line in row_lines[:RAW_CHARS_MAX]))
        rows.append(RejectedRow(self._line + index, refusal.code, refusal.message, raw))

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


def read_rows(chunks: Iterable[bytes]) -> Iterator[Row | RejectedRow]:
    """The rows of a whole file. Raises ContactFileError, possibly only at the end of the file."""
    reader = RowReader()
    for chunk in chunks:
        yield from reader.feed(chunk)
    yield from reader.close()


def parse_contacts_json(items: Iterable[object]) -> Iterator[Row | RejectedRow]:
    """Contacts from JSON objects, with attributes next to the address or under `attributes`.

    Values keep their type: strings, numbers, true, false, null.
    """
    for line, item in enumerate(items, start=1):
        judged = _judge_item(item, line)
        if isinstance(judged, Row):
            yield judged
        else:
            yield RejectedRow(line, judged.code, judged.message, _shown_item(item))


def _judge_item(item: object, line: int) -> Row | _Refusal:
    if not isinstance(item, dict):
        return _Refusal(
            "not_an_object", 'A contact must be an object: {"email": "ann@example.com"}.'
        )
    key = only_email_key(item)
    if key is None:
        return _Refusal("address_missing", 'The contact has no "email".')
    typed = item[key]
    if not isinstance(typed, str):
        return _Refusal("address_invalid", "The address must be text.")
    nested = item.get("attributes", {})
    if not isinstance(nested, dict):
        return _Refusal("attributes_invalid", '"attributes" must be an object of names and values.')
    flat = ((k, v) for k, v in item.items() if k not in (key, "attributes"))
    try:
        attributes = _typed_attributes(chain(flat, nested.items()))
        return Row(line, normalised(typed), attributes)
    except AttributeNameError as wrong:
        return _Refusal("attribute_name", str(wrong))
    except AddressError as wrong:
        return _Refusal("address_invalid", str(wrong))
    except _ValueRefusedError as wrong:
        return wrong.refusal


class _ValueRefusedError(Exception):
    def __init__(self, refusal: _Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def _typed_attributes(pairs: Iterable[tuple[str, object]]) -> dict[str, Scalar]:
    attributes: dict[str, Scalar] = {}
    size = 0
    for typed, value in pairs:
        name = attribute_name(typed)
        if name in attributes or name == EMAIL:
            raise AttributeNameError(duplicate_message("attributes", name))
        attributes[name] = _scalar(name, value)
        size += _size_bytes(name) + _size_bytes(str(value))
        if len(attributes) >= COLUMNS_MAX:
            message = f"The contact has more than {COLUMNS_MAX - 1} attributes."
            raise _ValueRefusedError(_Refusal("columns_too_many", message))
    if size > ATTRIBUTES_BYTES_MAX:
        raise _ValueRefusedError(_too_large(size))
    return attributes


def _scalar(name: str, value: object) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            message = f"{name} contains a character that cannot be stored."
            raise _ValueRefusedError(_Refusal("text_unreadable", message))
        return value
    if isinstance(value, int | float):
        # Also refuses NaN and infinity.
        if abs(value) <= INTEGER_MAX or (isinstance(value, float) and abs(value) < float("inf")):
            return value
        message = f"{name} is too large a number, or none, and cannot be stored: give it as text."
        raise _ValueRefusedError(_Refusal("attribute_value", message))
    message = f"{name} is a list or an object: it must be text, a number, true, false or null."
    raise _ValueRefusedError(_Refusal("attribute_value", message))


def _mark(ended: list[bool]) -> Iterator[str]:
    """Yields nothing, but records that it was asked, which means that the lines have run out."""
    ended.append(True)
    yield from ()


def _too_large(size_bytes: int) -> _Refusal:
    return _Refusal(
        "attributes_too_large",
        f"The contact's attributes take {size_bytes} bytes; at most {ATTRIBUTES_BYTES_MAX} are "
        "allowed.",
    )


def _size_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _shown(raw: str) -> str:
    bounded = raw.rstrip("\r\n")[:RAW_CHARS_MAX].replace("\x00", "\ufffd")
    return bounded.encode("utf-8", "replace").decode("utf-8")


def _shown_item(item: object) -> str:
    if not isinstance(item, dict):
        return _shown(str(item)) if isinstance(item, str | int | float) else ""
    shallow = {
        str(key)[:RAW_CHARS_MAX]: value[:RAW_CHARS_MAX] if isinstance(value, str) else value
        for key, value in list(item.items())[:KEYS_SHOWN_MAX]
        if isinstance(value, str | int | float | None)
    }
    return _shown(json.dumps(shallow, ensure_ascii=False))
