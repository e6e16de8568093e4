"""Judge the rows of a file: each becomes a contact, is rejected with a reason, or is left out.

Role: what follows once a row is a list of cells, whatever kind of file it comes from.
Invariant: every row that is not blank becomes exactly one `Row` or `RejectedRow`, or is counted in
a note: the header repeated, lines below the last contact. A wrong row never affects its neighbours.
A file that has little but such rows is given up (`row_tally`).
This module must not know how files are cut into rows, nor whether an address is known.
"""

import re

from functions.mail.address import AddressError, normalised
from functions.service.audience.address_cells import is_address, read_address
from functions.service.audience.contact_columns import EMAIL, Columns
from functions.service.audience.contact_row import (
    ATTRIBUTES_BYTES_MAX,
    FIELD_CHARS_MAX,
    ROW_CHARS_MAX,
    Refusal,
    RejectedRow,
    Row,
    size_bytes,
    too_large,
)
from functions.service.audience.import_policy import ContactFileError, Notes
from functions.service.audience.row_tally import RowTally

FOOTER_LINES_MAX = 50

ROW_TOO_LONG = Refusal(
    "row_too_long",
    f"The row has more than {ROW_CHARS_MAX} characters: a contact must be smaller.",
)

_FOOTER = "footer"


class RowJudge:
    """Knows the columns from `begin` on. `is_padded`: values may have blanks around them."""

    def __init__(self, *, first_of_several: bool, too_wide: str) -> None:
        """`first_of_several`: take the first address of a cell with several. `too_wide`: what to do
        about a row with more columns than the file."""
        self.columns: Columns | None = None
        self.notes = Notes()
        self.tally = RowTally()
        self.footer: list[RejectedRow] = []
        """Rows that are a footer, unless a contact follows."""
        self.is_padded = True
        self._first_of_several = first_of_several
        self._too_wide = too_wide
        self._unreadable: re.Pattern[str] | None = None
        self._encoding = ""
        self._small_chars = 0

    def begin(self, columns: Columns) -> None:
        self.columns = columns
        names_bytes = sum(len(name.encode()) for name in columns.names)
        # A row with no more characters than this is within all limits, even if each takes four
        # bytes.
        self._small_chars = max(0, (ATTRIBUTES_BYTES_MAX - names_bytes) // 4)

    def suspect(self, unreadable: re.Pattern[str], encoding: str) -> None:
        """From here on, rows are searched for characters that could not be read."""
        self._unreadable, self._encoding = unreadable, encoding

    def judge(self, cells: list[str], line: int, chars: int) -> Row | Refusal | None:
        """Turn the cells of a row into a contact. None for a row that is left out. `chars`: at
        least as many as the cells have."""
        columns = self.columns
        assert columns is not None
        if self.is_padded:
            cells = list(map(str.strip, cells))
        if chars > self._small_chars or len(cells) > len(columns.names) or self._unreadable:
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

    def accept(self, row: Row, rows: list[Row | RejectedRow]) -> None:
        if self.footer:
            self._end_footer(rows)
        rows.append(row)
        self.tally.accepted += 1

    def refuse(self, refusal: Refusal, line: int, raw: str, rows: list[Row | RejectedRow]) -> None:
        """`raw`: the beginning of the row. Raises ContactFileError if there are too many."""
        if self.columns is None:
            raise ContactFileError("header_unreadable", "header", f"First row: {refusal.message}")
        self.tally.count_refused()
        if refusal.code == _FOOTER:
            self.footer.append(RejectedRow(line, "address_missing", refusal.message, raw))
            if len(self.footer) > FOOTER_LINES_MAX:
                self._end_footer(rows)
            return
        self._end_footer(rows)
        rows.append(RejectedRow(line, refusal.code, refusal.message, raw))

    def note_titles(self, line: int, count: int) -> None:
        """`count`: how many lines that are not blank stand above the header."""
        if count:
            self.notes.add("title", line, "Lines above the header were left out.", count)

    def finish(self) -> None:
        """The file has ended. Raises ContactFileError if it was empty."""
        if self.footer:
            line, count = self.footer[0].line, len(self.footer)
            self.notes.add("footer", line, "Lines below the last contact were left out.", count)
        if self.columns is None:
            raise ContactFileError(
                "file_empty", "file", "The file is empty: it must have one row per contact."
            )

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
                    self.notes.add("other_address_taken", line, message)
                    break
        try:
            address, notes = read_address(typed, first_of_several=self._first_of_several)
        except AddressError as wrong:
            if self._is_header(cells):
                self.notes.add("header_repeated", line, "The header is repeated; left out.")
                return None
            if _is_footer(cells, columns):
                return Refusal(_FOOTER, str(wrong))
            return Refusal("address_invalid" if typed.strip() else "address_missing", str(wrong))
        for note in notes:
            self.notes.add(note.code, line, note.message)
        return Row(line, address, attributes)

    def _is_header(self, cells: list[str]) -> bool:
        assert self.columns is not None
        header = self.columns.header
        return len(cells) == len(header) and all(
            cell.strip() == typed.strip() for cell, typed in zip(cells, header, strict=True)
        )

    def _check(self, cells: list[str], columns: Columns) -> Refusal | None:
        """Check the limits of a row, and for unreadable characters. None if it is valid."""
        width = len(columns.names)
        if len(cells) > width and any(map(str.strip, cells[width:])):
            return Refusal(
                "columns_too_many",
                f"The row has {len(cells)} columns and the file {width}: {self._too_wide}.",
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
        if self._unreadable and any(map(self._unreadable.search, cells)):
            return Refusal(
                "text_unreadable",
                f"The row has bytes that are not valid {self._encoding}: save the file as UTF-8.",
            )
        return None

    def _end_footer(self, rows: list[Row | RejectedRow]) -> None:
        """What looked like a footer is none."""
        rows += self.footer
        self.footer.clear()


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
