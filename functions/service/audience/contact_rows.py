"""Contacts read as they stream in: a file of rows (CSV and its kin), or a list of JSON objects.

Invariant: every row that is not blank becomes exactly one `Row` or one `RejectedRow` with the
line it begins at; memory is bounded by one row and one buffer, whatever the file holds; a wrong
row costs itself only, never its neighbours.
Must not know who sent the file, where contacts are kept, or whether an address came before.

Quotes are read strictly: a field that begins with a quote ends with one. So a quote that was
never closed is noticed at the next quoted field, at the latest where a row would be larger than
a row may be, or at the end; then the line it opened at is rejected and reading goes on with the
line after it, instead of losing all that the quote had swallowed.
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
    duplicate_words,
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
"""How much text is searched for the end of a row, which may be large only to be rejected whole."""
ATTRIBUTES_BYTES_MAX = 16 * 1024
REREAD_CHARS_MAX = 64 * 1024 * 1024
"""Text read anew after quotes that were not closed: the bound on what a hostile file can cost."""
RAW_CHARS_MAX = 200
KEYS_SHOWN_MAX = 20
INTEGER_MAX = 2**63 - 1

Scalar = str | int | float | bool | None

# csv stops at 131,072 characters in a field, in the middle of it, and then nothing tells where
# the row ends. The limit is the whole program's; it is only ever raised here. The caps that
# bind are those above.
csv.field_size_limit(max(csv.field_size_limit(), ROW_CHARS_MAX))

_LINE_END = re.compile(r"\r\n|\n|\r")
_SEPARATOR_LINE = re.compile(r"sep=(.)\Z", re.IGNORECASE)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Row(NamedTuple):
    """`line` counts from 1; in a JSON list it is the item's place. File values are strings."""

    line: int
    email: str
    attributes: Mapping[str, Scalar]

    @property
    def email_key(self) -> str:
        """What two rows of the same person have in common."""
        return email_key(self.email)


class RejectedRow(NamedTuple):
    """`words` say what is wrong, for a person; `raw` is the beginning of the row as it came."""

    line: int
    code: str
    words: str
    raw: str


class _Refusal(NamedTuple):
    code: str
    words: str


_QUOTE_UNCLOSED = _Refusal(
    "quote_unclosed",
    "A quote is opened in this row and not closed where a field ends: close it, or double it "
    "if it belongs to the text.",
)
_QUOTE_MISPLACED = _Refusal(
    "quote_misplaced",
    "A field goes on after its closing quote: double the quotes that belong to the text.",
)

_ROW_TOO_LONG = _Refusal(
    "row_too_long",
    f"The row has more than {ROW_CHARS_MAX} characters: no contact is that large.",
)


