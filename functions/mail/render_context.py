"""The context and the output of one render, both under a budget.

Role: charge for what a template does while it renders: filters, assignments, output.
Invariant: nothing that a template can do to its context is free of charge.
It must not know e-mail.
"""

from collections.abc import Callable, Mapping
from functools import partial
from io import StringIO
from typing import TextIO

from liquid.context import RenderContext
from liquid.exceptions import ResourceLimitError
from liquid.template import BoundTemplate
from liquid.token import Token
from liquid.utils import ReadOnlyChainMap

from functions.flow.comparison import as_number
from functions.mail.budget import CHARS_PER_STEP, VALUE_CHARS_MAX, Budget, size_chars
from functions.mail.filter_charges import CALCULATING, charge_filter


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
        size, old = size_chars(val), size_chars(self.locals.get(key))
        self.budget.charge(1 + (size + old) // CHARS_PER_STEP)
        self._locals_chars += size - old
        if self._locals_chars > VALUE_CHARS_MAX:
            raise ResourceLimitError("the template keeps too long texts in variables", token=None)
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
        charge_filter(self.budget, name, left, (*arguments, *keywords.values()))
        if name in CALCULATING:
            left, arguments = _calculable(left), tuple(map(_calculable, arguments))
        result = function(left, *arguments, **keywords)
        self.budget.charge_value(result)
        return result

    def get_buffer(self, buf: TextIO | None = None) -> StringIO:
        return Output(self.budget, [])


def budget_of(context: RenderContext) -> Budget:
    """Every template of ours renders in a `SandboxContext`."""
    assert isinstance(context, SandboxContext)
    return context.budget


def _calculable(value: object) -> object:
    """A text with a decimal comma as the number that comparisons read; anything else unchanged."""
    number = as_number(value) if isinstance(value, str) and "," in value else None
    if number is None:
        return value
    return int(number) if number == int(number) else float(number)
