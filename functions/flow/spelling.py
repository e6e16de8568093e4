"""Older spellings of a campaign, rewritten to the current spelling at the boundary.

Invariant: `normalise` is idempotent and loses nothing (keys it does not know go to `layout`). It
checks nothing: broken input stays broken, and `validate` reports it.
"""

import re
from collections.abc import Mapping

Document = dict[str, object]

_NODE_KEYS = frozenset({"id", "type", "configuration", "disabled"})
_TYPES = {
    "send_email": "sendEmail",
    "sendemail": "sendEmail",
    "email": "sendEmail",
    "delay": "wait",
    "trigger": "start",
    "exit": "end",
}
_EVENTS = {"open": "opened", "opens": "opened", "click": "clicked", "clicks": "clicked"}
_SMALL_NUMBER = re.compile(r"\s*\d{1,9}\s*", re.ASCII)
_WITHIN_DEFAULT = {"amount": 24, "unit": "hours"}
START_ID = "start"


def normalise(document: Mapping[str, object]) -> Document:
    """Return `{nodes, connections, zone?, layout?}` from any spelling of a flow.

    `workflow` may hold the nodes and connections. Its `start_node` names the first node of a flow
    that has no start node.
    """
    inner = document.get("workflow")
    workflow: Mapping[str, object] = inner if isinstance(inner, Mapping) else {}
    nodes = document.get("nodes", workflow.get("nodes"))
    links = document.get("connections", workflow.get("connections", []))
    layout: Document = {}
    known = document.get("layout")
    if isinstance(known, Mapping):
        layout.update(known)
    flow: Document = {"nodes": nodes, "connections": links}
    if isinstance(nodes, list):
        flow["nodes"] = [_node(item, layout) for item in nodes]
    if isinstance(links, list):
        flow["connections"] = [_connection(item, layout) for item in links]
    _add_start(flow, workflow.get("start_node", document.get("start_node")))
    _name_emails(flow)
    if document.get("zone") is not None:
        flow["zone"] = document["zone"]
    if layout:
        flow["layout"] = layout
    return flow


def _node(item: object, layout: Document) -> object:
    if not isinstance(item, Mapping):
        return item
    kind = item.get("type")
    node: Document = {"id": item.get("id"), "type": kind}
    if isinstance(kind, str):
        node["type"] = _TYPES.get(kind.lower(), kind)
    disabled = item.get("disabled")
    if disabled is not None and disabled is not False:
        node["disabled"] = disabled
    rest = {key: value for key, value in item.items() if key not in _NODE_KEYS}
    # Canvas libraries keep the settings under `config`; positions and the like are layout.
    configuration = item.get("configuration")
    if configuration is None and isinstance(rest.get("config"), Mapping):
        configuration = rest.pop("config")
    if configuration is not None:
        node["configuration"] = _configuration(node["type"], configuration)
    if rest and isinstance(node["id"], str):
        _keep(layout, "nodes", node["id"], rest)
    return node


def _keep(layout: Document, section: str, name: str, rest: Document) -> None:
    known = layout.get(section)
    entries: Document = dict(known) if isinstance(known, Mapping) else {}
    old = entries.get(name)
    entries[name] = {**old, **rest} if isinstance(old, Mapping) else rest
    layout[section] = entries


def _configuration(kind: object, value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    settings: Document = dict(value)
    if kind == "wait":
        _rename(settings, "waitDuration", "amount")
        _rename(settings, "waitUnit", "unit")
        amount = settings.get("amount")
        if isinstance(amount, str) and _SMALL_NUMBER.fullmatch(amount):
            settings["amount"] = int(amount)
        if "mode" not in settings:
            settings["mode"] = "duration"
    elif kind == "condition":
        _condition(settings)
    elif kind == "sendEmail":
        _rename(settings, "templateId", "template_id")
        _rename(settings, "fromName", "from_name")
        _rename(settings, "fromEmail", "from_email")
        _rename(settings, "replyTo", "reply_to")
        _rename(settings, "content", "body")
    return settings


def _condition(settings: Document) -> None:
    _rename(settings, "conditionType", "event")
    _rename(settings, "emailNode", "email_node")
    event = settings.get("event")
    if isinstance(event, str):
        settings["event"] = _EVENTS.get(event.lower(), event)
    if "waitDuration" in settings:
        amount, unit = settings.pop("waitDuration"), settings.pop("waitUnit", "days")
        settings.setdefault("within", {"amount": amount, "unit": unit})
    if "mode" not in settings:
        settings["mode"] = "attributes" if "rules" in settings else "behaviour"
    if settings["mode"] == "behaviour":
        settings.setdefault("within", dict(_WITHIN_DEFAULT))


def _connection(item: object, layout: Document) -> object:
    if not isinstance(item, Mapping):
        return item
    link: Document = dict(item)
    _rename(link, "source", "from_node")
    _rename(link, "target", "to_node")
    _rename(link, "connection_type", "from_port")
    _rename(link, "sourceHandle", "from_port")
    if link.get("from_port") in (None, "", "default"):
        link.pop("from_port", None)
    rest = {
        key: link.pop(key) for key in list(link) if key not in ("from_node", "to_node", "from_port")
    }
    if rest:
        name = f"{link.get('from_node')}/{link.get('from_port', 'next')}"
        _keep(layout, "connections", name, rest)
    return link


def _add_start(flow: Document, first: object) -> None:
    nodes, links = flow["nodes"], flow["connections"]
    if not (isinstance(nodes, list) and isinstance(links, list) and isinstance(first, str)):
        return
    ids = {node["id"]: node["type"] for node in nodes if _is_node(node)}
    if first not in ids or "start" in ids.values() or START_ID in ids:
        return
    nodes.insert(0, {"id": START_ID, "type": "start"})
    links.insert(0, {"from_node": START_ID, "to_node": first})


def _name_emails(flow: Document) -> None:
    """An old behaviour condition names no e-mail: it means the nearest one before it."""
    nodes, links = flow["nodes"], flow["connections"]
    if not (isinstance(nodes, list) and isinstance(links, list)):
        return
    kinds = {node["id"]: node["type"] for node in nodes if _is_node(node)}
    before: dict[object, list[object]] = {}
    for link in links:
        if isinstance(link, Mapping) and isinstance(link.get("to_node"), str):
            before.setdefault(link["to_node"], []).append(link.get("from_node"))
    for node in nodes:
        settings = node.get("configuration") if _is_node(node) else None
        if not isinstance(settings, dict) or settings.get("mode") != "behaviour":
            continue
        if settings.get("email_node") is None:
            nearest = _nearest_email(node.get("id"), before, kinds)
            if nearest is not None:
                settings["email_node"] = nearest


def _is_node(item: object) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("id"), str)


def _nearest_email(
    node_id: object, before: Mapping[object, list[object]], kinds: Mapping[str, object]
) -> str | None:
    seen: set[object] = {node_id}
    layer: list[object] = [node_id]
    while layer:
        layer = [up for here in layer for up in before.get(here, ()) if isinstance(up, str)]
        layer = [up for up in dict.fromkeys(layer) if up not in seen]
        seen.update(layer)
        for up in layer:
            if isinstance(up, str) and kinds.get(up) == "sendEmail":
                return up
    return None


def _rename(settings: Document, old: str, new: str) -> None:
    if old in settings:
        value = settings.pop(old)
        settings.setdefault(new, value)
