"""Reads one workbook, as the program of a process of its own: `workbook_child.py PACKAGES BOUNDS`.

A small file can ask for any amount of memory, for example by two cells far apart, and what parses
it ends the whole process then. So it is read where nothing else is lost, within the bounds that
the system holds this process to.

Protocol: frames of four bytes, the length, and as many bytes. In: the file in any number of frames,
an empty frame, then the index of a sheet. Out: one JSON object with all sheets, then objects with
rows, then one that ends them; or one with the fault instead of any of these.

This module must not import anything of the project: only the standard library is found here, and
the packages in the folder PACKAGES.
"""

import io
import json
import math
import re
import resource
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

FRAME_ROWS = 200
FRAME_CHARS = 64 * 1024
PIECE_BYTES = 64 * 1024
UNPACKED_PIECE_BYTES = 1024 * 1024
WHOLE_MAX = 2**53
"""Larger floating-point numbers are not exact."""

_ARCHIVE = b"PK"
_MANIFEST = "META-INF/manifest.xml"
_ENCRYPTED_XLSX = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED_XLS = re.compile(rb"\x09\x08\x10\x00.{16}\x2f\x00", re.DOTALL)
"""The record of a password follows the first record of the workbook."""

Bounds = dict[str, int]
Row = tuple[int, list[str] | None]
Value = int | float | str | bool | time | date | datetime | timedelta


class _FaultError(Exception):
    """Its message is a `WorkbookFault`."""


def main() -> None:
    packages, packed = sys.argv[1:]
    bounds: Bounds = json.loads(packed)
    _bind(resource.RLIMIT_AS, bounds["memory_bytes_max"], bounds["memory_bytes_max"])
    # At the first limit the system says so, at the second it kills.
    seconds = bounds["processor_seconds_max"]
    _bind(resource.RLIMIT_CPU, seconds, seconds + 1)
    _bind(resource.RLIMIT_CORE, 0, 0)
    sys.path.append(packages)
    target = sys.stdout.buffer
    try:
        answer(sys.stdin.buffer, target, bounds)
    except MemoryError:
        _write(target, {"fault": "too_large"})
    except _FaultError as fault:
        _write(target, {"fault": str(fault)})


def _bind(limit: int, soft: int, hard: int) -> None:
    # Not every system has each limit.
    with suppress(OSError, ValueError):
        resource.setrlimit(limit, (soft, hard))


def answer(source: BinaryIO, target: BinaryIO, bounds: Bounds) -> None:
    """Read one workbook. Raises _FaultError."""
    content = io.BytesIO()
    while piece := _read(source):
        content.write(piece)
    _check(content, bounds["unpacked_bytes_max"])
    workbook = _opened(content)
    content.close()
    sheets = [_Sheet(workbook, index) for index in range(len(workbook.sheet_names))]
    _write(target, {"sheets": [it.sample(bounds) for it in sheets]})
    chosen = int(_read(source))
    for rows in _frames(sheets[chosen].rows(), bounds):
        _write(target, {"rows": rows})
    _write(target, {"end": True})


def _opened(content: io.BytesIO) -> "CalamineWorkbook":
    from python_calamine import CalamineError, CalamineWorkbook

    content.seek(0)
    try:
        return CalamineWorkbook.from_filelike(content)
    except CalamineError:
        raise _FaultError(_why_not(content)) from None


def _check(content: io.BytesIO, unpacked_bytes_max: int) -> None:
    """Raises _FaultError if an archive is too large when it is unpacked, by what it states or by
    what is there."""
    if not _is_archive(content):
        return
    try:
        with zipfile.ZipFile(content) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise _FaultError("damaged") from None
    if sum(it.file_size for it in entries) > unpacked_bytes_max:
        raise _FaultError("too_large")
    room = unpacked_bytes_max
    with content.getbuffer() as packed:
        for entry in entries:
            room -= _unpacked_bytes(packed, entry, room)


def _is_archive(content: io.BytesIO) -> bool:
    content.seek(0)
    return content.read(len(_ARCHIVE)) == _ARCHIVE


def _unpacked_bytes(packed: memoryview, entry: zipfile.ZipInfo, room: int) -> int:
    """Raises _FaultError if there are more than `room`."""
    head = packed[entry.header_offset : entry.header_offset + 30]
    if len(head) < 30:
        raise _FaultError("damaged")
    start = entry.header_offset + 30 + sum(struct.unpack("<HH", head[26:]))
    end = start + entry.compress_size
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        return entry.compress_size
    inflate, size = zlib.decompressobj(-zlib.MAX_WBITS), 0
    for at in range(start, end, PIECE_BYTES):
        piece: bytes | memoryview = packed[at : min(end, at + PIECE_BYTES)]
        while piece:
            try:
                size += len(inflate.decompress(piece, UNPACKED_PIECE_BYTES))
            except zlib.error:
                raise _FaultError("damaged") from None
            if size > room:
                raise _FaultError("too_large")
            piece = inflate.unconsumed_tail
    return size


