"""The condition node: yes or no, by the attributes of the contact or by what the reader did.

Invariant: a behaviour condition answers yes if and only if one of the tracking events it is given
happened at or before its deadline, however late it is asked; it answers no only when all tracking
events until the deadline are among them.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from functions.flow.attributes import look_up, spelled
from functions.flow.comparison import are_equal, folded, order
from functions.flow.event import TrackingEventKind
from functions.flow.journal import DetailValue
from functions.flow.lead import AttributeValue, Lead, Reason
from functions.flow.nodes.duration import Duration
from functions.flow.nodes.plan import Follow, Here, NodeShape, PauseUntil, Plan, Strict

Operator = Literal[
    "equals",
    "not_equals",
    "contains",
    "not_contains",
    "starts_with",
    "ends_with",
    "greater_than",
    "less_than",
    "at_least",
    "at_most",
    "is_one_of",
    "exists",
    "missing",
]

_UNARY = ("exists", "missing")

RuleValue = str | int | float | bool

VALUES_MAX = 1000


def _plain(value: object) -> object:
    """Check the union by hand: pydantic would report one error for each of its members."""
    values = value if isinstance(value, list | tuple) else [value]
    if not all(it is None or isinstance(it, RuleValue) for it in values):
        raise ValueError("must be text, a number, true or false, or a list of these")
    if len(values) > VALUES_MAX:
        raise ValueError(f"must have at most {VALUES_MAX} items, not {len(values)}")
    return value


class Rule(Strict):
    """Text is compared without regard to case, dates as ISO 8601 text, and numbers by the rule of
    `functions.flow.comparison`; a number is neither greater nor less than a text. A missing
    attribute satisfies only `missing` and the `not_` operators."""

    attribute: Annotated[str, Field(min_length=1, max_length=100)]
    operator: Operator
    value: Annotated[RuleValue | tuple[RuleValue, ...] | None, BeforeValidator(_plain)] = None

    @model_validator(mode="after")
    def _has_value(self) -> "Rule":
        if self.operator in _UNARY:
            return self
        if self.value is None:
            raise ValueError(f"{self.operator} needs a value to compare with")
        if (self.operator == "is_one_of") != isinstance(self.value, tuple):
            raise ValueError("is_one_of takes a list of values, every other operator one value")
        return self

    def actual(self, lead: Lead) -> AttributeValue:
        """`email` is not an attribute, but rules may use it like one."""
        is_email = spelled(self.attribute) == "email"
        return lead.email if is_email else look_up(lead.attributes, self.attribute)

    def holds(self, lead: Lead) -> bool:
        actual = self.actual(lead)
        present = actual is not None and actual != ""
        if self.operator == "exists":
            return present
        if self.operator == "missing":
            return not present
        if not present:
            return self.operator.startswith("not_")
        assert self.value is not None
        assert actual is not None
        if isinstance(self.value, tuple):
            return any(_compare("equals", actual, wanted) for wanted in self.value)
        return _compare(self.operator, actual, self.value)


class AttributesCondition(Strict):
    mode: Literal["attributes"] = "attributes"
    match: Literal["all", "any"] = "all"
    rules: Annotated[tuple[Rule, ...], Field(min_length=1, max_length=50)]

    def plan(self, here: Here) -> Plan:
        quantify = all if self.match == "all" else any
        held = quantify(rule.holds(here.lead) for rule in self.rules)
        why: dict[str, DetailValue] = {"because": "attributes", "match": self.match}
        if len(self.rules) == 1:
            value = self.rules[0].actual(here.lead)
            why["attribute"] = self.rules[0].attribute
            why["value"] = None if value is None else str(value)
        return Follow("yes" if held else "no", why)


class BehaviourCondition(Strict):
    """`within` counts from when the message of `email_node` was sent, or from the arrival here.

    A click also counts as an open, because many readers never load pictures.
    """

    mode: Literal["behaviour"]
    event: Literal["opened", "clicked"]
    email_node: Annotated[str, Field(min_length=1, max_length=64)]
    link: Annotated[str, Field(max_length=2000)] | None = None
    within: Duration
    since: Literal["sent", "arrival"] = "sent"

    @model_validator(mode="after")
    def _link_needs_click(self) -> "BehaviourCondition":
        if self.link is not None and self.event != "clicked":
            raise ValueError("a link can only be clicked: set event to clicked, or leave link out")
        return self

    def plan(self, here: Here) -> Plan:
        sent = here.sent_emails.get(self.email_node)
        if sent is None:
            return Follow("no", {"because": "not_sent", "email_node": self.email_node})
        deadline = here.deadline
        if deadline is None:
            start = sent.at if self.since == "sent" else here.arrived_at
            deadline = start + self.within.delta()
        first = self._first_tracking_event(here, sent.visit, deadline)
        if first is not None:
            return Follow(
                "yes",
                {
                    "because": self.event,
                    "email_node": self.email_node,
                    "at": first.isoformat(),
                    "sent_at": sent.at.isoformat(),
                },
            )
        if here.tracking_events_until < deadline:
            return PauseUntil(deadline, Reason.CONDITION)
        return Follow(
            "no",
            {
                "because": f"not_{self.event}",
                "email_node": self.email_node,
                "until": deadline.isoformat(),
            },
        )

    def _first_tracking_event(self, here: Here, visit: int, deadline: datetime) -> datetime | None:
        wanted = (
            (TrackingEventKind.CLICKED,)
            if self.event == "clicked"
            else (TrackingEventKind.OPENED, TrackingEventKind.CLICKED)
        )
        return min(
            (
                it.at
                for it in here.tracking_events
                if it.node_id == self.email_node
                and it.visit == visit
                and it.kind in wanted
                and it.at <= deadline
                and (self.link is None or self.link in (it.link, it.url))
            ),
            default=None,
        )


ConditionConfiguration = Annotated[
    AttributesCondition | BehaviourCondition, Field(discriminator="mode")
]


class ConditionNode(NodeShape):
    LABEL: ClassVar[str] = "Condition"
    ALWAYS_ON: ClassVar[str | None] = "it would be unclear whether leads take yes or no"
    type: Literal["condition"] = "condition"
    configuration: ConditionConfiguration

    def ports(self) -> tuple[str, ...]:
        return ("yes", "no")

    def plan(self, here: Here) -> Plan:
        return self.configuration.plan(here)


def _compare(operator: str, actual: RuleValue, wanted: RuleValue) -> bool:
    match operator:
        case "equals":
            return are_equal(actual, wanted, folded)
        case "not_equals":
            return not are_equal(actual, wanted, folded)
        case "contains":
            return _text(wanted) in _text(actual)
        case "not_contains":
            return _text(wanted) not in _text(actual)
        case "starts_with":
            return _text(actual).startswith(_text(wanted))
        case "ends_with":
            return _text(actual).endswith(_text(wanted))
    sign = order(actual, wanted, folded)
    if sign is None:
        return False
    match operator:
        case "greater_than":
            return sign > 0
        case "less_than":
            return sign < 0
        case "at_least":
            return sign >= 0
        case _:
            return sign <= 0


def _text(value: RuleValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return folded(str(value))
