"""What a filter costs, from its name and its operands.

Role: charge for a filter before it runs.
Invariant: each filter is charged for the size of its input and of each argument. Those with a cost
that grows faster, or that make more than they take, are charged for that as well.
It must not know what filters return, except how long it may be.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from liquid.exceptions import FilterArgumentError

from functions.mail.budget import ITEM_CHARS, Budget

DATE_PATTERN_CHARS_MAX = 200
"""The C library pads a date to any width; Python gives it 256 characters per one of the pattern."""

CALCULATING = frozenset(
    (
        *("abs", "at_least", "at_most", "ceil", "divided_by", "floor"),
        *("minus", "modulo", "plus", "round", "times"),
    )
)
"""Filters that read their operands as numbers."""

_FLAT_STEPS = 4


@dataclass(frozen=True, slots=True)
class _Operands:
    """`size` is that of the input `left`, `sizes` are those of the `arguments`, in characters."""

    left: object
    size: int
    arguments: Sequence[object]
    sizes: Sequence[int]

    @property
    def items(self) -> int:
        return len(self.left) if isinstance(self.left, list | tuple | range | dict) else 1

    @property
    def text(self) -> str:
        return _text(self.left)

    def argument_size(self, number: int) -> int:
        return self.sizes[number] if number < len(self.sizes) else 0

    @property
    def found(self) -> int:
        """How often the first argument is in the text."""
        return self.text.count(_text(self.arguments[0])) if self.arguments else 0


def charge_filter(budget: Budget, name: str, left: object, arguments: Sequence[object]) -> None:
    """Raises ResourceLimitError, also if the result would be too long to keep."""
    size = budget.charge_value(left)
    budget.charge(_FLAT_STEPS + size * _STEPS_PER_100_CHARS.get(name, 0) // 100)
    special = _SPECIAL.get(name)
    if special is not None:
        sizes = [budget.charge_value(each) for each in arguments]
        special(budget, _Operands(left, size, arguments, sizes))
        return
    for each in arguments:
        budget.charge_value(each)


def _charge_replace(budget: Budget, it: _Operands) -> None:
    budget.charge_search(2 * it.size, it.argument_size(0))
    budget.charge_chars(it.size + it.found * it.argument_size(1))


def _charge_search_from_end(budget: Budget, it: _Operands) -> None:
    budget.charge_product(it.size, 1 + it.argument_size(0))


def _charge_split(budget: Budget, it: _Operands) -> None:
    budget.charge_search(2 * it.size, it.argument_size(0))
    budget.charge_chars(it.size + ITEM_CHARS * (1 + it.found))


def _charge_join(budget: Budget, it: _Operands) -> None:
    budget.charge_chars(it.size + it.items * it.argument_size(0))


def _charge_sort(budget: Budget, it: _Operands) -> None:
    budget.charge_product(it.items * 200 + it.size, it.items.bit_length())
    if it.arguments:
        _charge_keys(budget, it)


def _charge_keys(budget: Budget, it: _Operands) -> None:
    """For a look at a property of each item; that of a text is a search in it."""
    budget.charge(it.items)
    budget.charge_search(it.size, it.argument_size(0))
    budget.charge_product(it.items, it.argument_size(1))


def _charge_pairs(budget: Budget, it: _Operands) -> None:
    """For comparing each item with all those before it."""
    budget.charge_product(it.items * 30 + it.size, it.items)


def _charge_markup(budget: Budget, it: _Operands) -> None:
    """For reading HTML, in which the end of each tag may be looked for to the end."""
    budget.charge_product(it.size, it.text.count("<"))


def _charge_date(budget: Budget, it: _Operands) -> None:
    budget.charge(10)
    if it.argument_size(0) > DATE_PATTERN_CHARS_MAX:
        raise FilterArgumentError(
            f"the pattern of a date may have at most {DATE_PATTERN_CHARS_MAX} characters",
            token=None,
        )


_STEPS_PER_100_CHARS: Mapping[str, int] = {
    **dict.fromkeys((*CALCULATING, "sum"), 10),
    "escape_once": 10,
    "newline_to_br": 5,
    "squish": 5,
    "strip_newlines": 10,
    "url_decode": 15,
    "url_encode": 15,
}
"""Of filters that take longer per character than others."""

_SPECIAL: Mapping[str, Callable[[Budget, _Operands], None]] = {
    **dict.fromkeys(("remove", "remove_first", "replace", "replace_first"), _charge_replace),
    **dict.fromkeys(("remove_last", "replace_last"), _charge_search_from_end),
    **dict.fromkeys(("compact", "find", "find_index", "has"), _charge_keys),
    **dict.fromkeys(("map", "reject", "sum", "where"), _charge_keys),
    **dict.fromkeys(("sort", "sort_natural"), _charge_sort),
    "date": _charge_date,
    "join": _charge_join,
    "split": _charge_split,
    "strip_html": _charge_markup,
    "uniq": _charge_pairs,
}


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value)
