"""What becomes of the place of a lead in a later version of its flow.

Invariant: an answer depends only on the later version and on where a lead is. So counts of leads
show in advance what happens to them. This module must not know who moves leads, or when.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache

from functions.flow.lead import State
from functions.flow.model import Flow
from functions.flow.nodes import ConditionNode, Node, SendEmailNode, WaitNode


class Place(StrEnum):
    KEPT = "kept"
    """The version has this step, so the lead can stay there."""
    PASSED = "passed"
    """The e-mail that the lead is waiting for is switched off in the version: it passes it."""
    GONE = "gone"
    """The version has no such step, or one of another type."""


_TYPES: Mapping[State, type[Node]] = {
    State.WAITING: WaitNode,
    State.WATCHING: ConditionNode,
    State.SENDING: SendEmailNode,
    State.DEFERRED: SendEmailNode,
    State.UNKNOWN: SendEmailNode,
}
"""The type of the node at which a lead is in a state. Before its first step it is at none."""


class CarryOver:
    """Answers for one flow version."""

    def __init__(self, flow: Flow) -> None:
        self._nodes = flow.by_id()
        self._targets: dict[str, list[str]] = {node_id: [] for node_id in self._nodes}
        for link in flow.connections:
            self._targets[link.from_node].append(link.to_node)
        self.comes_back: Callable[[str], bool] = cache(self._comes_back)
        """Whether a path leads from the node back to it."""

    def place(self, state: State, node_id: str | None) -> Place:
        """`state`: of a lead on its way."""
        if node_id is None:
            return Place.KEPT
        node = self._nodes.get(node_id)
        if node is None or not isinstance(node, _TYPES[state]):
            return Place.GONE
        waits_for_message = state in (State.SENDING, State.DEFERRED)
        if waits_for_message and isinstance(node, SendEmailNode) and node.disabled:
            return Place.PASSED
        return Place.KEPT

    def not_again(self, had: Mapping[str, object]) -> tuple[str, ...]:
        """Which of the e-mails that a lead had it passes in this version: those on no cycle, which
        nobody is meant to get twice."""
        return tuple(
            node_id
            for node_id in had
            if isinstance(self._nodes.get(node_id), SendEmailNode) and not self.comes_back(node_id)
        )

    def _comes_back(self, node_id: str) -> bool:
        reached: set[str] = set()
        left = [node_id]
        while left:
            for target in self._targets[left.pop()]:
                if target == node_id:
                    return True
                if target not in reached:
                    reached.add(target)
                    left.append(target)
        return False
