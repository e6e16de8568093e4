"""Expressions that charge for their values.

Role: replace those expressions of a parsed template that may give a long value.
Invariant: a value is charged wherever a template reads it with a cost that grows with its size:
in output, as the key of a lookup, in a loop. A range is charged and bounded.
It must not know filters or comparisons.
"""

from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.filtered import TernaryFilteredExpression
from liquid.builtin.expressions.loop import LoopExpression
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.cycle_tag import CycleNode
from liquid.context import RenderContext
from liquid.exceptions import ResourceLimitError
from liquid.expression import Expression
from liquid.limits import to_int

from functions.mail.render_context import budget_of

RANGE_LENGTH_MAX = 10_000

_SKIPPED_PER_STEP = 50
"""Numbers of a range that a loop passes over."""


class _Filtered(FilteredExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> object:
        value = super().evaluate(context)
        return value if self.filters else _charged(value, context)  # a filter has charged for it


class _Ternary(TernaryFilteredExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> object:
        return _charged(super().evaluate(context), context)


class _ChargedPath(Path):
    """A key of a lookup, or what a loop iterates over."""

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> object:
        return _charged(super().evaluate(context), context)


class _KeptPath(Path):
    """A value by which a `cycle` remembers its position, to the end of the render."""

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> object:
        value = super().evaluate(context)
        budget_of(context).keep(value)
        return value


class _Range(RangeLiteral):
    """Not too long. python-liquid would evaluate the ends of nested ranges twice each."""

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> range:
        numbers = _bounded(self, context)
        budget_of(context).charge(1 + len(numbers) // _SKIPPED_PER_STEP)
        return numbers


def charge_expression(expression: Expression) -> None:
    """Make an expression one of ours, in place, as `operators.compare_by_our_rule` does."""
    kind = type(expression)
    if kind is FilteredExpression:
        expression.__class__ = _Filtered
    elif kind is TernaryFilteredExpression:
        expression.__class__ = _Ternary
    elif kind is RangeLiteral:
        expression.__class__ = _Range
    elif isinstance(expression, LoopExpression):
        if type(expression.iterable) is Path:
            expression.iterable.__class__ = _ChargedPath
    elif isinstance(expression, Path):
        for key in expression.path:
            if isinstance(key, Path):
                key.__class__ = _ChargedPath


def charge_cycle(node: CycleNode) -> None:
    for each in node.expressions():
        if type(each) is Path:
            each.__class__ = _KeptPath


def check_range(literal: RangeLiteral, context: RenderContext) -> None:
    """Refuse a range of two numbers that is too long before anything renders."""
    if not any(isinstance(end, Path | RangeLiteral) for end in literal.children()):
        _bounded(literal, context)


def _bounded(literal: RangeLiteral, context: RenderContext) -> range:
    start, stop = (_whole(end.evaluate(context)) for end in (literal.start, literal.stop))
    if stop - start >= RANGE_LENGTH_MAX:
        raise ResourceLimitError(
            f"a range may have at most {RANGE_LENGTH_MAX:,} numbers", token=literal.token
        )
    return range(start, stop + 1)


def _whole(value: object) -> int:
    """Return the end of a range as python-liquid reads it: anything but a number is 0."""
    try:
        return to_int(value)
    except (ValueError, TypeError, OverflowError):
        return 0


def _charged(value: object, context: RenderContext) -> object:
    budget_of(context).charge_value(value)
    return value
