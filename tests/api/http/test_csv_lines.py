"""Files for people to open in a spreadsheet: nothing in them is a formula there."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as some

from functions.api.http.csv_lines import csv_line

SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "﹢", "﹣", "﹦", "﹫")


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("{}1+1", "'{}1+1"),
        ("  {}1+1", "'  {}1+1"),
        ("\u00a0{}1", "'\u00a0{}1"),
        ('"{}1', "'\"{}1"),
        ("\t{}1", "'\t'{}1"),
        ("ann;{}1", "ann;'{}1"),
        ("ann; {}1;{}2", "ann;' {}1;'{}2"),
        ('ann;"{}1"', 'ann;\'"{}1"'),
        ("ann\n{}1", "ann\n'{}1"),
        ("ann\r\n{}1", "ann\r\n'{}1"),
        ("a{}b", "a{}b"),
        ("a;b{}c", "a;b{}c"),
    ],
)
def test_formula_is_text(cell: str, written: str, sign: str) -> None:
    """Also where semicolons separate cells, and for a sign of double width."""
    ((read,),) = csv.reader(io.StringIO(csv_line([cell.format(sign, sign)]), newline=""))
    assert read == written.format(sign, sign)


@given(
    some.lists(some.text(alphabet=[*SIGNS, *"ab;,\t\r\n \"'"], max_size=12), min_size=1, max_size=3)
)
def test_no_spreadsheet_sees_a_formula(cells: list[str]) -> None:
    """Whether it separates cells at commas, semicolons or tabs."""
    line = csv_line(["x", *cells])
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(line, newline=""), delimiter=delimiter):
            assert not [it for it in row if it.lstrip().startswith(SIGNS)], (delimiter, row)


@pytest.mark.parametrize("cell", ["ann@example.com", "", "a=b", "semi;colon", "'quoted'", "1;2"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    ((read, _),) = csv.reader(io.StringIO(csv_line([cell, "x"])))
    assert read == cell
