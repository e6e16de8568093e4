"""The e-mails and splits of a flow document, with their names, in the order in which leads come to
them.

Invariant: any document has an outline, also one of a draft that is not valid. Pure.
This module must not know what is reported about them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Document = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class OutlinedEmail:
    """`name`: the one that its author gave the card, otherwise the subject, otherwise the id."""

    node_id: str
    name: str


@dataclass(frozen=True, slots=True)
class OutlinedSplit:
    """`branches`: their names by port, in the order in which they are drawn."""

    node_id: str
    name: str
    branches: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outline:
    emails: tuple[OutlinedEmail, ...]
    splits: tuple[OutlinedSplit, ...]


def outline(flow: Document, draft: Document) -> Outline:
    """`flow`: as published. `draft`: has the names that authors give to cards."""
    nodes = {_text(it.get("id")): it for it in _mappings(flow.get("nodes"))}
    names = _mapping(_mapping(draft.get("layout")).get("nodes"))
    emails, splits = [], []
    for node_id in _in_order(nodes, flow):
        node = nodes[node_id]
        settings = _mapping(node.get("configuration"))
        name = _text(_mapping(names.get(node_id)).get("name")).strip()
        if node.get("type") == "sendEmail":
            subject = _text(settings.get("subject")).strip()
            emails.append(OutlinedEmail(node_id, name or subject or node_id))
        elif node.get("type") == "split":
            branches = {
                _text(it.get("port")): _text(it.get("label")).strip() or _text(it.get("port"))
                for it in _mappings(settings.get("branches"))
            }
            splits.append(OutlinedSplit(node_id, name or node_id, branches))
    return Outline(tuple(emails), tuple(splits))


def _in_order(nodes: Mapping[str, Document], flow: Document) -> Iterable[str]:
    """From the start along the connections, the nearest first; then what nothing leads to."""
    targets: dict[str, list[str]] = {}
    for link in _mappings(flow.get("connections")):
        targets.setdefault(_text(link.get("from_node")), []).append(_text(link.get("to_node")))
    queue = [it for it, node in nodes.items() if node.get("type") == "start"]
    seen = dict.fromkeys(queue)
    for node_id in queue:
        for target in targets.get(node_id, ()):
            if target in nodes and target not in seen:
                seen[target] = None
                queue.append(target)
    return [*seen, *(it for it in nodes if it not in seen)]


def _mappings(value: object) -> list[Document]:
    return [it for it in value if isinstance(it, Mapping)] if isinstance(value, list) else []


def _mapping(value: object) -> Document:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
