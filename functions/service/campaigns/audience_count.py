"""Count the contacts that do not have what a flow needs.

Role: look at each contact once, while they stream by.
Invariant: memory for the flow's needs only, however many contacts there are. The same question at
two places of a flow is asked once per contact. Pure.
This module must not know where contacts are stored, nor what is said about them.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from functions.flow.attributes import alike, look_up
from functions.flow.comparison import folded, order
from functions.flow.lead import AttributeValue
from functions.flow.nodes.wait import ZONE_ATTRIBUTE, zone_meant
from functions.flow.zones import find_zone
from functions.service.campaigns.needs import Awaited, Inserted, Need, Ordered, Tested

NAMES_MAX = 1000
"""How many names of attributes are remembered, to suggest the right one."""


class Fault(StrEnum):
    """What is wrong with a value that is there."""

    NOT_COMPARABLE = "not_comparable"
    FALSE_IS_TRUE = "false_is_true"
    UNREADABLE_DATE = "unreadable_date"
    PAST_DATE = "past_date"
    UNKNOWN_ZONE = "unknown_zone"


@dataclass(slots=True)
class Faulty:
    """How many contacts have such a value, and one of the values."""

    contacts: int
    sample: AttributeValue


@dataclass(slots=True)
class AudienceCount:
    """`zone`: of the campaign. `now`: dates before it are past. `names`: of attributes that the
    contacts have. `filled` and `ambiguous`: contacts by the name that the flow uses; ambiguous are
    those that have several attributes of that name and none is spelled exactly so."""

    needs: Sequence[Need]
    zone: str
    now: datetime
    contacts: int = 0
    names: set[str] = field(default_factory=set)
    filled: Counter[str] = field(default_factory=Counter)
    ambiguous: Counter[str] = field(default_factory=Counter)
    _asked: frozenset[str] = field(init=False)
    _questions: Mapping[Hashable, Need] = field(init=False)
    _faulty: dict[tuple[Hashable, Fault], Faulty] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._asked = frozenset(it.name for it in self.needs)
        self._questions = {_question(it): it for it in self.needs if not isinstance(it, Inserted)}

    def add(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Count one contact."""
        self.contacts += 1
        if len(self.names) < NAMES_MAX:
            self.names.update(attributes)
        values: dict[str, AttributeValue] = {}
        for name in self._asked:
            value = look_up(attributes, name)
            if value is not None and not (isinstance(value, str) and not value.strip()):
                values[name] = value
            elif name not in attributes and len(alike(attributes, name)) > 1:
                self.ambiguous[name] += 1
        self.filled.update(values.keys())
        for question, need in self._questions.items():
            value = values.get(need.name)
            fault = None if value is None else self._fault(need, value, values)
            if fault is not None:
                known = self._faulty.setdefault((question, fault), Faulty(0, value))
                known.contacts += 1

    def faulty(self, need: Need, fault: Fault) -> Faulty | None:
        """The contacts whose value does not meet the need in that way; None if there are none."""
        return self._faulty.get((_question(need), fault))

    def _fault(
        self, need: Need, value: AttributeValue, values: Mapping[str, AttributeValue]
    ) -> Fault | None:
        if isinstance(need, Ordered):
            return Fault.NOT_COMPARABLE if order(value, need.than, folded) is None else None
        if isinstance(need, Tested):
            says_false = isinstance(value, str) and folded(value) == "false"
            return Fault.FALSE_IS_TRUE if says_false else None
        if isinstance(need, Awaited):
            zone = zone_meant(need.wait.zone, values.get(ZONE_ATTRIBUTE), self.zone)
            instant = need.wait.instant(value, zone, self.now)
            if instant is None:
                return Fault.UNREADABLE_DATE
            return Fault.PAST_DATE if instant <= self.now else None
        return Fault.UNKNOWN_ZONE if find_zone(str(value)) is None else None


def _question(need: Need) -> Hashable:
    """Equal for needs that ask the same of a contact."""
    if isinstance(need, Ordered):
        return need.name, need.than
    if isinstance(need, Awaited):
        return need.wait
    return type(need), need.name
