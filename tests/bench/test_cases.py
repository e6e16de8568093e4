"""The cases of `make cases`: some of them in short, and what becomes of a wrong answer."""

import pytest

from bench.cases import __main__ as cases
from bench.cases.place import Place
from bench.cases.sheet import Line, Sheet


def test_cases_of_texts_values_and_files_are_right() -> None:
    """A few of them on a fresh system; `make cases` plays all."""
    told: list[Line] = []
    lines = cases.play({"blank", "links", "empty-columns"}, told.append)
    assert [it.text() for it in lines if not it.is_right] == []
    assert {it.case for it in lines} == {"blank", "links", "empty-columns"}
    assert told == lines


def test_wrong_expectation_and_broken_case_are_wrong_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither keeps the other cases from being played."""

    def unequal(_place: Place, sheet: Sheet) -> None:
        sheet.equal("two is three", 2, 3)
        sheet.contains("a word is there", "some words", "word")

    def broken(_place: Place, _sheet: Sheet) -> None:
        raise ValueError("no such door")

    monkeypatch.setattr(cases, "AT_INBOX", {"broken": broken, "unequal": unequal})
    monkeypatch.setattr("sys.argv", ["cases", "--only", "broken,unequal"])
    assert cases.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "WRONG  broken: it can be played to its end; seen: ValueError: no such door",
        "WRONG  unequal: two is three; seen: 2, not 3",
        "right  unequal: a word is there",
        "cases: 1 right, 2 wrong",
    ]
