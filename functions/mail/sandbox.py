"""Liquid under a budget: every render is limited in steps and characters.

Role: the environment in which templates are parsed, and the context in which they are rendered.
Invariant: whatever the template and the attributes, a render takes at most `STEPS_MAX` steps and
writes at most `OUTPUT_CHARS_MAX` characters; it reads no clock, no file and no other template. The
limits of python-liquid itself are not enough: it expands a long range before it checks the loop
limit, does not add up consecutive loops, and does not limit filters that multiply.
It must not know e-mail.
"""

from collections.abc import Callable, Iterable, Mapping, Sized
from datetime import UTC, date, datetime
from functools import partial
from io import StringIO
from typing import TextIO

from liquid import Environment, Markup
from liquid.ast import Node
from liquid.builtin.expressions import FilteredExpression
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.for_tag import BreakNode, ContinueNode, ForNode
from liquid.builtin.tags.tablerow_tag import TablerowNode
from liquid.context import RenderContext
from liquid.exceptions import LiquidSyntaxError, ResourceLimitError, UnknownFilterError
from liquid.expression import Expression
from liquid.filter import with_context
from liquid.limits import to_int
from liquid.template import BoundTemplate
from liquid.token import Token
from liquid.undefined import is_undefined
from liquid.utils import ReadOnlyChainMap

from functions.flow.comparison import as_number
from functions.flow.dates import read_date
from functions.mail.operators import compare_by_our_rule

STEPS_MAX = 200_000
OUTPUT_CHARS_MAX = 1_000_000
RANGE_LENGTH_MAX = 10_000
EXPRESSION_DEPTH_MAX = 100
VALUE_CHARS_MAX = 256_000
"""The longest text a filter may return or a variable may hold; list items count 8 characters."""

_CHARS_PER_STEP = 64
_FILTERS_LEFT_OUT = ("safe", "escapejs")
_CALCULATE = frozenset(
    (
        *("abs", "at_least", "at_most", "ceil", "divided_by", "floor"),
        *("minus", "modulo", "plus", "round", "times"),
    )
)
_TAGS_LEFT_OUT = ("include", "render")
_TOO_MANY_STEPS = "the template takes too many steps; a loop in it is too long"
_TOO_LONG = "the template produces too long a text"


