"""Flows for simulated campaigns: some written by hand, some grown by chance. All are valid."""

import random  # noqa: TID251 (seeded by the world)
from typing import Any

Document = dict[str, Any]

_SHORT: list[Document] = [
    {"mode": "duration", "amount": 5, "unit": "seconds"},
    {"mode": "duration", "amount": 90, "unit": "seconds"},
    {"mode": "duration", "amount": 2, "unit": "hours"},
    {"mode": "weekday", "weekdays": ["sunday"], "time": "02:30", "zone": "Europe/Berlin"},
    {"mode": "attribute", "attribute": "renewal", "offset": {"amount": -1, "unit": "days"}},
    {"mode": "until", "at": "2026-03-29T01:30:00Z"},
]


def email(node_id: str) -> Document:
    settings = {
        "subject": f"{node_id} for {{{{contact.email}}}}",
        "body": "<a href='https://example.com/x'>x</a>",
    }
    return {"id": node_id, "type": "sendEmail", "configuration": settings}


def demo() -> Document:
    """e-mail, wait, clicked?, one of two e-mails."""
    return {
        "nodes": [
            {"id": "start", "type": "start"},
            email("a"),
            {"id": "w", "type": "wait", "configuration": _SHORT[0]},
            _asked("c", "a", 8, "arrival"),
            email("b"),
            email("d"),
            {"id": "end", "type": "end"},
        ],
        "connections": [
            link("start", "a"),
            link("a", "w"),
            link("w", "c"),
            link("c", "b", "yes"),
            link("c", "d", "no"),
            link("b", "end"),
        ],
    }


def loop() -> Document:
    """An e-mail again and again until the contact clicks; the wait makes the circle sound."""
    return {
        "nodes": [
            {"id": "start", "type": "start"},
            email("a"),
            {"id": "w", "type": "wait", "configuration": _SHORT[1]},
            _asked("c", "a", 60, "sent"),
            {"id": "end", "type": "end"},
        ],
        "connections": [
            link("start", "a"),
            link("a", "w"),
            link("w", "c"),
            link("c", "end", "yes"),
            link("c", "a", "no"),
        ],
    }


def grown(chance: random.Random) -> Document:
    """A tree of up to a dozen nodes."""
    nodes: list[Document] = [{"id": "start", "type": "start"}]
    links: list[Document] = []
    open_ports: list[tuple[str, str, tuple[str, ...]]] = [("start", "next", ())]
    for number in range(chance.randrange(3, 12)):
        if not open_ports:
            break
        source, port, emails = open_ports.pop(chance.randrange(len(open_ports)))
        node, ports, emails = _node(f"n{number}", emails, chance)
        nodes.append(node)
        links.append(link(source, node["id"], port))
        open_ports += [(node["id"], it, emails) for it in ports]
    return {"nodes": nodes, "connections": links, "zone": "America/New_York"}


def _node(
    node_id: str,
    emails: tuple[str, ...],
    chance: random.Random,
) -> tuple[Document, tuple[str, ...], tuple[str, ...]]:
    kind = chance.choice(["email", "email", "wait", "wait", "asked", "rules", "split", "end"])
    if kind == "asked" and emails:
        since = chance.choice(["sent", "arrival"])
        return (
            _asked(node_id, chance.choice(emails), chance.choice([5, 40, 600]), since),
            ("yes", "no"),
            emails,
        )
    if kind == "wait":
        settings: Document = chance.choice(_SHORT)
        return {"id": node_id, "type": "wait", "configuration": settings}, ("next",), emails
    if kind == "rules":
        rule = {"attribute": "plan", "operator": "equals", "value": "pro"}
        settings = {"mode": "attributes", "rules": [rule]}
        return (
            {"id": node_id, "type": "condition", "configuration": settings},
            ("yes", "no"),
            emails,
        )
    if kind == "split":
        branches = [{"port": "a", "weight": 1}, {"port": "b", "weight": 2}]
        node = {"id": node_id, "type": "split", "configuration": {"branches": branches}}
        return node, ("a", "b"), emails
    if kind == "end" and chance.random() < 0.5:
        return {"id": node_id, "type": "end"}, (), emails
    return email(node_id), ("next",), (*emails, node_id)


def _asked(node_id: str, email_node: str, seconds: int, since: str) -> Document:
    settings = {
        "mode": "behaviour",
        "event": "clicked",
        "email_node": email_node,
        "within": {"amount": seconds, "unit": "seconds"},
        "since": since,
    }
    return {"id": node_id, "type": "condition", "configuration": settings}


def link(source: str, target: str, port: str = "next") -> Document:
    return {"from_node": source, "to_node": target, "from_port": port}
