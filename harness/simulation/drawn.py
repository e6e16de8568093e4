"""One published version of a flow, as the naive model reads it."""

from collections.abc import Mapping

Node = Mapping[str, object]


class DrawnFlow:
    def __init__(self, version: int, document: Mapping[str, object]) -> None:
        nodes, links = document["nodes"], document["connections"]
        assert isinstance(nodes, list)
        assert isinstance(links, list)
        self.version = version
        self.nodes: Mapping[str, Node] = {it["id"]: it for it in nodes}
        self.links: Mapping[tuple[str, str], str] = {
            (it["from_node"], it["from_port"]): it["to_node"] for it in links
        }
        self.zone = str(document.get("zone", "UTC"))

    def has(self, node_id: str, kind: object) -> bool:
        return node_id in self.nodes and self.nodes[node_id]["type"] == kind

    def comes_back(self, node_id: str) -> bool:
        """Whether the node lies on a cycle."""
        reached, size = {node_id}, 0
        while len(reached) > size:
            size = len(reached)
            after = {to for (source, _), to in self.links.items() if source in reached}
            if node_id in after:
                return True
            reached |= after
        return False


def holds(settings: Mapping[str, object], attributes: Mapping[str, object]) -> bool:
    """Evaluates the rules that the grown flows use."""
    rules = settings["rules"]
    assert isinstance(rules, list)
    plan = attributes.get("plan")
    written = plan.strip().lower() if isinstance(plan, str) else None
    answers = {
        ("plan", "equals"): written == "pro",
        ("plan", "not_equals"): written != "free",
        ("plan", "missing"): plan is None,
        ("score", "greater_than"): float(str(attributes.get("score", "0"))) > 50,
    }
    held = [answers[it["attribute"], it["operator"]] for it in rules]
    return all(held) if settings["match"] == "all" else any(held)
