"""The start node: where every lead enters.

Invariant: a valid flow has exactly one start node, and no connection leads to it.
"""

from typing import ClassVar, Literal

from functions.flow.nodes.plan import ONWARD, Here, NodeShape, Plan, Strict


class StartConfiguration(Strict):
    pass


class StartNode(NodeShape):
    LABEL: ClassVar[str] = "Start"
    ALWAYS_ON: ClassVar[str | None] = "every lead enters there"
    type: Literal["start"] = "start"
    configuration: StartConfiguration = StartConfiguration()

    def plan(self, here: Here) -> Plan:
        return ONWARD
