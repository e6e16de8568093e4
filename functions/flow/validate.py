"""Check a flow. Every finding names its node and its field, and says what would be right.

Invariant: a report without errors contains a `Flow` in which no lead can get stuck, go in circles
without waiting, or reach a node that does not exist. Warnings do not block.
This module must not know Liquid or mail: the caller passes `check_template` and `check_address`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import TypeAdapter, ValidationError

from functions.flow.keys import IDENTIFIER
from functions.flow.model import CONNECTIONS_MAX, NODES_MAX, Connection, Flow
from functions.flow.nodes import (
    NODE_TYPES,
    ConditionNode,
    Node,
    SendEmailNode,
    SplitNode,
    StartNode,
    WaitNode,
)
from functions.flow.nodes.condition import BehaviourCondition
from functions.flow.nodes.duration import ZoneName
from functions.flow.nodes.wait import WaitDuration, WaitWeekday
from functions.flow.sentences import ErrorDetails, field_path, sentence, shown

FINDINGS_MAX = 200

_ZONE: TypeAdapter[str] = TypeAdapter(ZoneName)

CheckText = Callable[[str], str | None]
"""Returns in one sentence what is wrong with a text, or None."""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """`field` is a path within the node, or within the flow if `node_id` is None. `line`: in the
    text of that field, from 1; None if the finding is not about one line."""

    severity: Severity
    code: str
    node_id: str | None
    field: str | None
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """`flow` is None if and only if there is an error."""

    flow: Flow | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.WARNING)


def validate(
    document: Mapping[str, object],
    check_template: CheckText | None = None,
    check_address: CheckText | None = None,
) -> Report:
    """`document`: `{nodes, connections, zone}` in the current spelling (`spelling.normalise`)."""
    found = _Findings()
    zone = _read_zone(document.get("zone", "UTC"), found)
    nodes = _read_nodes(document.get("nodes"), found)
    connections = _read_connections(document.get("connections", []), found)
    if nodes and not found.is_full:
        _check_connections(nodes, connections, found)
        _check_graph(nodes, connections, found)
        for node in nodes.values():
            if isinstance(node, SendEmailNode) and check_template is not None:
                _check_templates(node, check_template, found)
            if isinstance(node, SendEmailNode) and check_address is not None:
                _check_sender(node, check_address, found)
    flow = None
    if not found.errors_count:
        flow = Flow(nodes=tuple(nodes.values()), connections=tuple(connections), zone=zone)
    return Report(flow, tuple(found.items))


@dataclass
class _Findings:
    """At most `FINDINGS_MAX` errors and as many warnings, so that neither displaces the other.

    `broken_nodes`: the type of each node that could not be read, by id.
    """

    items: list[Finding] = field(default_factory=list)
    errors_count: int = 0
    warnings_count: int = 0
    broken_nodes: dict[str, object] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        return self.errors_count >= FINDINGS_MAX

    def error(
        self, code: str, message: str, node_id: str | None = None, field: str | None = None
    ) -> None:
        if not self.is_full:
            self.items.append(Finding(Severity.ERROR, code, node_id, field, message))
        self.errors_count += 1

    def warn(
        self, code: str, message: str, node_id: str | None = None, field: str | None = None
    ) -> None:
        if self.warnings_count < FINDINGS_MAX:
            self.items.append(Finding(Severity.WARNING, code, node_id, field, message))
        self.warnings_count += 1


def _read_zone(value: object, found: _Findings) -> str:
    try:
        return _ZONE.validate_python(value)
    except ValidationError as problem:
        found.error("bad_zone", f"zone {sentence(problem.errors()[0])}.", field="zone")
        return "UTC"


def _read_nodes(value: object, found: _Findings) -> dict[str, Node]:
    if not isinstance(value, list) or not value:
        found.error("no_nodes", "nodes must be a list with at least a start node.", field="nodes")
        return {}
    if len(value) > NODES_MAX:
        found.error(
            "too_many_nodes",
            f"A flow has at most {NODES_MAX} nodes, this one has {len(value)}: split it into "
            "several campaigns.",
            field="nodes",
        )
        return {}
    nodes: dict[str, Node] = {}
    for index, item in enumerate(value):
        node = _read_node(item, index, found)
        if node is None:
            continue
        if node.id in nodes:
            found.error(
                "duplicate_node",
                f"Two nodes have the id {node.id}: give one of them another.",
                node.id,
                "id",
            )
        else:
            nodes[node.id] = node
    return nodes


def _read_node(item: object, index: int, found: _Findings) -> Node | None:
    where = f"nodes[{index}]"
    if not isinstance(item, Mapping):
        found.error("bad_node", f"{where} must be an object with id, type and configuration.")
        return None
    node_id, kind = item.get("id"), item.get("type")
    if not isinstance(node_id, str) or not IDENTIFIER.fullmatch(node_id):
        if isinstance(node_id, str):
            found.broken_nodes[node_id] = kind
        found.error(
            "bad_node_id",
            f"{where}.id must be 1 to 64 letters, digits, - _ or :.",
            field=f"{where}.id",
        )
        return None
    known = NODE_TYPES.get(kind) if isinstance(kind, str) else None
    if known is None:
        found.broken_nodes[node_id] = kind
        found.error(
            "unknown_type",
            f"type must be one of {', '.join(NODE_TYPES)}, not {shown(kind)}.",
            node_id,
            "type",
        )
        return None
    try:
        return known.model_validate(item)
    except ValidationError as problem:
        found.broken_nodes[node_id] = kind
        for error in _innermost(problem.errors(include_url=False)):
            if error["loc"] == ("disabled",) and known.ALWAYS_ON is not None:
                message = f"{node_id} can't be switched off: {known.ALWAYS_ON}. Leave disabled out."
                found.error("always_on", message, node_id, "disabled")
                continue
            path = field_path(_as_written(known, error["loc"]))
            if error["type"].startswith("union_tag"):
                path += ".mode"
            code = "bad_duration" if path.endswith((".amount", ".unit")) else "bad_configuration"
            message = sentence(error)
            name = path.rsplit(".", 1)[-1] or "configuration"
            is_whole = error["type"] == "value_error" and path == "configuration"
            found.error(code, f"{message}." if is_whole else f"{name} {message}.", node_id, path)
        return None


def _as_written(kind: type[Node], location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """For nodes with modes, pydantic puts the mode into the path; the document does not have it."""
    has_modes = kind in (WaitNode, ConditionNode) and location[0] == "configuration"
    return (location[0], *location[2:]) if has_modes else location


def _innermost(errors: Sequence[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Leave out errors that only follow from a nested one: a list with one broken item is also
    reported as too short."""
    inner = {error["loc"][:depth] for error in errors for depth in range(len(error["loc"]))}
    return (error for error in errors if error["loc"] not in inner)


