"""Comparisons in templates: by the rule of condition nodes, and without errors.

Role: replace the comparison operators of a parsed template. python-liquid's raise for a number
beside a text, which would fail every lead, and do not see numbers in text.
Invariant: a comparison gives true or false whatever the values are. `blank`, `empty` and `nil` mean
what they mean in Shopify's Liquid: what is missing is blank and nil, but not empty.
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


class _Equal(EqExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return _is_equal(self.left.evaluate(context), self.right.evaluate(context))


class _NotEqual(NeExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return not _is_equal(self.left.evaluate(context), self.right.evaluate(context))


class _Less(LtExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return _sign(self.left, self.right, context) == -1


class _Greater(GtExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return _sign(self.left, self.right, context) == 1


class _AtMost(LeExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return _sign(self.left, self.right, context) in (-1, 0)


class _AtLeast(GeExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        return _sign(self.left, self.right, context) in (0, 1)


class _Contains(ContainsExpression):
    __slots__ = ()

    def evaluate(self, context: RenderContext) -> bool:
        left, right = self.left.evaluate(context), self.right.evaluate(context)
        if not is_truthy(left) or not is_truthy(right):
            return False
        if isinstance(left, list | tuple | range):
            return any(_is_equal(item, right) for item in left)
        if isinstance(left, dict):
            return isinstance(right, str) and right in left
        return str(right) in str(left)


class _When(_AnyExpression):
    """The values of one `when`, each compared with that of the `case`."""

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> list[bool]:
        left = self.left.evaluate(context)
        return [_is_equal(left, right.evaluate(context)) for right in self.expressions]


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


def _sign(left: Expression, right: Expression, context: RenderContext) -> int | None:
    return order(_plain(left.evaluate(context)), _plain(right.evaluate(context)), exact)


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
