"""Read contacts from the rows of a workbook: choose the sheet, find the table, judge the rows.

Invariant: every row that is not blank is judged (`row_judge`) with its number in the sheet. Among
sheets with contents, the only one with addresses is read; if there are several, a person chooses.
Memory is bounded by the sample and the rows that are taken at once.
This module must not know how workbooks are read, nor where contacts are stored.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

from functions.service.audience.address_cells import is_address
from functions.service.audience.contact_columns import Columns
from functions.service.audience.contact_row import RAW_CHARS_MAX, RejectedRow, Row, shown
from functions.service.audience.contact_table import LABEL_CHARS_MAX, SampleRow, find_table
from functions.service.audience.import_policy import (
    Choice,
    ContactFileError,
    FileReading,
    ImportPolicy,
    Question,
)
from functions.service.audience.ports import SheetRow, SheetSample, WorkbookBounds, WorkbookFault
from functions.service.audience.row_judge import ROW_TOO_LONG, RowJudge

NAMES_SHOWN_MAX = 10

_TOO_WIDE = "remove what is in the other columns, or name them in the header"
_SAVE_AS_CSV = "Save the sheet as CSV, in UTF-8, and send that."
_UNPACKED_MB = WorkbookBounds().unpacked_bytes_max // (1024 * 1024)
_FAULTS: Mapping[WorkbookFault, tuple[str, str]] = {
    WorkbookFault.DAMAGED: (
        "workbook_damaged",
        "The workbook is damaged and cannot be read: open it in your spreadsheet program, save it "
        "again, and send that.",
    ),
    WorkbookFault.NO_WORKBOOK: (
        "file_is_archive",
        "This is an archive or another document, not a workbook: send an XLSX, XLSM, XLSB, XLS or "
        "ODS file, or CSV.",
    ),
    WorkbookFault.LOCKED: (
        "workbook_locked",
        "The workbook is protected by a password: save it without one, and send that.",
    ),
    WorkbookFault.TOO_LARGE: (
        "workbook_too_large",
        "The workbook is too large: a sheet may have about two million cells, from the first to "
        f"the last that is filled, and all sheets {_UNPACKED_MB} MB in all. {_SAVE_AS_CSV}",
    ),
    WorkbookFault.TOO_SLOW: (
        "workbook_too_large",
        f"Reading the workbook takes too long. {_SAVE_AS_CSV}",
    ),
}


def workbook_error(fault: WorkbookFault) -> ContactFileError:
    """`fault`: any but BUSY."""
    code, message = _FAULTS[fault]
    return ContactFileError(code, "file", message)


def check_policy(policy: ImportPolicy, *, is_workbook: bool) -> None:
    """Raises ContactFileError if the policy says what a file of this kind does not have."""
    if not is_workbook:
        if policy.sheet is not None:
            message = "The file is text and has no sheets: leave sheet out."
            raise ContactFileError("sheet_unknown", "sheet", message)
        return
    for field in ("encoding", "delimiter"):
        if getattr(policy, field) is not None:
            message = f"A workbook has no {field}, other than a CSV file: leave {field} out."
            raise ContactFileError("not_in_workbooks", field, message)


class SheetReader:
    """`open` chooses the sheet; then `take` its rows, and `close`, or `pause` before the last.

    All return rows that are judged, and raise ContactFileError if the whole file is refused; the
    reader cannot be used after that. `columns` are known once the first rows have been returned.
    """

    def __init__(self, policy: ImportPolicy, *, first_of_several: bool = True) -> None:
        """`first_of_several`: take the first address of a cell with several."""
        self.is_part = False
        self._policy = policy
        self._judge = RowJudge(first_of_several=first_of_several, too_wide=_TOO_WIDE)
        self._sheet = ""
        self._sheets: tuple[Choice, ...] = ()
        self._header_line: int | None = None
        self._questions: list[Question] = []
        self._waiting: list[SheetRow] = []

    @property
    def columns(self) -> Columns | None:
        return self._judge.columns

    @property
    def questions(self) -> tuple[Question, ...]:
        """What the rows so far leave open. The rows are read as the questions propose."""
        return tuple(self._questions)

    def reading(self) -> FileReading | None:
        """How the file was read; None before the first rows."""
        columns = self.columns
        if columns is None:
            return None
        policy = replace(
            self._policy,
            sheet=self._sheet,
            header_line=self._header_line or 0,
            address_column=columns.email_index + 1,
        )
        return FileReading(policy, self.questions, self._judge.notes.all(), sheets=self._sheets)

    def open(self, samples: Sequence[SheetSample]) -> int:
        """The index of the sheet to read. Raises ContactFileError."""
        filled = [it for it in samples if it.rows]
        if not filled:
            raise ContactFileError(
                "file_empty", "file", "The workbook is empty: it must have one row per contact."
            )
        self._sheets = tuple(Choice(it.name, _label(it)) for it in filled)
        sheet = self._named(samples) if self._policy.sheet is not None else self._found(filled)
        self._sheet = sheet.name
        others = [it.name for it in filled if it is not sheet]
        if others:
            message = f"Only the sheet {sheet.name} is read, and not {_listed(others)}."
            line = sheet.rows[0].line if sheet.rows else 1
            self._judge.notes.add("other_sheets", line, message)
        return samples.index(sheet)

    def take(self, rows: Sequence[SheetRow]) -> list[Row | RejectedRow]:
        judged: list[Row | RejectedRow] = []
        if self.columns is None:
            self._waiting += rows
            if len(self._waiting) >= WorkbookBounds().sample_rows:
                self._begin(judged)
        else:
            self._add(rows, judged)
        return judged

    def pause(self) -> list[Row | RejectedRow]:
        """The rows so far, for a caller that does not read the rest of the sheet."""
        self.is_part = True
        judged: list[Row | RejectedRow] = []
        if self.columns is None:
            self._begin(judged)
        return judged

    def close(self) -> list[Row | RejectedRow]:
        """The last rows."""
        judged: list[Row | RejectedRow] = []
        if self.columns is None and self._waiting:
            self._begin(judged)
        self._judge.finish()
        return judged

    def _named(self, samples: Sequence[SheetSample]) -> SheetSample:
        wanted = self._policy.sheet or ""
        for spelled in (str, str.casefold):
            for sample in samples:
                if spelled(sample.name) == spelled(wanted):
                    return sample
        names = _listed([it.name for it in samples])
        message = f"There is no sheet {wanted}: the workbook has {names}."
        raise ContactFileError("sheet_unknown", "sheet", message)

    def _found(self, filled: Sequence[SheetSample]) -> SheetSample:
        """The sheet to read, or to propose. A hidden sheet is one only if no other has contents."""
        seen = [it for it in filled if not it.is_hidden] or filled
        of_contacts = [it for it in seen if _has_addresses(it)]
        if len(of_contacts) > 1:
            self._questions.append(_which_sheet(of_contacts))
        return (of_contacts or seen)[0]

    def _begin(self, judged: list[Row | RejectedRow]) -> None:
        sample = [
            SampleRow(row.line, at + 1, row.cells)
            for at, row in enumerate(self._waiting[: WorkbookBounds().sample_rows])
            if row.cells is not None
        ]
        if not sample:
            raise ContactFileError("header_unreadable", "header", ROW_TOO_LONG.message)
        table = find_table(sample, self._policy)
        self._judge.begin(table.columns)
        self._judge.note_titles(sample[0].line, table.title_lines)
        self._header_line = table.header_line
        self._questions += table.questions
        self._add(self._waiting[table.first_index :], judged)
        self._waiting.clear()

    def _add(self, rows: Sequence[SheetRow], judged: list[Row | RejectedRow]) -> None:
        for line, cells in rows:
            if cells is None:
                self._judge.refuse(ROW_TOO_LONG, line, "", judged)
                continue
            chars = sum(map(len, cells)) + len(cells)
            found = self._judge.judge(cells, line, chars)
            if isinstance(found, Row):
                self._judge.accept(found, judged)
            elif found is not None:
                self._judge.refuse(found, line, _raw(cells), judged)


def _has_addresses(sample: SheetSample) -> bool:
    return any(is_address(cell) for row in sample.rows for cell in row.cells or ())


def _label(sample: SheetSample) -> str:
    """The first row, for people."""
    cells = (it.strip() for it in sample.rows[0].cells or ())
    return ", ".join(it for it in cells if it)[:LABEL_CHARS_MAX]


def _which_sheet(samples: Sequence[SheetSample]) -> Question:
    names = [it.name for it in samples]
    return Question(
        code="sheet_doubtful",
        field="sheet",
        message=f"Several sheets have addresses: {_listed(names)}. Say which one to read.",
        choices=tuple(Choice(it.name, _label(it)) for it in samples),
        proposed=names[0],
    )


def _listed(names: Sequence[str]) -> str:
    more = ", …" if len(names) > NAMES_SHOWN_MAX else ""
    return ", ".join(names[:NAMES_SHOWN_MAX]) + more


def _raw(cells: Sequence[str]) -> str:
    """The beginning of the row, as CSV."""
    line = io.StringIO()
    csv.writer(line).writerow([it[:RAW_CHARS_MAX] for it in cells[:RAW_CHARS_MAX]])
    return shown(line.getvalue())
