"""Flows for simulated campaigns: some written by hand, some grown at random. All are valid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from functions.service.campaigns.edit import check_flow
from harness.simulation.world import World

Document = dict[str, object]

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC")
LINK = "https://example.com/x"
OTHER_LINK = "https://example.com/y"
PLANS = ("pro", "free", "PRO ", None)
SCORES: tuple[str | float, ...] = (0, 10, 50, 51, "99", 50.5)


def email(node_id: str) -> Document:
    settings = {
        "subject": f"{node_id} for {{{{contact.email}}}}",
        "body": f"<a href='{LINK}'>x</a> <a href='{OTHER_LINK}'>y</a>",
    }
    return _node(node_id, "sendEmail", settings)


def link(source: str, target: str, port: str = "next") -> Document:
    return {"from_node": source, "to_node": target, "from_port": port}


def _node(node_id: str, kind: str, configuration: Mapping[str, object]) -> Document:
    return {"id": node_id, "type": kind, "configuration": configuration}


def _wait(node_id: str, amount: int, unit: str) -> Document:
    return _node(node_id, "wait", {"mode": "duration", "amount": amount, "unit": unit})


def _asked(
    node_id: str,
    email_node: str,
    seconds: int,
    since: str,
    event: str = "clicked",
    clicked_link: str | None = None,
) -> Document:
    settings: Document = {
        "mode": "behaviour",
        "event": event,
        "email_node": email_node,
        "within": {"amount": seconds, "unit": "seconds"},
        "since": since,
    }
    if clicked_link is not None:
        settings["link"] = clicked_link
    return _node(node_id, "condition", settings)


_START: Document = {"id": "start", "type": "start"}
_END: Document = {"id": "end", "type": "end"}


def demo() -> Document:
    """The specification's flow: e-mail, wait 5 s, clicked within 8 s of arriving?, one of two
    e-mails.
    """
    return {
        "nodes": [
            _START,
            email("a"),
            _wait("w", 5, "seconds"),
            _asked("c", "a", 8, "arrival"),
            email("b"),
            email("d"),
            _END,
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
    """An e-mail again and again until the contact clicks; the wait makes the loop valid."""
    return {
        "nodes": [
            _START,
            email("a"),
            _wait("w", 90, "seconds"),
            _asked("c", "a", 60, "sent"),
            _END,
        ],
        "connections": [
            link("start", "a"),
            link("a", "w"),
            link("w", "c"),
            link("c", "end", "yes"),
            link("c", "a", "no"),
        ],
    }


def clocks() -> Document:
    """Waits on a wall clock that is about to change."""
    sundays = {"mode": "weekday", "weekdays": ["sunday"], "time": "02:30", "zone": "contact"}
    daily = {
        "mode": "weekday",
        "weekdays": ["monday", "wednesday", "saturday", "sunday"],
        "time": "03:00",
        "zone": "campaign",
    }
    return {
        "nodes": [
            _START,
            _node("w1", "wait", sundays),
            email("a"),
            _node("w2", "wait", daily),
            email("b"),
        ],
        "connections": [
            link("start", "w1"),
            link("w1", "a"),
            link("a", "w2"),
            link("w2", "b"),
        ],
        "zone": "Europe/Berlin",
    }


def broken() -> Document:
    """The second e-mail's template fails for contacts with the number 0 or without a number."""
    second = {"subject": "{{ 10 | divided_by: contact.score }}", "body": "b"}
    return {
        "nodes": [_START, email("a"), _node("b", "sendEmail", second)],
        "connections": [link("start", "a"), link("a", "b")],
    }


WRITTEN = (demo, loop, clocks, broken)


@dataclass(frozen=True, slots=True)
class _Port:
    """An exit that leads nowhere yet, with the path to it from the start."""

    source: str
    name: str
    path: tuple[Document, ...]

    def ids_of(self, kind: str) -> list[str]:
        return [str(it["id"]) for it in self.path if it["type"] == kind]


@dataclass
class _Growth:
    world: World
    nodes: list[Document] = field(default_factory=list)
    links: list[Document] = field(default_factory=list)
    ports: list[_Port] = field(default_factory=list)


def grown(world: World) -> Document:
    """A tree of up to `nodes_max` nodes, with some branches that meet or lead back."""
    chance = world.chance
    growth = _Growth(world, [_START], [], [_Port("start", "next", (_START,))])
    for number in range(chance.randrange(3, world.shape.nodes_max)):
        if not growth.ports:
            break
        port = growth.ports.pop(chance.randrange(len(growth.ports)))
        if number > 3 and chance.random() < 0.2 and _close(growth, port):
            continue
        node, exits = _grow_node(world, f"n{number}", port)
        growth.nodes.append(node)
        growth.links.append(link(port.source, str(node["id"]), port.name))
        growth.ports += [_Port(str(node["id"]), it, (*port.path, node)) for it in exits]
    return {
        "nodes": growth.nodes,
        "connections": growth.links,
        "zone": chance.choice(ZONES),
    }


