"""Names for the nodes of a flow, with the e-mail subjects that one contact gets.

Invariant: everything comes from the flow version and the contact's attributes. Pure.
This module must not know how a timeline is shown.
"""

from collections.abc import Mapping

from functions.flow.attributes import look_up
from functions.flow.lead import AttributeValue
from functions.flow.model import Flow
from functions.flow.nodes import ConditionNode, Node, SendEmailNode
from functions.flow.nodes.condition import BehaviourCondition
from functions.flow.nodes.duration import zone_or
from functions.flow.nodes.plan import Switchable
from functions.flow.nodes.wait import ZONE_ATTRIBUTE
from functions.service.leads.timeline_codes import NodeName


class FlowNames:
    """Names the nodes of a flow version for one contact."""

    def __init__(self, flow: Flow, attributes: Mapping[str, AttributeValue]) -> None:
        self._zone = flow.zone
        self._attributes = attributes
        self._nodes = flow.by_id()
        self._targets = {(it.from_node, it.from_port): it.to_node for it in flow.connections}

    def node(self, node_id: str | None) -> Node | None:
        return self._nodes.get(node_id or "")

    def name(self, node_id: str | None) -> NodeName:
        node = self.node(node_id)
        title = None
        if isinstance(node, SendEmailNode):
            title = node.configuration.subject or node.configuration.template_id
        return NodeName(node_id=node_id or "", type=node.type if node else None, title=title)

    def after(self, node_id: str) -> str | None:
        """The node behind a wait, skipping nodes that are switched off. This terminates, because a
        valid flow has no cycle of such nodes only."""
        target = self._targets.get((node_id, "next"))
        while target is not None and self._is_off(target):
            target = self._targets.get((target, "next"))
        return target

    def behaviour(self, node_id: str | None) -> BehaviourCondition | None:
        """What a behaviour condition watches for; None for all other nodes."""
        node = self.node(node_id)
        if isinstance(node, ConditionNode) and isinstance(node.configuration, BehaviourCondition):
            return node.configuration
        return None

    def zone(self, node_id: str | None) -> str:
        """The time zone in which the end of a wait was computed."""
        node = self.node(node_id)
        named = getattr(node.configuration, "zone", "campaign") if node else "campaign"
        if named == "contact":
            return str(zone_or(look_up(self._attributes, ZONE_ATTRIBUTE), self._zone))
        return self._zone if named == "campaign" else str(named)

    def _is_off(self, node_id: str) -> bool:
        node = self.node(node_id)
        return isinstance(node, Switchable) and node.disabled
