"""Decide for each column of an import whether its numbers have a decimal comma or a decimal point.

1,249 and 1.249 can mean two things, and only the rest of their column shows which. Once that is
known, such a number is rewritten so that it reads as what it means, in comparisons and to people.
Numbers that can mean only one thing stay as they are written: 249,90 goes into e-mails like that.

Invariant: a value changes only if it is ambiguous and its column is decided; a column with numbers
of both kinds is not. Deciding again gives the same result. Pure.
"""

import re
from collections.abc import Mapping
from typing import Literal

from functions.flow.comparison import AMBIGUOUS, NUMBER_CHARS_MAX, as_number
from functions.service.audience.contact_row import Scalar

DecimalMark = Literal[",", "."]

COLUMNS_MAX = 1000
"""Contacts in a JSON list may each have other names."""

_GROUPS = re.compile(r"[+-]?\d{1,3}([.,])\d{3}(?:\1\d{3})+", re.ASCII)


class DecimalMarks:
    """Collects what the values of each column show, row by row."""

    def __init__(self) -> None:
        self._seen: dict[str, set[DecimalMark]] = {}

    def add(self, attributes: Mapping[str, Scalar]) -> None:
        for name, value in attributes.items():
            if isinstance(value, str) and ("," in value or "." in value):
                mark = mark_of(value)
                if mark is not None and (name in self._seen or len(self._seen) < COLUMNS_MAX):
                    self._seen.setdefault(name, set()).add(mark)

    def decided(self) -> dict[str, DecimalMark]:
        """The mark of each column whose numbers show one."""
        return {name: next(iter(seen)) for name, seen in self._seen.items() if len(seen) == 1}


def mark_of(value: str) -> DecimalMark | None:
    """The decimal mark that a number shows; None if it shows none or the value is no number."""
    if len(value) > NUMBER_CHARS_MAX:
        return None
    text = value.strip()
    if AMBIGUOUS.fullmatch(text) or as_number(text) is None:
        return None
    groups = _GROUPS.fullmatch(text)
    if groups is not None:
        return "." if groups[1] == "," else ","
    comma, point = text.rfind(","), text.rfind(".")
    if comma == point:
        return None  # a whole number
    return "," if comma > point else "."


def rewritten(
    attributes: Mapping[str, Scalar], marks: Mapping[str, DecimalMark]
) -> Mapping[str, Scalar]:
    """The attributes with their ambiguous numbers written without doubt."""
    changed = {
        name: _written(value, mark)
        for name, mark in marks.items()
        if isinstance(value := attributes.get(name), str) and AMBIGUOUS.fullmatch(value.strip())
    }
    return {**attributes, **changed} if changed else attributes


def _written(value: str, mark: DecimalMark) -> str:
    return value.replace(mark, ".") if mark in value else re.sub(r"[.,]", "", value)
