"""Workbooks are read within bounds, by a process that takes nothing with it."""

import asyncio
import struct
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from functions.adapters.workbooks import OPEN_MAX, ProcessWorkbooks
from functions.service.audience.ports import (
    SheetRow,
    SheetSample,
    WorkbookBounds,
    WorkbookError,
    WorkbookFault,
)
from harness.fakes.workbooks import ERROR, archive, ods, xlsx, xlsx_of_xml

BOUNDS = WorkbookBounds()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


async def read(
    content: bytes, index: int = 0, bounds: WorkbookBounds = BOUNDS
) -> tuple[list[SheetSample], list[SheetRow]]:
    async with ProcessWorkbooks(bounds).open() as workbook:
        for start in range(0, len(content), 65_536):
            await workbook.write(content[start : start + 65_536])
        sheets = list(await workbook.sheets())
        return sheets, [row async for rows in workbook.rows(index) for row in rows]


def rows_of(content: bytes, index: int = 0) -> list[SheetRow]:
    return asyncio.run(read(content, index))[1]


def fault_of(content: bytes, bounds: WorkbookBounds = BOUNDS) -> WorkbookFault:
    with pytest.raises(WorkbookError) as caught:
        asyncio.run(read(content, bounds=bounds))
    return caught.value.fault


def test_cells_become_the_text_that_a_person_would_write() -> None:
    cells = {
        "Ann": " Ann ",
        "7": 7.0,
        "4915112345678": 4915112345678,
        "4532015112830366": 4532015112830366,
        "100000000000000000000": 1e20,
        "0.3": 0.1 + 0.2,
        "249.9": 249.9,
        "-0.00000125": -1.25e-6,
        "0": -0.0,
        "true": True,
        "false": False,
        "2027-03-04": date(2027, 3, 4),
        "2027-03-05": datetime(2027, 3, 5),  # noqa: DTZ001 (spreadsheets have no offset)
        "2027-03-04T10:30:59": datetime(2027, 3, 4, 10, 30, 59),  # noqa: DTZ001
        "09:05:00": time(9, 5),
        "26:30:00": timedelta(hours=26, minutes=30),
        "": ERROR,
    }
    (row,) = rows_of(xlsx({"A": [list(cells.values())]}))
    assert row.cells is not None
    assert [it.strip() for it in row.cells] == list(cells)


def test_a_formula_is_the_value_that_was_computed_last() -> None:
    xml = '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>A1</f><v>x</v></c></row>'
    assert rows_of(xlsx_of_xml({"A": xml})) == [SheetRow(1, ["2", "x"])]


def test_rows_and_columns_are_counted_as_the_spreadsheet_program_shows_them() -> None:
    """The sheet begins at C5, and a row in between is empty."""
    sheet = {"C5": "email", "D5": "name", "C6": "ann@example.com", "D8": "Bob"}
    assert rows_of(xlsx({"A": sheet})) == [
        SheetRow(5, ["", "", "email", "name"]),
        SheetRow(6, ["", "", "ann@example.com", ""]),
        SheetRow(8, ["", "", "", "Bob"]),
    ]


def test_other_kinds_of_workbooks_are_read_alike() -> None:
    """XLS is told by its content, as the rest; the file begins at C5 too."""
    old = Path(__file__).parent / "fixtures" / "contacts.xls"
    assert rows_of(old.read_bytes()) == [
        SheetRow(5, ["", "", "email", "joined", "phone"]),
        SheetRow(6, ["", "", "ann@example.com", "2027-03-04", "4915112345678"]),
        SheetRow(8, ["", "", "bob@example.com", "", "7"]),
    ]
    assert rows_of(ods([["email"], [""], ["ann@example.com"]])) == [
        SheetRow(1, ["email"]),
        SheetRow(3, ["ann@example.com"]),
    ]


def test_sheets_are_listed_with_their_first_rows() -> None:
    """Long cells are cut there, and only there."""
    long = "x" * 5_000
    rows = [[f"{number}@example.com", long] for number in range(50)]
    content = xlsx({"Empty": [], "Lists": rows, "Notes": [["a"]]}, hidden=["Notes"])
    sheets, all_rows = asyncio.run(read(content, index=1))
    assert [(it.name, it.is_hidden, len(it.rows)) for it in sheets] == [
        ("Empty", False, 0),
        ("Lists", False, BOUNDS.sample_rows),
        ("Notes", True, 1),
    ]
    assert sheets[1].rows[0] == SheetRow(1, ["0@example.com", long[: BOUNDS.sample_cell_chars]])
    assert all_rows == [SheetRow(at, it) for at, it in enumerate(rows, 1)]


FAR_APART = xlsx({"A": {"A1": 1, "XFD1048576": 1}})
SHARED = '<row r="{0}">' + '<c t="s"><v>0</v></c>' * 100 + "</row>"


def bomb() -> bytes:
    """Says what it is: much larger unpacked."""
    return archive({"xl/workbook.xml": b"0" * 3_000_000})


