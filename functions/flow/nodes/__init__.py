"""The node types. Each file has the schema of one type and its plan. The union is closed."""

from typing import Annotated, get_args

from pydantic import Field

from functions.flow.nodes.condition import ConditionNode
from functions.flow.nodes.end import EndNode
from functions.flow.nodes.send_email import SendEmailNode
from functions.flow.nodes.split import SplitNode
from functions.flow.nodes.start import StartNode
from functions.flow.nodes.wait import WaitNode

Node = Annotated[
    StartNode | SendEmailNode | WaitNode | ConditionNode | SplitNode | EndNode,
    Field(discriminator="type"),
]

NODE_TYPES: dict[str, type[Node]] = {
    kind.model_fields["type"].default: kind for kind in get_args(get_args(Node)[0])
}

__all__ = [
    "NODE_TYPES",
    "ConditionNode",
    "EndNode",
    "Node",
    "SendEmailNode",
    "SplitNode",
    "StartNode",
    "WaitNode",
]
