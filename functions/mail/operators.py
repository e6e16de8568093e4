"""Comparisons in templates: by the rule of condition nodes, and without errors.

Role: replace the comparison operators of a parsed template. python-liquid's raise for a number
beside a text, which would fail every lead, and do not see numbers in text.
Invariant: a comparison gives true or false whatever the values are, and is charged for their size.
`blank`, `empty` and `nil` mean what they mean in Shopify's Liquid: what is missing is blank and
nil, but not empty.
It must not know contacts.
"""

from collections.abc import Sized

from liquid.builtin.expressions.logical import (
    ContainsExpression,
    EqExpression,
    GeExpression,
    GtExpression,
    LeExpression,
    LtExpression,
    NeExpression,
    is_truthy,
)
from liquid.builtin.expressions.primitive import Blank, Empty
from liquid.builtin.tags.case_tag import _AnyExpression
from liquid.context import RenderContext
from liquid.expression import Expression

from functions.flow.comparison import are_equal, exact, order
from functions.mail.render_context import budget_of

_STEPS_PER_ITEM = 2
"""For a comparison that may read a number from a text."""

_Binary = EqExpression | NeExpression | LtExpression | GtExpression | LeExpression | GeExpression


class _Equal(EqExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return _is_equal(*_operands(self, context))


class _NotEqual(NeExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return not _is_equal(*_operands(self, context))


class _Less(LtExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return _sign(*_operands(self, context)) == -1


class _Greater(GtExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return _sign(*_operands(self, context)) == 1


class _AtMost(LeExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return _sign(*_operands(self, context)) in (-1, 0)


class _AtLeast(GeExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return _sign(*_operands(self, context)) in (0, 1)


class _Contains(ContainsExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        budget = budget_of(context)
        left, right = self.left.evaluate(context), self.right.evaluate(context)
        left_size, right_size = budget.charge_value(left), budget.charge_value(right)
        if not is_truthy(left) or not is_truthy(right):
            return False
        if isinstance(left, list | tuple | range):
            budget.charge(_STEPS_PER_ITEM * len(left))
            budget.charge_product(right_size, len(left))
            return any(_is_equal(item, right) for item in left)
        if isinstance(left, dict):
            return isinstance(right, str) and right in left
        budget.charge_search(left_size, right_size)
        return str(right) in str(left)


class _When(_AnyExpression):
    """The values of one `when`, each compared with that of the `case`."""

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> list[bool]:
        budget = budget_of(context)
        left = self.left.evaluate(context)
        matches = []
        for each in self.expressions:
            right = each.evaluate(context)
            budget.charge_value(left)
            budget.charge_value(right)
            matches.append(_is_equal(left, right))
        return matches


_OURS: dict[type[Expression], type[Expression]] = {
    EqExpression: _Equal,
    NeExpression: _NotEqual,
    LtExpression: _Less,
    GtExpression: _Greater,
    LeExpression: _AtMost,
    GeExpression: _AtLeast,
    ContainsExpression: _Contains,
    _AnyExpression: _When,
}


def compare_by_our_rule(expression: Expression) -> None:
    """Make a comparison one of ours; leave any other expression as it is.

    The class is changed in place, because python-liquid's parser has no hook for operators, and
    the expression may be held by any of a dozen kinds of parents.
    """
    ours = _OURS.get(type(expression))
    if ours is not None:
        expression.__class__ = ours


def _operands(expression: _Binary, context: RenderContext) -> tuple[object, object]:
    """The values of both sides, charged for being compared once."""
    budget = budget_of(context)
    left, right = expression.left.evaluate(context), expression.right.evaluate(context)
    budget.charge_value(left)
    budget.charge_value(right)
    return left, right


def _sign(left: object, right: object) -> int | None:
    return order(_plain(left), _plain(right), exact)


def _is_equal(left: object, right: object) -> bool:
    left, right = _plain(left), _plain(right)
    for this, other in ((left, right), (right, left)):
        if isinstance(this, Blank):
            return _is_blank(other)
        if isinstance(this, Empty):
            return isinstance(other, Empty | Blank) or _is_empty(other)
    if left is None or right is None:
        return left is right
    return are_equal(left, right, exact)


def _plain(value: object) -> object:
    """The value behind an object of python-liquid's; None for what is undefined."""
    return value.__liquid__() if hasattr(value, "__liquid__") else value


def _is_blank(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is False or isinstance(value, Blank | Empty) or _is_empty(value)


def _is_empty(value: object) -> bool:
    return isinstance(value, Sized) and len(value) == 0
