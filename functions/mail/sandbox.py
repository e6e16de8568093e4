"""Liquid under a budget: every render is limited in steps and characters.

Role: the environment in which templates are parsed, and the charges that their trees get.
Invariant: whatever the template and the attributes, a render takes at most the steps and writes at
most the characters of its budget; it reads no clock, no file and no other template. The limits of
python-liquid itself are not enough: it expands a long range before it checks the loop limit, does
not add up consecutive loops, and does not limit filters and comparisons by their operands.
It must not know e-mail.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import TextIO

from liquid import Environment, Markup
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.case_tag import MultiExpressionBlockNode, _AnyExpression
from liquid.builtin.tags.cycle_tag import CycleNode
from liquid.builtin.tags.for_tag import BreakNode, ContinueNode, ForNode
from liquid.builtin.tags.tablerow_tag import TablerowNode
from liquid.context import RenderContext
from liquid.exceptions import LiquidSyntaxError, ResourceLimitError, UnknownFilterError
from liquid.expression import Expression
from liquid.filter import with_context
from liquid.template import BoundTemplate
from liquid.token import Token
from liquid.undefined import is_undefined

from functions.flow.dates import read_date
from functions.mail.charged_expressions import charge_cycle, charge_expression, check_range
from functions.mail.operators import compare_by_our_rule
from functions.mail.render_context import budget_of
from functions.mail.shortcuts import ShortcutNode

EXPRESSION_DEPTH_MAX = 100

_ROUND_STEPS = 3
"""For one round of a loop, besides its body."""
_FILTERS_LEFT_OUT = ("safe", "escapejs")
_TAGS_LEFT_OUT = ("include", "render")


class SandboxEnvironment(Environment):
    """Parses templates; `include`, `render`, file loading and unescaped output are left out."""

    block_nesting_limit = 20
    context_depth_limit = 40

    def __init__(self, *, autoescape: bool) -> None:
        super().__init__(autoescape=autoescape)

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        for name in _TAGS_LEFT_OUT:
            del self.tags[name]
        for name in _FILTERS_LEFT_OUT:
            del self.filters[name]
        self.add_filter("date", _format_date)


def put_under_budget(template: BoundTemplate) -> int:
    """Check everything that can be checked before rendering, and add a charge to all that repeats.
    Return the number of steps of one pass over the template, without what its loops repeat.

    Raises python-liquid's errors. Call once per parsed template.
    """
    return _walk(template.nodes, RenderContext(template), in_loop=False)


def _walk(nodes: Iterable[Node], context: RenderContext, *, in_loop: bool) -> int:
    steps = 0
    for node in nodes:
        if isinstance(node, BreakNode | ContinueNode) and not in_loop:
            raise LiquidSyntaxError(f"'{node.token.value}' outside a loop", token=node.token)
        if isinstance(node, CycleNode):
            charge_cycle(node)
        steps += node.steps if isinstance(node, ShortcutNode) else 1
        steps += sum(_walk_expression(each, context) for each in node.expressions())
        children = list(node.children(context, include_partials=False))
        if isinstance(node, ForNode | TablerowNode | MultiExpressionBlockNode):
            # A `when` repeats its block for each of its values that is equal.
            is_loop = in_loop or not isinstance(node, MultiExpressionBlockNode)
            body = _walk(node.block.nodes, context, in_loop=is_loop)
            node.block.nodes.insert(0, _Charge(node.token, _ROUND_STEPS + body))
            children = [child for child in children if child is not node.block]
        steps += _walk(children, context, in_loop=in_loop)
    return steps


def _walk_expression(expression: Expression, context: RenderContext, depth: int = 1) -> int:
    if depth > EXPRESSION_DEPTH_MAX:
        raise ResourceLimitError("an expression is nested too deeply", token=expression.token)
    compare_by_our_rule(expression)
    charge_expression(expression)
    steps = 1 + sum(_walk_expression(it, context, depth + 1) for it in expression.children())
    if isinstance(expression, Path):
        steps += 2 * len(expression.path)
    elif isinstance(expression, FilteredExpression):
        for each in expression.filters or ():
            steps += 1
            if each.name not in context.env.filters:
                raise UnknownFilterError(f"unknown filter '{each.name}'", token=each.token)
    elif isinstance(expression, _AnyExpression):
        steps += _walk_expression(expression.left, context, depth + 1)
    elif isinstance(expression, RangeLiteral):
        check_range(expression, context)
    return steps


class _Charge(Node):
    """The first node in a body that repeats; it charges for one round."""

    __slots__ = ("steps",)

    def __init__(self, token: Token, steps: int) -> None:
        super().__init__(token)
        self.steps = steps

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        budget_of(context).charge(self.steps, self.token)
        return 0


@with_context
def _format_date(value: object, pattern: object = "", *, context: RenderContext) -> str:
    """Format a date: an aware datetime, a date, a text that `flow.dates` reads, seconds since 1970,
    or "now".

    "now" is the time at which the message is made; the context has it. The time zone of a value is
    kept, and a value that cannot be read as a date is returned unchanged.
    """
    if is_undefined(value) or value is None:
        return ""
    moment = _moment(value, context)
    if moment is None or is_undefined(pattern) or not pattern:
        return str(value)
    text = moment.strftime(str(pattern))
    if context.autoescape and isinstance(pattern, Markup):
        # The author wrote the pattern, and a date adds digits and names only: nothing to escape.
        return Markup(text)
    return text


def _moment(value: object, context: RenderContext) -> datetime | None:
    if value in ("now", "today"):
        value = context.resolve("now", default=None)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, str) and not value.isdigit():
        written = read_date(value)
        return written.at if written is not None else None
    try:
        if isinstance(value, int | str):
            return datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None