class Budget:
    """What is left for one render; its captures and loops share it."""

    __slots__ = ("chars_left", "steps_left")

    def __init__(self) -> None:
        self.steps_left = STEPS_MAX
        self.chars_left = OUTPUT_CHARS_MAX

    def charge(self, steps: int, token: Token | None = None) -> None:
        self.steps_left -= steps
        if self.steps_left < 0:
            raise ResourceLimitError(_TOO_MANY_STEPS, token=token)

    def spend(self, text: str) -> str:
        """Charge for `text`, which goes into the output, and return it."""
        self.chars_left -= len(text)
        if self.chars_left < 0:
            raise ResourceLimitError(_TOO_LONG, token=None)
        return text

    def charge_value(self, value: object) -> None:
        """Charge for handling `value` once, and refuse it if it is too large to keep."""
        size = _size_chars(value)
        if size > VALUE_CHARS_MAX:
            raise ResourceLimitError(_TOO_LONG, token=None)
        self.charge(1 + size // _CHARS_PER_STEP)


class Output(StringIO):
    """A text buffer that counts against the budget of its render."""

    def __init__(self, budget: Budget, pieces: list[str]) -> None:
        super().__init__()
        self._budget = budget
        self._pieces = pieces

    def write(self, text: str) -> int:
        self._pieces.append(self._budget.spend(text))
        return len(text)

    def getvalue(self) -> str:
        return "".join(self._pieces)


class SandboxContext(RenderContext):
    """A render context under a budget, without python-liquid's built-in `now` and `today`."""

    __slots__ = ("_locals_chars", "budget", "companion")

    def __init__(
        self,
        template: BoundTemplate,
        variables: Mapping[str, object],
        budget: Budget,
        companion: object,
    ) -> None:
        super().__init__(template, globals=variables)
        self.scope = ReadOnlyChainMap(self.locals, self.globals, self.counters)
        self.budget = budget
        self.companion = companion
        """An object for the tags of a derived environment."""
        self._locals_chars = 0

    @property
    def is_untouched(self) -> bool:
        """Whether nothing has been assigned, so that each name still has its original value."""
        return not self.locals and not self.counters

    def assign(self, key: str, val: object) -> None:
        self.budget.charge(1)
        self._locals_chars += _size_chars(val) - _size_chars(self.locals.get(key))
        if self._locals_chars > VALUE_CHARS_MAX:
            raise ResourceLimitError(_TOO_LONG, token=None)
        self.locals[key] = val

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        return partial(self._apply_filter, name, super().filter(name, token))

    def _apply_filter(
        self,
        name: str,
        function: Callable[..., object],
        left: object,
        *arguments: object,
        **keywords: object,
    ) -> object:
        self.budget.charge_value(left)
        self._refuse_multiplication(name, left, arguments)
        if name in _CALCULATE:
            left, arguments = _calculable(left), tuple(map(_calculable, arguments))
        result = function(left, *arguments, **keywords)
        self.budget.charge_value(result)
        return result

    def _refuse_multiplication(
        self, name: str, left: object, arguments: tuple[object, ...]
    ) -> None:
        """Charge for filters with a multiplying cost or result before they run."""
        if name == "uniq":
            length = len(left) if isinstance(left, Sized) else 1
            self.budget.charge(length * length // _CHARS_PER_STEP)
        elif name == "join" and arguments:
            length = len(left) if isinstance(left, Sized) else 1
            self.budget.charge_value(range(length * len(str(arguments[0])) // 8))
        elif name == "replace" and arguments:
            text, sought = str(left), str(arguments[0])
            replacement = str(arguments[1]) if len(arguments) > 1 else ""
            found = text.count(sought)
            self.budget.charge_value(range(found * len(replacement) // 8))

    def get_buffer(self, buf: TextIO | None = None) -> StringIO:
        return Output(self.budget, [])


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


def put_under_budget(template: BoundTemplate) -> None:
    """Check everything that can be checked before rendering, and add a charge to every loop.

    Raises python-liquid's errors. Call once per parsed template.
    """
    _walk(template.nodes, RenderContext(template), in_loop=False)


def _walk(nodes: Iterable[Node], context: RenderContext, *, in_loop: bool) -> int:
    """Return the number of steps of one pass over `nodes`, with inner loops counted once."""
    steps = 0
    for node in nodes:
        if isinstance(node, BreakNode | ContinueNode) and not in_loop:
            raise LiquidSyntaxError(f"'{node.token.value}' outside a loop", token=node.token)
        steps += 1 + sum(_walk_expression(each, context) for each in node.expressions())
        children = list(node.children(context, include_partials=False))
        if isinstance(node, ForNode | TablerowNode):
            body = _walk(node.block.nodes, context, in_loop=True)
            node.block.nodes.insert(0, _Charge(node.token, 1 + body))
            children = [child for child in children if child is not node.block]
        steps += _walk(children, context, in_loop=in_loop)
    return steps


def _walk_expression(expression: Expression, context: RenderContext, depth: int = 1) -> int:
    if depth > EXPRESSION_DEPTH_MAX:
        raise ResourceLimitError("an expression is nested too deeply", token=expression.token)
    compare_by_our_rule(expression)
    steps = 1 + sum(_walk_expression(it, context, depth + 1) for it in expression.children())
    if isinstance(expression, FilteredExpression):
        for each in expression.filters or ():
            steps += 1
            if each.name not in context.env.filters:
                raise UnknownFilterError(f"unknown filter '{each.name}'", token=each.token)
    elif isinstance(expression, RangeLiteral):
        bounded = _BoundedStop(expression)
        if not any(True for end in expression.children() for _ in end.children()):
            bounded.evaluate(context)
        expression.stop = bounded
    return steps


class _Charge(Node):
    """The first node in the body of a loop; it charges for one round."""

    __slots__ = ("steps",)

    def __init__(self, token: Token, steps: int) -> None:
        super().__init__(token)
        self.steps = steps

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        if isinstance(context, SandboxContext):
            context.budget.charge(self.steps, self.token)
        return 0


class _BoundedStop(Expression):
    """The end of a range; it is refused if it is too far from the start."""

    __slots__ = ("start", "stop")

    def __init__(self, literal: RangeLiteral) -> None:
        super().__init__(literal.token)
        self.start = literal.start
        self.stop = literal.stop

    def evaluate(self, context: RenderContext) -> int:
        start, stop = _whole(self.start.evaluate(context)), _whole(self.stop.evaluate(context))
        if stop - start >= RANGE_LENGTH_MAX:
            raise ResourceLimitError(
                f"a range may have at most {RANGE_LENGTH_MAX:,} numbers", token=self.token
            )
        return stop

    def children(self) -> list[Expression]:
        return [self.start, self.stop]


def _calculable(value: object) -> object:
    """A text with a decimal comma as the number that comparisons read; anything else unchanged."""
    number = as_number(value) if isinstance(value, str) and "," in value else None
    if number is None:
        return value
    return int(number) if number == int(number) else float(number)


def _whole(value: object) -> int:
    """Return the end of a range as python-liquid reads it: anything but a number is 0."""
    try:
        return to_int(value)
    except (ValueError, TypeError, OverflowError):
        return 0


def _size_chars(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, int):
        return value.bit_length() >> 2
    if isinstance(value, list | tuple | range | dict):
        return len(value) * 8
    return 1


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
