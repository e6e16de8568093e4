"""Render the most common parts of an e-mail without python-liquid.

Role: recognise text and plain `{{ contact.name }}` in a parsed template. They are rendered without
a render context and buffers, which cost more than the lookups themselves.
Invariant: a shortcut writes what python-liquid would write, as long as no tag before it has
assigned a name.
It must not know links or limits.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence

from liquid import Environment
from liquid.ast import Node
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import FilteredExpression, Path, PositionalArgument, StringLiteral
from liquid.builtin.expressions.filtered import Filter
from liquid.builtin.output import OutputNode
from liquid.stringify import to_liquid_string

from functions.mail.budget import Budget

_NOT_ONLY_NAMES = frozenset({"size", "first", "last"})
"""Names that python-liquid also accepts on lists and texts."""


class Shortcut:
    """A faster way to render `node`. Not an ABC, which would make `isinstance` slow."""

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        self.node = node

    def text(self, context: Mapping[str, object], companion: object, budget: Budget) -> str:
        """Return what the node renders to."""
        raise NotImplementedError


class ShortcutNode(Node):
    """A node of ours that may have a shortcut. `steps`: what it costs without its block."""

    __slots__ = ()
    steps = 1

    @abstractmethod
    def shortcut(self) -> Shortcut | None: ...


class Lookup(Shortcut):
    """`{{ a.b.c }}` or `{{ a.b.c | default: "text" }}`: a path of names."""

    __slots__ = ("_autoescape", "_default", "_names")

    def __init__(
        self, node: Node, names: list[str], default: str | None, *, autoescape: bool
    ) -> None:
        super().__init__(node)
        self._names = names
        self._default = default
        self._autoescape = autoescape

    def decoded(self, decode: Callable[[str], str]) -> "Lookup":
        """Return this lookup with its default decoded."""
        default = None if self._default is None else decode(self._default)
        return Lookup(self.node, self._names, default, autoescape=self._autoescape)

    def text(self, context: Mapping[str, object], companion: object, budget: Budget) -> str:
        value: object = context
        try:
            for name in self._names:
                value = value[name]  # type: ignore[index]
        except (KeyError, TypeError, IndexError):
            return self._default or ""
        if self._default is not None and _is_missing(value):
            return self._default
        if type(value) is str and not self._autoescape:
            return value
        return to_liquid_string(value, self._autoescape)


def _is_missing(value: object) -> bool:
    """Return whether the `default` filter would insert its text: 0 is a value, false is not."""
    return value is None or value is False or value in ("", [], {})


def steps_of(nodes: Iterable[Node], environment: Environment) -> list[str | Shortcut | Node]:
    """Return a text, a shortcut or the node itself for each node."""
    return [_step(node, environment.autoescape) for node in nodes]


def plain_steps(
    nodes: Iterable[Node], *, autoescape: bool, decode: Callable[[str], str] | None = None
) -> list[str | Lookup] | None:
    """Return the steps of `nodes` if they are only text and lookups, else None.

    `decode` is applied to what the author wrote: text, and texts for missing values.
    """
    steps: list[str | Lookup] = []
    for node in nodes:
        step = _step(node, autoescape)
        if not isinstance(step, str | Lookup):
            return None
        if decode is not None:
            step = decode(step) if isinstance(step, str) else step.decoded(decode)
        steps.append(step)
    return steps


def _step(node: Node, autoescape: bool) -> str | Shortcut | Node:
    if isinstance(node, ContentNode):
        return node.text
    if isinstance(node, ShortcutNode):
        return node.shortcut() or node
    if not isinstance(node, OutputNode) or not isinstance(node.expression, FilteredExpression):
        return node
    path, filters = node.expression.left, node.expression.filters or []
    default = _default_text(filters)
    if not isinstance(path, Path) or (filters and default is None):
        return node
    names = [name for name in path.path if isinstance(name, str) and name not in _NOT_ONLY_NAMES]
    if len(names) != len(path.path):
        return node
    return Lookup(node, names, default, autoescape=autoescape)


def _default_text(filters: Sequence[Filter]) -> str | None:
    """Return the text of `default: "text"` if it is the only filter, else None."""
    if len(filters) != 1 or filters[0].name != "default" or len(filters[0].args) != 1:
        return None
    argument = filters[0].args[0]
    if not isinstance(argument, PositionalArgument) or not isinstance(
        argument.value, StringLiteral
    ):
        return None
    return argument.value.value
