"""The end node: the lead completes, for the reason set on the node.

Invariant: the node has no port, so nothing follows it.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from functions.flow.nodes.plan import Finish, Here, NodeShape, Plan, Strict


class EndConfiguration(Strict):
    reason: Annotated[str, Field(min_length=1, max_length=200)] = "finished"


class EndNode(NodeShape):
    LABEL: ClassVar[str] = "End"
    ALWAYS_ON: ClassVar[str | None] = "nothing follows it"
    type: Literal["end"] = "end"
    configuration: EndConfiguration = EndConfiguration()

    def ports(self) -> tuple[str, ...]:
        return ()

    def plan(self, here: Here) -> Plan:
        return Finish(self.configuration.reason)
