"""What a template needs of its contacts: the attributes it inserts and compares, and unknown tags.

Role: read a parsed template without rendering it, so that its holes are found before it is sent.
Invariant: an insertion is reported as needing a value only if the template does nothing for
contacts without one: it has no `default`, and no condition around it mentions the attribute.
It must not know which attributes the contacts have.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from liquid.ast import Node
from liquid.builtin.expressions import (
    BooleanExpression,
    FilteredExpression,
    Path,
    StringLiteral,
)
from liquid.builtin.expressions.filtered import Filter, TernaryFilteredExpression
from liquid.builtin.expressions.logical import (
    GeExpression,
    GtExpression,
    LeExpression,
    LogicalAndExpression,
    LogicalNotExpression,
    LogicalOrExpression,
    LtExpression,
)
from liquid.builtin.expressions.primitive import FloatLiteral, IntegerLiteral
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.case_tag import CaseNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.context import RenderContext
from liquid.expression import Expression

from functions.flow.attributes import spelled
from functions.mail.template import compile_template

TAGS_MAX = 1000
"""Later tags of a template are not looked at."""

_ORDERINGS = (LtExpression, GtExpression, LeExpression, GeExpression)
_TESTS = (BooleanExpression, LogicalAndExpression, LogicalNotExpression, LogicalOrExpression)
_ADD_TEXT = ("append", "prepend")
_CAMPAIGN = ("id", "name")
_KNOWN_ROOTS = frozenset({"contact", "campaign", "unsubscribe_url", "now"})


@dataclass(frozen=True, slots=True)
class Tag:
    """A place that mentions an attribute. `name`: as its author wrote it. `needs_value`: a contact
    without the attribute gets a hole."""

    name: str
    line: int
    needs_value: bool


@dataclass(frozen=True, slots=True)
class Ordering:
    """A place that asks whether an attribute is greater or less than `than`."""

    name: str
    line: int
    than: str | int | float


@dataclass(frozen=True, slots=True)
class TruthTest:
    """A place that asks whether an attribute is true or there at all: `{% if contact.vip %}`."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class UnknownTag:
    """A tag that always renders to nothing. `text`: as its author wrote it."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class MergeTags:
    """`offers_unsubscribing`: the template uses the unsubscribe link."""

    tags: tuple[Tag, ...]
    orderings: tuple[Ordering, ...]
    truth_tests: tuple[TruthTest, ...]
    unknown: tuple[UnknownTag, ...]
    offers_unsubscribing: bool


def merge_tags(source: str) -> MergeTags:
    """Raises `TemplateError`."""
    bound = compile_template(source).bound
    reading = _Reading(RenderContext(bound))
    reading.assigned.update(reading.names(bound.nodes))
    reading.read(bound.nodes, frozenset())
    return MergeTags(
        tuple(reading.tags),
        tuple(reading.orderings),
        tuple(reading.truth_tests),
        tuple(reading.unknown),
        reading.offers_unsubscribing,
    )


@dataclass(slots=True)
class _Reading:
    context: RenderContext
    assigned: set[str] = field(default_factory=set)
    """Names that the template assigns anywhere; they hide those of the message."""
    tags: list[Tag] = field(default_factory=list)
    orderings: list[Ordering] = field(default_factory=list)
    truth_tests: list[TruthTest] = field(default_factory=list)
    unknown: list[UnknownTag] = field(default_factory=list)
    offers_unsubscribing: bool = False

    def names(self, nodes: Iterable[Node]) -> Iterator[str]:
        for node in nodes:
            yield from map(str, (*node.template_scope(), *node.block_scope()))
            yield from self.names(self._children(node))

    def read(self, nodes: Iterable[Node], guarded: frozenset[str]) -> None:
        """`guarded`: the attributes that a condition around these nodes mentions."""
        for node in nodes:
            inner = guarded
            for expression in node.expressions():
                line = _line_of(node)
                if isinstance(node, OutputNode):
                    self._inserted(expression, line, guarded)
                    continue
                self._mentioned(expression, line)
                if not isinstance(node, IfNode | UnlessNode | CaseNode) and not _is_branch(node):
                    continue
                inner |= {spelled(name) for name in self._attributes(expression)}
            self.read(self._children(node), inner)

    def _inserted(self, expression: Expression, line: int, guarded: frozenset[str]) -> None:
        if isinstance(expression, TernaryFilteredExpression):
            self._mentioned(expression.condition, line)
            inner = guarded | {spelled(it) for it in self._attributes(expression.condition)}
            self._inserted(expression.left, line, inner)
            if expression.alternative is not None:
                self._inserted(expression.alternative, line, inner)
            return
        filters: list[Filter] = []
        left = expression
        if isinstance(expression, FilteredExpression):
            filters, left = expression.filters or [], expression.left
        has_default = any(it.name == "default" for it in filters)
        self._mention(left, line, guarded, needs_value=not has_default)
        for each in filters:
            for argument in each.args:
                adds = each.name in _ADD_TEXT
                self._mention(argument.value, line, guarded, needs_value=adds)

    def _mention(
        self, expression: Expression, line: int, guarded: frozenset[str], *, needs_value: bool
    ) -> None:
        if not isinstance(expression, Path):
            self._mentioned(expression, line)
            return
        name = self._attribute(expression)
        if name is not None:
            needs_value = needs_value and spelled(name) not in guarded
            self._add(Tag(name, line, needs_value))
        elif expression.path == ["unsubscribe_url"]:
            self.offers_unsubscribing = True
        elif self._is_unknown(expression) and len(self.unknown) < TAGS_MAX:
            self.unknown.append(UnknownTag(str(expression), line))

    def _mentioned(self, expression: Expression, line: int) -> None:
        """Everything in an expression that inserts nothing itself."""
        if isinstance(expression, Path):
            self._mention(expression, line, frozenset(), needs_value=False)
        elif isinstance(expression, _ORDERINGS):
            for side, other in (
                (expression.left, expression.right),
                (expression.right, expression.left),
            ):
                name = self._attribute(side) if isinstance(side, Path) else None
                than = _literal(other)
                if name is not None and than is not None and len(self.orderings) < TAGS_MAX:
                    self.orderings.append(Ordering(name, line, than))
        for child in expression.children():
            name = self._attribute(child) if isinstance(child, Path) else None
            is_test = isinstance(expression, _TESTS) and len(self.truth_tests) < TAGS_MAX
            if is_test and name is not None:
                self.truth_tests.append(TruthTest(name, line))
            self._mentioned(child, line)

    def _attributes(self, expression: Expression) -> Iterator[str]:
        if isinstance(expression, Path):
            name = self._attribute(expression)
            if name is not None:
                yield name
        for child in expression.children():
            yield from self._attributes(child)

    def _attribute(self, path: Path) -> str | None:
        """The attribute that a path names; None if it names none, or only rendering knows it."""
        names = path.path
        if names[0] != "contact" or "contact" in self.assigned:
            return None
        named = names[2:3] if names[1:2] == ["attributes"] else names[1:2]
        name = named[0] if named else None
        return name if isinstance(name, str) and spelled(name) != "email" else None

    def _is_unknown(self, path: Path) -> bool:
        root, *rest = path.path
        if not isinstance(root, str) or root in self.assigned:
            return False
        if root == "campaign":
            return bool(rest) and isinstance(rest[0], str) and rest[0] not in _CAMPAIGN
        return root not in _KNOWN_ROOTS

    def _add(self, tag: Tag) -> None:
        if len(self.tags) < TAGS_MAX:
            self.tags.append(tag)

    def _children(self, node: Node) -> Iterable[Node]:
        return node.children(self.context, include_partials=False)


def _is_branch(node: Node) -> bool:
    """`elsif` and `when`, whose block is guarded by their own expression."""
    return hasattr(node, "block") and hasattr(node, "expression")


def _literal(expression: Expression) -> str | int | float | None:
    if isinstance(expression, IntegerLiteral | FloatLiteral | StringLiteral):
        return expression.value
    return None


def _line_of(node: Node) -> int:
    token = node.token
    return token.source.count("\n", 0, token.start_index) + 1
