"""Lines of CSV files for people to download and open in a spreadsheet."""

import csv
import io
from collections.abc import Sequence

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_line(cells: Sequence[str]) -> str:
    """One row, with its line end. A cell that a spreadsheet would take for a formula gets a quote
    in front, which makes it text."""
    written = io.StringIO()
    csv.writer(written).writerow([_neutral(cell) for cell in cells])
    return written.getvalue()


def _neutral(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell
