"""Lines of CSV files for people to download and open in a spreadsheet."""

import csv
import io
import re
import unicodedata
from collections.abc import Sequence

_FORMULA_STARTS = "=+-@"
_SIGNS = _FORMULA_STARTS + "".join(
    it for it in map(chr, range(0xFE50, 0xFFF0)) if unicodedata.normalize("NFKC", it) in "=+-@"
)
"""Also in small and full-width forms, which spreadsheets may read alike."""
_BETWEEN = r"""(?:[^\S\t\r\n]|")*"""
_FORMULA = re.compile(rf"^(?=[\t\r\n])|(^|[;\t\r\n])({_BETWEEN})(?=[{re.escape(_SIGNS)}])")


def csv_line(cells: Sequence[str]) -> str:
    """One row, with its line end. What a spreadsheet would take for a formula gets a quote in
    front, which makes it text. Where people write decimal commas, a spreadsheet separates cells at
    semicolons, so a formula may begin behind one."""
    written = io.StringIO()
    csv.writer(written).writerow([_neutral(cell) for cell in cells])
    return written.getvalue()


def _neutral(cell: str) -> str:
    return _FORMULA.sub(r"\1'\2", cell)