def _close(growth: _Growth, port: _Port) -> bool:
    """Connect the port to an existing node: back, if a reader can end the loop, or across."""
    chance = growth.world.chance
    target = chance.choice(growth.nodes[1:])
    if target in port.path:
        circle = port.path[port.path.index(target) :]
        sent = {it["id"] for it in circle if it["type"] == "sendEmail" and "disabled" not in it}
        asked = [it["configuration"] for it in circle if it["type"] == "condition"]
        if not any(isinstance(it, dict) and it.get("email_node") in sent for it in asked):
            return False
    connection = link(port.source, str(target["id"]), port.name)
    document: Document = {"nodes": growth.nodes, "connections": [*growth.links, connection]}
    if check_flow(document).errors:
        return False
    growth.links.append(connection)
    return True


def _grow_node(world: World, node_id: str, port: _Port) -> tuple[Document, tuple[str, ...]]:
    """Returns the node and its exits."""
    chance = world.chance
    emails = port.ids_of("sendEmail")
    kind = chance.choice(
        ["email", "email", "email", "wait", "wait", "asked", "asked", "rules", "split", "end"]
    )
    if kind == "asked" and emails:
        event = chance.choice(["clicked", "clicked", "opened"])
        wanted = chance.choice([None, LINK]) if event == "clicked" else None
        seconds = chance.choice([5, 8, 40, 600, 172_800])
        since = chance.choice(["sent", "arrival"])
        node = _asked(node_id, chance.choice(emails), seconds, since, event, wanted)
        return node, ("yes", "no")
    if kind == "wait":
        return _maybe_off(world, _node(node_id, "wait", _waiting(world))), ("next",)
    if kind == "rules":
        return _node(node_id, "condition", _rules(world)), ("yes", "no")
    if kind == "split":
        branches = [{"port": "a", "weight": 1}, {"port": "b", "weight": 2}]
        return _node(node_id, "split", {"branches": branches}), ("a", "b")
    if kind == "end" and chance.random() < 0.5:
        return _node(node_id, "end", {"reason": "enough"}), ()
    return _maybe_off(world, email(node_id)), ("next",)


def _maybe_off(world: World, node: Document) -> Document:
    return {**node, "disabled": True} if world.is_off() else node


def _waiting(world: World) -> Document:
    chance = world.chance
    mode = chance.choice(["duration", "duration", "until", "weekday", "attribute"])
    if mode == "duration":
        amount, unit = chance.choice(
            [(1, "seconds"), (5, "seconds"), (90, "seconds"), (2, "hours"), (3, "days")]
        )
        return {"mode": mode, "amount": amount, "unit": unit}
    if mode == "until":
        at = world.began + timedelta(hours=chance.choice([-1, 1, 30, 100]), microseconds=1234)
        return {"mode": mode, "at": at.isoformat()}
    if mode == "weekday":
        return {
            "mode": mode,
            "weekdays": chance.sample(["monday", "friday", "saturday", "sunday"], 2),
            "time": chance.choice(["00:00", "02:30", "01:59", "23:30"]),
            "zone": chance.choice(["contact", "campaign", "Europe/Berlin"]),
        }
    offset = chance.choice([(0, "days"), (-1, "days"), (1, "weeks"), (-5, "hours")])
    return {
        "mode": mode,
        "attribute": "renewal",
        "offset": {"amount": offset[0], "unit": offset[1]},
        "time": "02:30",
        "zone": chance.choice(["contact", "campaign", "UTC"]),
        "if_missing": chance.choice(["end", "continue"]),
    }


def _rules(world: World) -> Document:
    chance = world.chance
    rules: list[Document] = [
        {"attribute": "plan", "operator": "equals", "value": "pro"},
        {"attribute": "score", "operator": "greater_than", "value": 50},
        {"attribute": "plan", "operator": "missing"},
        {"attribute": "plan", "operator": "not_equals", "value": "free"},
    ]
    return {
        "mode": "attributes",
        "match": chance.choice(["all", "any"]),
        "rules": chance.sample(rules, chance.choice([1, 2])),
    }


def renamed(world: World, document: Mapping[str, object]) -> Document:
    """The same flow, but one of its waits and conditions is another step, so that leads there have
    had the e-mails before it.
    """
    nodes, links = document["nodes"], document["connections"]
    assert isinstance(nodes, list)
    assert isinstance(links, list)
    ids = [str(it["id"]) for it in nodes if it["type"] in ("wait", "condition")]
    if not ids:
        return dict(document)
    old = world.moves.choice(ids)
    new = f"{old}x"[:40]
    return {
        **document,
        "nodes": [{**it, "id": new} if it["id"] == old else it for it in nodes],
        "connections": [
            {
                **it,
                "from_node": new if it["from_node"] == old else it["from_node"],
                "to_node": new if it["to_node"] == old else it["to_node"],
            }
            for it in links
        ],
    }


def attributes(world: World) -> dict[str, str | int | float | bool | None]:
    """A contact's attributes, as the flows above use them."""
    chance = world.chance
    near = (world.began + timedelta(days=chance.randrange(-2, 9))).date().isoformat()
    renewal = chance.choice([near, near, f"{near}T02:30", f"{near}T10:00:00+02:00", "soon", None])
    found: dict[str, str | int | float | bool | None] = {
        "plan": chance.choice(PLANS),
        "score": chance.choice(SCORES),
        "renewal": renewal,
        "timezone": chance.choice([*ZONES, "Mars/Olympus", None]),
    }
    return {key: value for key, value in found.items() if value is not None}
