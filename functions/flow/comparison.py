"""How two values compare: the one rule of condition nodes and of templates.

Role: read a value as a number, and say whether two values are equal or which is greater.
Invariant: nothing here raises. Values that do not compare are not equal, and neither is greater.
This module must not know where the values come from, nor what a missing value means.

Files of contacts hold only text. So an order compares numbers if both sides read as numbers, and
text otherwise. Equality compares numbers only if one side is a number and not text: the codes "10"
and "10.0" differ. Codes such as 007 and 1e3 are text. A decimal comma is read, unless the number
could mean two things: 1,249 is text. An import rewrites such numbers if the rest of their column
shows what they mean (`functions.service.audience.decimal_marks`).
"""

import re
from collections.abc import Callable
from decimal import Decimal
from math import isfinite

NUMBER_CHARS_MAX = 64
"""Longer texts are not read as numbers."""

AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
"""Thousands to one reader, three decimal places to another."""

_POINT = re.compile(r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)", re.ASCII)
_COMMA = re.compile(r"[+-]?(?:0|[1-9]\d*),\d+", re.ASCII)
_GROUPED_POINT = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+|(?<=,\d{3},\d{3}))", re.ASCII)
_GROUPED_COMMA = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+|(?<=\.\d{3}\.\d{3}))", re.ASCII)

Spelling = Callable[[str], str]
"""Texts are equal, or in order, as this function spells them."""

Number = int | Decimal


def folded(text: str) -> str:
    """Without regard to case and outer blanks."""
    return text.strip().casefold()


def exact(text: str) -> str:
    return text


def as_number(value: object) -> Number | None:
    """The number that a value is or reads as, exactly; None if it does neither."""
    if isinstance(value, str):
        return _read(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return Decimal(repr(value)) if isfinite(value) else None
    return value if isinstance(value, int | Decimal) else None


def are_equal(left: object, right: object, spelling: Spelling) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return spelling(left) == spelling(right)
    if isinstance(left, bool) or isinstance(right, bool):
        truth = _truth(left)
        return truth is not None and truth == _truth(right)
    if isinstance(left, str | int | float | Decimal):
        number = as_number(left)
        return number is not None and number == as_number(right)
    return bool(left == right)


def order(left: object, right: object, spelling: Spelling) -> int | None:
    """Return 1, 0 or -1 if `left` is greater than, equal to or less than `right`; None if they do
    not compare, because only one is a number or one is neither number nor text."""
    left_number, right_number = as_number(left), as_number(right)
    if left_number is not None and right_number is not None:
        return (left_number > right_number) - (left_number < right_number)
    if left_number is not None or right_number is not None:
        return None
    if isinstance(left, str) and isinstance(right, str):
        left_text, right_text = spelling(left), spelling(right)
        return (left_text > right_text) - (left_text < right_text)
    return None


def _truth(value: object) -> bool | None:
    """True and false, which files of contacts write as text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(folded(value))
    return None


def _read(text: str) -> Number | None:
    if len(text) > NUMBER_CHARS_MAX:
        return None
    text = text.strip()
    if _POINT.fullmatch(text):
        return Decimal(text)
    if "," not in text and text.count(".") < 2:
        return None
    if _COMMA.fullmatch(text):
        return None if AMBIGUOUS.fullmatch(text) else Decimal(text.replace(",", "."))
    if _GROUPED_COMMA.fullmatch(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if _GROUPED_POINT.fullmatch(text):
        return Decimal(text.replace(",", ""))
    return None
