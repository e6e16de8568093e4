"""The split node: each branch gets a share of the leads, by weight.

Invariant: a lead takes the same branch every time, because the branch depends on lead and node
alone; a branch with weight 0 gets no leads.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from functions.flow.keys import IDENTIFIER, share
from functions.flow.nodes.plan import Follow, Here, NodeShape, Plan, Strict


class Branch(Strict):
    """`label` is what people call the branch; connections and the journal name it by its port."""

    port: Annotated[str, Field(min_length=1, max_length=64)]
    weight: Annotated[int, Field(ge=0, le=1_000_000)]
    label: Annotated[str, Field(max_length=60)] = ""

    @field_validator("port")
    @classmethod
    def _is_identifier(cls, port: str) -> str:
        if not IDENTIFIER.fullmatch(port):
            raise ValueError("must be 1 to 64 letters, digits, - _ or :")
        return port


class SplitConfiguration(Strict):
    branches: Annotated[tuple[Branch, ...], Field(min_length=2, max_length=20)]

    @field_validator("branches")
    @classmethod
    def _check(cls, branches: tuple[Branch, ...]) -> tuple[Branch, ...]:
        if len({branch.port for branch in branches}) < len(branches):
            raise ValueError("have the same port twice: give each its own name")
        if sum(branch.weight for branch in branches) == 0:
            raise ValueError("have no weight: give at least one branch a weight above 0")
        return branches


class SplitNode(NodeShape):
    LABEL: ClassVar[str] = "Split"
    ALWAYS_ON: ClassVar[str | None] = "it would be unclear which branch leads take"
    type: Literal["split"] = "split"
    configuration: SplitConfiguration

    def ports(self) -> tuple[str, ...]:
        return tuple(branch.port for branch in self.configuration.branches)

    def branch_name(self, port: str) -> str:
        """Return the branch's label; its port if it has none."""
        labels = {branch.port: branch.label.strip() for branch in self.configuration.branches}
        return labels.get(port) or port

    def plan(self, here: Here) -> Plan:
        branches = self.configuration.branches
        mark = share(here.lead.lead_id, self.id) * sum(branch.weight for branch in branches)
        passed = 0
        for branch in branches:
            passed += branch.weight
            if mark < passed:
                return Follow(branch.port, {"because": "split"})
        raise AssertionError("a share is below 1, so some branch holds the mark")
