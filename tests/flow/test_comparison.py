"""The one rule of comparing: what reads as a number, what is equal, what is greater."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.flow.comparison import are_equal, as_number, exact, folded, order

NUMBERS: list[tuple[object, str]] = [
    (12, "12"),
    (0.1, "0.1"),
    (1e22, "1E+22"),
    ("12", "12"),
    (" -3 ", "-3"),
    ("+0.5", "0.5"),
    (".5", "0.5"),
    ("5.", "5"),
    ("12345678901234567891", "12345678901234567891"),
    # a decimal comma, with and without groups
    ("249,90", "249.90"),
    ("12,5", "12.5"),
    ("0,125", "0.125"),
    ("1234,567", "1234.567"),
    ("1.249,00", "1249.00"),
    ("1.234.567,8", "1234567.8"),
    ("1.234.567", "1234567"),
    # groups with commas
    ("1,249.50", "1249.50"),
    ("-1,234,567", "-1234567"),
    ("1,234,567.5", "1234567.5"),
]

NO_NUMBERS: list[object] = [
    *("", " ", "x", "007", "00", "1e3", "1_000", "0x10", "Nan", "infinity", "12 €", "1-2", "१२"),
    # thousands to one reader, three decimal places to another
    *("1,249", "-12,500", "999,000"),
    # groups that are none
    *("1.24,5", "12,34.5", "1,2,3", "1.249.00", "0,125.5", "01,5", ",5", "1,"),
    "9" * 65,
    True,
    None,
    float("nan"),
    float("inf"),
    [1],
]


@pytest.mark.parametrize(("value", "expected"), NUMBERS)
def test_reads_as_a_number(value: object, expected: str) -> None:
    """Exactly, and only if it can mean nothing else."""
    assert as_number(value) == Decimal(expected)


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_is_no_number(value: object) -> None:
    """Codes, names of numbers, and numbers that could mean two things."""
    assert as_number(value) is None


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("10", 10, True),
        ("10.0", 10, True),
        ("249,90", 249.9, True),
        ("10", "10.0", False),
        ("007", 7, False),
        ("1e3", 1000, False),
        ("7", "7", True),
        ("Pro", "pro", False),
        (True, "True", True),
        ("false", False, True),
        (False, "no", False),
        (True, 1, False),
        (0, False, False),
        ([1], [1], True),
        ("1", [1], False),
    ],
)
def test_equal(left: object, right: object, expected: bool) -> None:
    """Text is a number only beside a number."""
    assert are_equal(left, right, exact) is expected
    assert are_equal(right, left, exact) is expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("9", "10", -1),
        ("12", 3, 1),
        ("10", "10.0", 0),
        ("1.249,00", 100, 1),
        ("007", "1", None),
        ("007", "01", -1),
        ("unknown", 100, None),
        ("2026-03-01", "2026-12-01", -1),
        (True, 0, None),
        (True, False, None),
        (None, None, None),
        ([1], 0, None),
    ],
)
def test_order(left: object, right: object, expected: int | None) -> None:
    """Numbers if both sides are numbers, text if neither is, otherwise nothing."""
    assert order(left, right, exact) == expected
    assert order(right, left, exact) == (None if expected is None else -expected)


def test_spelling_applies_to_text_only() -> None:
    """Conditions ignore case, templates do not."""
    assert are_equal("Pro", " pro", folded)
    assert order("B", "a", folded) == 1
    assert order("B", "a", exact) == -1


values = st.one_of(
    st.text(max_size=8),
    st.text("0123456789.,+-", max_size=10),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.lists(st.integers(), max_size=2),
)


@given(values, values)
def test_comparing_never_raises_and_agrees_with_itself(left: object, right: object) -> None:
    """Of two values that compare, one is greater or neither is, whichever is asked first."""
    sign, back = order(left, right, folded), order(right, left, folded)
    assert back == (None if sign is None else -sign)
    assert are_equal(left, right, folded) == are_equal(right, left, folded)