def _read_connections(value: object, found: _Findings) -> list[Connection]:
    if not isinstance(value, list):
        found.error("bad_connections", "connections must be a list.", field="connections")
        return []
    if len(value) > CONNECTIONS_MAX:
        found.error(
            "too_many_connections",
            f"A flow has at most {CONNECTIONS_MAX} connections, this one has {len(value)}.",
            field="connections",
        )
        return []
    connections = []
    for index, item in enumerate(value):
        try:
            connections.append(Connection.model_validate(item))
        except ValidationError as problem:
            for error in problem.errors(include_url=False):
                path = f"connections[{index}]"
                inner = field_path(error["loc"])
                name = inner or path
                found.error(
                    "bad_connection",
                    f"{name} {sentence(error)}.",
                    field=f"{path}.{inner}" if inner else path,
                )
    return connections


def _check_connections(
    nodes: Mapping[str, Node], connections: Sequence[Connection], found: _Findings
) -> None:
    taken: set[tuple[str, str]] = set()
    for index, link in enumerate(connections):
        where = f"connections[{index}]"
        for end, node_id in (("from_node", link.from_node), ("to_node", link.to_node)):
            if node_id not in nodes and node_id not in found.broken_nodes:
                found.error(
                    "dangling_connection",
                    f"{end} names {node_id}, which is not a node of this flow.",
                    field=f"{where}.{end}",
                )
        source = nodes.get(link.from_node)
        if source is None:
            continue
        if link.from_port not in source.ports():
            ports = ", ".join(source.ports()) or "none: a lead ends there"
            found.error(
                "unknown_port",
                f"{link.from_node} has no port {link.from_port}; its ports: {ports}.",
                link.from_node,
                f"{where}.from_port",
            )
        elif (link.from_node, link.from_port) in taken:
            found.error(
                "port_taken",
                f"Two connections leave {link.from_node} by {link.from_port}: keep one, or insert "
                "a split or a condition.",
                link.from_node,
                f"{where}.from_port",
            )
        taken.add((link.from_node, link.from_port))
        if isinstance(nodes.get(link.to_node), StartNode):
            found.error(
                "enters_start",
                "A connection leads back to the start: connect it to the node after the start.",
                link.to_node,
                f"{where}.to_node",
            )
    for node in nodes.values():
        for port in node.ports():
            if (node.id, port) not in taken:
                branch = node.branch_name(port) if isinstance(node, SplitNode) else port
                exit_name = node.id if port == "next" else f'the branch "{branch}" of {node.id}'
                found.warn(
                    "unconnected_port",
                    f"Nothing follows {exit_name}: leads end there.",
                    node.id,
                    port,
                )