def _why_not(content: io.BytesIO) -> str:
    """Why the file could not be read."""
    whole = content.getvalue()
    if not _is_archive(content):
        is_locked = _ENCRYPTED_XLSX in whole or _ENCRYPTED_XLS.search(whole)
        return "locked" if is_locked else "damaged"
    with zipfile.ZipFile(content) as archive:
        names = set(archive.namelist())
        if _MANIFEST in names and b"encryption-data" in archive.read(_MANIFEST):
            return "locked"
        if "content.xml" in names or any(it.startswith("xl/") for it in names):
            return "damaged"
    return "no_workbook"


class _Sheet:
    def __init__(self, workbook: "CalamineWorkbook", index: int) -> None:
        self._workbook = workbook
        self._index = index
        self._sheet: CalamineSheet | None = None

    def sample(self, bounds: Bounds) -> dict[str, object]:
        from python_calamine import SheetTypeEnum, SheetVisibleEnum

        about = self._workbook.sheets_metadata[self._index]
        rows: list[Row] = []
        if about.typ is SheetTypeEnum.WorkSheet:
            for line, cells in self.rows():
                rows.append((line, _cut(cells, bounds)))
                if len(rows) == bounds["sample_rows"]:
                    break
        # The only one is not read again.
        if len(self._workbook.sheet_names) > 1:
            self._sheet = None
        is_hidden = about.visible is not SheetVisibleEnum.Visible
        return {"name": about.name, "is_hidden": is_hidden, "rows": rows}

    def rows(self) -> "Iterator[tuple[int, list[str]]]":
        """Rows that are not blank, with their numbers. Raises _FaultError."""
        from python_calamine import CalamineError

        if self._sheet is None:
            try:
                self._sheet = self._workbook.get_sheet_by_index(self._index)
            except CalamineError:
                raise _FaultError("damaged") from None
        start = self._sheet.start
        left = [""] * (start[1] if start is not None else 0)
        for line, values in enumerate(self._sheet.iter_rows(), 1):
            cells = [it if type(it) is str else _text(it) for it in values]
            if any(map(str.strip, cells)):
                yield line, left + cells


def _cut(cells: list[str], bounds: Bounds) -> list[str]:
    return [it[: bounds["sample_cell_chars"]] for it in cells[: bounds["sample_columns"]]]


def _frames(rows: "Iterator[tuple[int, list[str]]]", bounds: Bounds) -> "Iterator[list[Row]]":
    """Rows that are sent together. Raises _FaultError if they have too much text in all."""
    waiting: list[Row] = []
    waiting_chars = all_chars = 0
    for line, cells in rows:
        chars = sum(map(len, cells)) + len(cells)
        all_chars += chars
        if all_chars > bounds["text_chars_max"]:
            raise _FaultError("too_large")
        is_long = chars > bounds["row_chars_max"]
        waiting.append((line, None if is_long else cells))
        waiting_chars += 0 if is_long else chars
        if len(waiting) == FRAME_ROWS or waiting_chars > FRAME_CHARS:
            yield waiting
            waiting, waiting_chars = [], 0
    if waiting:
        yield waiting


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime):
        value = _rounded(value)
        return (value.date() if value.time() == time.min else value).isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    return value.isoformat(timespec="seconds") if isinstance(value, time) else value.isoformat()


def _number(value: float) -> str:
    if not math.isfinite(value):
        return ""
    if value.is_integer() and abs(value) <= WHOLE_MAX:
        return str(int(value))
    # Of 17 digits, the last two are what computing left over.
    return format(Decimal(f"{value:.15g}"), "f")


def _rounded(moment: datetime) -> datetime:
    """To seconds: fractions of days are not exact."""
    with suppress(OverflowError):
        moment += timedelta(milliseconds=500)
    return moment.replace(microsecond=0)


def _duration(value: timedelta) -> str:
    seconds = round(abs(value).total_seconds())
    sign = "-" if value < timedelta(0) else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _read(source: BinaryIO) -> bytes:
    head = source.read(4)
    if len(head) < 4:
        # Whoever asked has gone.
        sys.exit(1)
    return source.read(int.from_bytes(head, "big"))


def _write(target: BinaryIO, document: dict[str, object]) -> None:
    packed = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    target.write(len(packed).to_bytes(4, "big") + packed)
    target.flush()


if __name__ == "__main__":
    main()
