"""What a flow needs of its contacts: attributes to insert, to compare, and to wait for.

Role: collect every place of a flow that reads an attribute, for `audience_findings` to count.
Invariant: at most `NEEDS_MAX` places; nodes that are switched off need nothing. Pure.
This module must not know which contacts there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from functions.flow.attributes import spelled
from functions.flow.model import Flow
from functions.flow.nodes import ConditionNode, Node, SendEmailNode, WaitNode
from functions.flow.nodes.condition import AttributesCondition, Rule
from functions.flow.nodes.wait import ZONE_ATTRIBUTE, WaitAttribute, WaitWeekday
from functions.mail.errors import TemplateError
from functions.mail.merge_tags import merge_tags
from functions.service.content.email_findings import TEMPLATE_FIELDS

NEEDS_MAX = 1000

_ORDERINGS = ("greater_than", "less_than", "at_least", "at_most")
_ABOUT_ABSENCE = ("exists", "missing")


@dataclass(frozen=True, slots=True)
class Place:
    """`field`: a path within the node. `line`: in the text of the field; None if it is no text."""

    node_id: str
    field: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Inserted:
    """`needs_value`: a contact without the attribute gets a hole. `is_tag`: in a text, rather than
    in a rule or a wait."""

    name: str
    place: Place
    needs_value: bool
    is_tag: bool = True


@dataclass(frozen=True, slots=True)
class Ordered:
    """Whether the attribute is greater or less than `than`, which is a text or a number."""

    name: str
    place: Place
    than: object


@dataclass(frozen=True, slots=True)
class Tested:
    """Whether the attribute is true, or there at all."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Awaited:
    name: str
    place: Place
    wait: WaitAttribute


@dataclass(frozen=True, slots=True)
class ZoneRead:
    """The attribute with the contact's time zone."""

    name: str
    place: Place


Need = Inserted | Ordered | Tested | Awaited | ZoneRead


def needs_of(flow: Flow) -> Sequence[Need]:
    needs: list[Need] = []
    for node in flow.nodes:
        for need in _needs(node):
            if len(needs) == NEEDS_MAX:
                return needs
            needs.append(need)
    return needs


def _needs(node: Node) -> Iterator[Need]:
    if isinstance(node, SendEmailNode) and not node.disabled:
        yield from _of_email(node)
    elif isinstance(node, WaitNode) and not node.disabled:
        configuration = node.configuration
        if isinstance(configuration, WaitAttribute):
            place = Place(node.id, "configuration.attribute")
            yield Inserted(configuration.attribute, place, needs_value=False, is_tag=False)
            yield Awaited(configuration.attribute, place, configuration)
        if (
            isinstance(configuration, WaitAttribute | WaitWeekday)
            and configuration.zone == "contact"
        ):
            yield ZoneRead(ZONE_ATTRIBUTE, Place(node.id, "configuration.zone"))
    elif isinstance(node, ConditionNode) and isinstance(node.configuration, AttributesCondition):
        for number, rule in enumerate(node.configuration.rules):
            yield from _of_rule(rule, Place(node.id, f"configuration.rules[{number}]"))


def _of_email(node: SendEmailNode) -> Iterator[Need]:
    for name in TEMPLATE_FIELDS:
        source: str | None = getattr(node.configuration, name)
        if not source:
            continue
        field = f"configuration.{name}"
        try:
            found = merge_tags(source)
        except TemplateError:
            continue  # the flow's validator reports it
        for tag in found.tags:
            yield Inserted(tag.name, Place(node.id, field, tag.line), tag.needs_value)
        for ordering in found.orderings:
            yield Ordered(ordering.name, Place(node.id, field, ordering.line), ordering.than)
        for test in found.truth_tests:
            yield Tested(test.name, Place(node.id, field, test.line))


def _of_rule(rule: Rule, place: Place) -> Iterator[Need]:
    if spelled(rule.attribute) == "email" or rule.operator in _ABOUT_ABSENCE:
        return
    yield Inserted(rule.attribute, place, needs_value=False, is_tag=False)
    if rule.operator in _ORDERINGS:
        yield Ordered(rule.attribute, place, rule.value)