def _check_graph(
    nodes: Mapping[str, Node], connections: Sequence[Connection], found: _Findings
) -> None:
    starts = [node.id for node in nodes.values() if isinstance(node, StartNode)]
    if not starts:
        if "start" not in found.broken_nodes.values():
            found.error("no_start", "The flow has no start node: add one.", field="nodes")
        return
    for extra in starts[1:]:
        found.error("two_starts", "The flow has two start nodes: keep one.", extra, "type")
    after: dict[str, list[str]] = {node_id: [] for node_id in nodes}
    for link in connections:
        if link.from_node in nodes and link.to_node in nodes:
            after[link.from_node].append(link.to_node)
    reached = _reachable([starts[0]], after)
    # A node that could not be read hides the nodes after it; do not report those as well.
    if not found.broken_nodes:
        for node_id in nodes:
            if node_id not in reached and node_id not in starts:
                found.error(
                    "unreachable_node",
                    f"No connection leads to {node_id}: connect it or remove it.",
                    node_id,
                )
    _check_cycles(nodes, after, found)
    for node in nodes.values():
        if isinstance(node, ConditionNode):
            _check_condition(node, nodes, after, found)


def _reachable(start: Iterable[str], after: Mapping[str, Sequence[str]]) -> set[str]:
    reached = set(start)
    ahead = list(reached)
    while ahead:
        for node_id in after[ahead.pop()]:
            if node_id not in reached:
                reached.add(node_id)
                ahead.append(node_id)
    return reached


def _check_cycles(
    nodes: Mapping[str, Node], after: Mapping[str, Sequence[str]], found: _Findings
) -> None:
    """Remove nodes without an incoming connection until none is left; the rest are cycles.

    Waits for a duration or a weekday always take time, so they are removed first. Waits until an
    instant or a date of the contact take no time the second time round, and nodes that are switched
    off never take any.
    """
    hasty = {node_id for node_id, node in nodes.items() if not _always_takes_time(node)}
    before: dict[str, list[str]] = {node_id: [] for node_id in hasty}
    for node_id in nodes:
        for target in after[node_id]:
            if node_id in hasty and target in hasty:
                before[target].append(node_id)
    entries_left = {node_id: len(sources) for node_id, sources in before.items()}
    free = [node_id for node_id, entries in entries_left.items() if entries == 0]
    while free:
        node_id = free.pop()
        hasty.discard(node_id)
        for target in after[node_id]:
            if target in hasty:
                entries_left[target] -= 1
                if entries_left[target] == 0:
                    free.append(target)
    left = next((node_id for node_id in nodes if node_id in hasty), None)
    if left is not None:
        on_cycle = _cycle_above(left, before, hasty)
        found.error(
            "cycle_without_wait",
            f"From {on_cycle} a lead comes back to {on_cycle} without waiting: put a wait for a "
            "duration or a weekday into the cycle.",
            on_cycle,
        )


def _cycle_above(node_id: str, before: Mapping[str, Sequence[str]], hasty: set[str]) -> str:
    """Go back from a node that was left; each has an incoming connection, so this finds a cycle."""
    seen: set[str] = set()
    while node_id not in seen:
        seen.add(node_id)
        node_id = next(source for source in before[node_id] if source in hasty)
    return node_id


def _always_takes_time(node: Node) -> bool:
    return (
        isinstance(node, WaitNode)
        and not node.disabled
        and isinstance(node.configuration, WaitDuration | WaitWeekday)
    )


def _check_condition(
    node: ConditionNode,
    nodes: Mapping[str, Node],
    after: Mapping[str, Sequence[str]],
    found: _Findings,
) -> None:
    configuration = node.configuration
    if not isinstance(configuration, BehaviourCondition):
        return
    name = configuration.email_node
    if name in found.broken_nodes:
        return
    email = nodes.get(name)
    if not isinstance(email, SendEmailNode):
        found.error(
            "unknown_email",
            f"email_node names {name}, which is not an e-mail of this flow.",
            node.id,
            "configuration.email_node",
        )
    elif not found.broken_nodes and node.id not in _reachable([email.id], after):
        found.error(
            "email_not_sent_before",
            f"{name} can't have been sent when a lead arrives here: choose an e-mail that comes "
            "earlier.",
            node.id,
            "configuration.email_node",
        )
    elif email.disabled:
        found.warn(
            "email_switched_off",
            f'{name} is switched off, so every lead takes "no" at {node.id}: switch it on, or '
            "choose another e-mail.",
            node.id,
            "configuration.email_node",
        )


def _check_templates(node: SendEmailNode, check_template: CheckText, found: _Findings) -> None:
    configuration = node.configuration
    for name in ("subject", "body", "from_name", "preheader"):
        source = getattr(configuration, name)
        if source:
            fault = check_template(source)
            if fault is not None:
                found.error("bad_template", f"{name}: {fault}", node.id, f"configuration.{name}")


def _check_sender(node: SendEmailNode, check_address: CheckText, found: _Findings) -> None:
    for name in ("from_email", "reply_to"):
        address = getattr(node.configuration, name)
        fault = check_address(address) if address else None
        if fault is not None:
            found.error("bad_address", f"{name}: {fault}", node.id, f"configuration.{name}")