def lying() -> bytes:
    """The same, but states that it is small."""
    content = bytearray(bomb())
    (entry,) = zipfile.ZipFile(BytesIO(content)).infolist()
    assert entry.file_size == 3_000_000
    directory = content.rindex(b"PK\x01\x02")
    for at in (22, directory + 24):
        content[at : at + 4] = struct.pack("<I", 1_000)
    return bytes(content)


def shared_text() -> bytes:
    """A long text that is stored once, and stands in many cells."""
    content = xlsx_of_xml({"A": "".join(SHARED.format(row) for row in range(1, 101))})
    names = zipfile.ZipFile(BytesIO(content))
    files = {it: names.read(it) for it in names.namelist()}
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    files["xl/sharedStrings.xml"] = (
        f'<sst xmlns="{space}"><si><t>{"x" * 1_000}</t></si></sst>'.encode()
    )
    link = (
        b'<Relationship Id="t" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    links = "xl/_rels/workbook.xml.rels"
    files[links] = files[links].replace(b"</Relationships>", link)
    return archive(files)


@pytest.mark.parametrize(
    ("make", "bounds"),
    [
        (bomb, replace(BOUNDS, unpacked_bytes_max=1_000_000)),
        (lying, replace(BOUNDS, unpacked_bytes_max=1_000_000)),
        (shared_text, replace(BOUNDS, text_chars_max=1_000_000)),
        (lambda: FAR_APART, BOUNDS),
    ],
    ids=["unpacked", "unpacked, not as stated", "one text in many cells", "two cells far apart"],
)
def test_a_small_file_that_becomes_large_is_refused(
    make: Callable[[], bytes], bounds: WorkbookBounds
) -> None:
    """And this process has no part in it."""
    content = make()
    assert len(content) < 20_000
    tracemalloc.start()
    assert fault_of(content, bounds) is WorkbookFault.TOO_LARGE
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_a_row_with_too_much_text_comes_without_it() -> None:
    bounds = replace(BOUNDS, row_chars_max=100)
    content = xlsx({"A": [["email"], ["x" * 101], ["ann@example.com"]]})
    _, rows = asyncio.run(read(content, bounds=bounds))
    assert rows == [SheetRow(1, ["email"]), SheetRow(2, None), SheetRow(3, ["ann@example.com"])]


def test_reading_that_takes_too_long_is_ended() -> None:
    """By processor time, so that a busy machine is no reason."""
    content = xlsx_of_xml({"A": "<row>" + "<c><v>1</v></c>" * 1_000_000 + "</row>"})
    bounds = replace(BOUNDS, processor_seconds_max=1)
    assert fault_of(content, bounds) is WorkbookFault.TOO_SLOW


def test_what_cannot_be_read_says_why() -> None:
    whole = xlsx({"A": [["email"]]})
    names = "EncryptedPackage".encode("utf-16-le")
    password = b"\x09\x08\x10\x00" + bytes(16) + b"\x2f\x00\x36\x00"
    manifest = {"content.xml": "", "META-INF/manifest.xml": "<manifest:encryption-data/>"}
    assert fault_of(OLE + bytes(504) + names) is WorkbookFault.LOCKED
    assert fault_of(OLE + bytes(504) + password) is WorkbookFault.LOCKED
    assert fault_of(archive(manifest)) is WorkbookFault.LOCKED
    assert fault_of(OLE + bytes(504)) is WorkbookFault.DAMAGED
    assert fault_of(whole[:-300]) is WorkbookFault.DAMAGED
    assert fault_of(whole[:400] + bytes(50) + whole[450:]) is WorkbookFault.DAMAGED
    assert fault_of(archive({"xl/workbook.xml": "<workbook"})) is WorkbookFault.DAMAGED
    assert fault_of(archive({"word/document.xml": "<w/>"})) is WorkbookFault.NO_WORKBOOK


def test_workbooks_are_refused_while_many_are_open() -> None:
    async def scene() -> None:
        workbooks = ProcessWorkbooks()
        opened = [workbooks.open() for _ in range(OPEN_MAX)]
        for it in opened:
            await it.__aenter__()
        with pytest.raises(WorkbookError) as caught:
            async with workbooks.open():
                pass
        assert caught.value.fault is WorkbookFault.BUSY
        for it in opened:
            await it.__aexit__(None, None, None)
        async with workbooks.open():
            pass

    asyncio.run(scene())


def test_the_process_ends_even_if_nobody_wants_the_rest() -> None:
    """Nor does it matter how much of it there is; the next workbook has its turn."""
    content = xlsx({"A": [[f"{number}@example.com", "x" * 200] for number in range(3_000)]})

    async def some(workbooks: ProcessWorkbooks) -> AsyncIterator[int | None]:
        async with workbooks.open() as workbook:
            await workbook.write(content)
            await workbook.sheets()
            async for _ in workbook.rows(0):
                break
            process = workbook._child
        yield process.returncode

    async def scene() -> list[int | None]:
        workbooks = ProcessWorkbooks()
        return [it for _ in range(2) async for it in some(workbooks)]

    assert asyncio.run(scene()) == [-9, -9]