class RowReader:
    """Feed it the bytes of a file as they come; `close` ends the file.

    Both return the rows that became complete and raise ContactFileError where the file as a
    whole cannot be taken; after that the reader is of no more use. `columns`, `delimiter` and
    `encoding` are known once the first rows are out.
    """

    def __init__(self) -> None:
        self.columns: Columns | None = None
        self.delimiter: str | None = None
        self._decoder = TextDecoder()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._wanted_bytes = BUFFER_BYTES
        self._carry = ""
        """Text from the beginning of the row that is not complete."""
        self._line = 1
        """The number of the line that `_carry` begins with."""
        self._skipping = False
        self._suspect = False
        """Whether the file ever had a character that nothing can store: then rows are searched."""
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
        """The rows that are complete by now, where the rest of the file may not come: what may be
        half a row is left out. Raises ContactFileError."""
        rows: list[Row | RejectedRow] = []
        self._read(rows, final=False, is_enough=True)
        return rows

    def close(self) -> list[Row | RejectedRow]:
        """The last rows. Raises ContactFileError where the file was empty."""
        rows: list[Row | RejectedRow] = []
        self._read(rows, final=True)
        if self.columns is None:
            raise ContactFileError(
                "file_empty", "file", "The file is empty: it needs a row for each contact."
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
        # A \r at the end may be half a line end.
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
        # Waiting for as much again keeps the cost of a long row linear in its length.
        carried = len(self._carry)
        self._wanted_bytes = max(BUFFER_BYTES, min(carried, ROW_CHARS_MAX - carried))

    def _open(self, lines: Sequence[str], *, enough: bool) -> int:
        """Settle the delimiter once; how many lines said so instead of holding contacts."""
        if self.delimiter is not None:
            return 0
        blank = 0
        while blank < len(lines) and not lines[blank].strip():
            blank += 1
        if blank == len(lines):
            return blank  # lines before the first that says anything
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
        """Parse what is complete; the index of the first line that belongs to an open row."""
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
        """Rows from `index` on; where it ended, and whether a row stands open there."""
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
        """A row's cells made into a contact. None for a blank row, and for the header."""
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
        # A row of no more characters than this keeps every cap, even at four bytes a character.
        self._small_chars = max(0, (ATTRIBUTES_BYTES_MAX - names_bytes) // 4)
        return self.columns

    def _check(self, cells: list[str], columns: Columns) -> _Refusal | None:
        """The caps on a row, and characters that cannot be kept. None where all is well."""
        width = len(columns.names)
        if len(cells) > width and any(map(str.strip, cells[width:])):
            return _Refusal(
                "columns_too_many",
                f"The row has {len(cells)} columns and the file {width}: a field that holds the "
                "delimiter must be in quotes.",
            )
        longest = max(map(len, cells), default=0)
        if longest > FIELD_CHARS_MAX:
            return _Refusal(
                "field_too_long",
                f"A field has {longest} characters, {FIELD_CHARS_MAX} is the most.",
            )
        # Characters first: encoding what is sure to be too much would cost for nothing.
        pairs = [(n, c) for n, c in zip(columns.names, cells, strict=False) if n != EMAIL]
        size = sum(len(n) + len(c) for n, c in pairs)
        if size <= ATTRIBUTES_BYTES_MAX:
            size = sum(_size_bytes(name) + _size_bytes(cell) for name, cell in pairs)
        if size > ATTRIBUTES_BYTES_MAX:
            return _too_large(size)
        if self._suspect and any(map(self._decoder.unreadable.search, cells)):
            return _Refusal(
                "text_unreadable",
                f"The row has bytes that are no text in {self.encoding}: save the file as UTF-8.",
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
            raise ContactFileError("header_unreadable", "header", f"First row: {refusal.words}")
        raw = _shown("".join(line[:RAW_CHARS_MAX] for line in row_lines[:RAW_CHARS_MAX]))
        rows.append(RejectedRow(self._line + index, refusal.code, refusal.words, raw))

    def _reject_open_quote(
        self, lines: list[str], index: int, after: int, rows: list[Row | RejectedRow]
    ) -> None:
        """The row at `index` opened a quote that was not closed as it should be by `after`."""
        self._reread_chars += sum(map(len, lines[index + 1 : after]))
        if self._reread_chars > REREAD_CHARS_MAX:
            raise ContactFileError(
                "quotes_broken",
                f"line {self._line + index}",
                "Too many quotes are opened and never closed. Save the file anew as CSV, with "
                "quotes within a field doubled.",
            )
        self._reject(_QUOTE_UNCLOSED, lines[index : index + 1], index, rows)

    def _reject_partial(self, rows: list[Row | RejectedRow]) -> None:
        """One line alone is over the cap: reject it, and let the rest of it go by."""
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
    """The rows of a whole file. Raises ContactFileError, at the latest at the file's end."""
    reader = RowReader()
    for chunk in chunks:
        yield from reader.feed(chunk)
    yield from reader.close()


def parse_contacts_json(items: Iterable[object]) -> Iterator[Row | RejectedRow]:
    """Contacts given as JSON objects, attributes beside the address or under `attributes`.

    Values keep their type: strings, numbers, true, false, null.
    """
    for line, item in enumerate(items, start=1):
        judged = _judge_item(item, line)
        if isinstance(judged, Row):
            yield judged
        else:
            yield RejectedRow(line, judged.code, judged.words, _shown_item(item))


def _judge_item(item: object, line: int) -> Row | _Refusal:
    if not isinstance(item, dict):
        return _Refusal("not_an_object", 'A contact is an object: {"email": "ann@example.com"}.')
    key = only_email_key(item)
    if key is None:
        return _Refusal("address_missing", 'The contact has no "email".')
    typed = item[key]
    if not isinstance(typed, str):
        return _Refusal("address_invalid", "The address is not a text.")
    nested = item.get("attributes", {})
    if not isinstance(nested, dict):
        return _Refusal("attributes_invalid", '"attributes" is an object of names and values.')
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
        super().__init__(refusal.words)
        self.refusal = refusal


def _typed_attributes(pairs: Iterable[tuple[str, object]]) -> dict[str, Scalar]:
    attributes: dict[str, Scalar] = {}
    size = 0
    for typed, value in pairs:
        name = attribute_name(typed)
        if name in attributes or name == EMAIL:
            raise AttributeNameError(duplicate_words("attributes", name))
        attributes[name] = _scalar(name, value)
        size += _size_bytes(name) + _size_bytes(str(value))
        if len(attributes) >= COLUMNS_MAX:
            words = f"The contact has more than {COLUMNS_MAX - 1} attributes."
            raise _ValueRefusedError(_Refusal("columns_too_many", words))
    if size > ATTRIBUTES_BYTES_MAX:
        raise _ValueRefusedError(_too_large(size))
    return attributes


def _scalar(name: str, value: object) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            words = f"{name} has a character in it that cannot be kept."
            raise _ValueRefusedError(_Refusal("text_unreadable", words))
        return value
    if isinstance(value, int | float):
        # Also refuses what is no number (NaN) and what is endless.
        if abs(value) <= INTEGER_MAX or (isinstance(value, float) and abs(value) < float("inf")):
            return value
        words = f"{name} is no number that can be kept (too large, or none): give it as a text."
        raise _ValueRefusedError(_Refusal("attribute_value", words))
    words = f"{name} is a list or an object: a value is a text, a number, true, false or null."
    raise _ValueRefusedError(_Refusal("attribute_value", words))


def _mark(ended: list[bool]) -> Iterator[str]:
    """Yields nothing; notes that it was asked, which is to say that the lines had run out."""
    ended.append(True)
    yield from ()


def _too_large(size_bytes: int) -> _Refusal:
    return _Refusal(
        "attributes_too_large",
        f"The contact's attributes take {size_bytes} bytes, {ATTRIBUTES_BYTES_MAX} is the most.",
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
