"""A flow: nodes and connections, as published.

Invariant: a `Flow` has passed `functions.flow.validate`: ids are unique, connections end at nodes,
and each port of a node has one target. Drafts may be broken; they stay documents.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from functions.flow.nodes import Node
from functions.flow.nodes.duration import ZoneName
from functions.flow.nodes.plan import Strict

NODES_MAX = 2000
CONNECTIONS_MAX = 6000


class Connection(Strict):
    from_node: Annotated[str, Field(max_length=64)]
    to_node: Annotated[str, Field(max_length=64)]
    from_port: Annotated[str, Field(max_length=64)] = "next"


class Flow(Strict):
    """`zone`: the time zone of the campaign, for waits that use it and for contacts without one."""

    nodes: Annotated[tuple[Node, ...], Field(max_length=NODES_MAX)]
    connections: Annotated[tuple[Connection, ...], Field(max_length=CONNECTIONS_MAX)] = ()
    zone: ZoneName = "UTC"

    def by_id(self) -> Mapping[str, Node]:
        return {node.id: node for node in self.nodes}
