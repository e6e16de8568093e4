"""Small workbooks, written by hand: what spreadsheet programs save, without such a program."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from xml.sax.saxutils import escape

DAY_ZERO = date(1899, 12, 30)
ERROR = object()
"""A cell with #N/A."""

Sheet = Sequence[Sequence[object]] | Mapping[str, object]
"""Rows from the first cell on, or cells by their place, such as C5."""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_HIDDEN = ' state="hidden"'
_DATE, _MOMENT, _TIME, _DURATION = 1, 2, 3, 4
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode='
    '"[h]:mm:ss"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/>'
    '<xf numFmtId="20"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)


def xlsx(sheets: Mapping[str, Sheet], *, hidden: Sequence[str] = ()) -> bytes:
    """`sheets`: by name. `hidden`: the names of those that are not shown."""
    return xlsx_of_xml({it: _sheet(sheet) for it, sheet in sheets.items()}, hidden=hidden)


def xlsx_of_xml(sheets: Mapping[str, str], *, hidden: Sequence[str] = ()) -> bytes:
    """`sheets`: the rows of each, as XML."""
    names = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="r{number}"'
        f"{_HIDDEN if name in hidden else ''}/>"
        for number, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="r{number}" Type="{_RELATIONS}/worksheet" '
        f'Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    files = {
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="w" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{names}'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{links}<Relationship '
        f'Id="s" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
    }
    for number, rows in enumerate(sheets.values(), 1):
        files[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        )
    return archive(files)


def ods(rows: Sequence[Sequence[str]], *, name: str = "Sheet1") -> bytes:
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(it)}</text:p>'
            "</table:table-cell>"
            for it in row
        )
        + "</table:table-row>"
        for row in rows
    )
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{space}manifest:1.0"/>',
            "content.xml": f'<office:document-content xmlns:office="{space}office:1.0" '
            f'xmlns:table="{space}table:1.0" xmlns:text="{space}text:1.0"><office:body>'
            f'<office:spreadsheet><table:table table:name="{name}">{cells}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def archive(files: Mapping[str, str | bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as written:
        for name, text in files.items():
            written.writestr(name, text)
    return content.getvalue()


def _sheet(sheet: Sheet) -> str:
    if isinstance(sheet, Mapping):
        rows: dict[int, list[str]] = {}
        for place, cell in sheet.items():
            row = int(place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
            rows.setdefault(row, []).append(_cell(place, cell))
    else:
        rows = {
            row: [_cell(f"{_column_name(at)}{row}", it) for at, it in enumerate(cells)]
            for row, cells in enumerate(sheet, 1)
        }
    return "".join(f'<row r="{row}">{"".join(it)}</row>' for row, it in rows.items())


def _column_name(position: int) -> str:
    before, last = divmod(position, 26)
    return (_column_name(before - 1) if before else "") + chr(ord("A") + last)


def _cell(place: str, cell: object) -> str:
    if cell is None:
        return ""
    if cell is ERROR:
        return f'<c r="{place}" t="e"><v>#N/A</v></c>'
    if isinstance(cell, str):
        text = f'<t xml:space="preserve">{escape(cell)}</t>'
        return f'<c r="{place}" t="inlineStr"><is>{text}</is></c>'
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, datetime):
        return _days(place, (cell.date() - DAY_ZERO) + _since_midnight(cell.time()), _MOMENT)
    if isinstance(cell, date):
        return _days(place, cell - DAY_ZERO, _DATE)
    if isinstance(cell, time):
        return _days(place, _since_midnight(cell), _TIME)
    if isinstance(cell, timedelta):
        return _days(place, cell, _DURATION)
    return f'<c r="{place}"><v>{cell!r}</v></c>'


def _days(place: str, since: timedelta, style: int) -> str:
    return f'<c r="{place}" s="{style}"><v>{since / timedelta(days=1)!r}</v></c>'


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)
