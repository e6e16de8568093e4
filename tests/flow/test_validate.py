"""The validator: one flow per code, and words that name what would be right."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from functions.flow.validate import Finding, Severity, validate
from functions.mail.headers import check_mailbox
from functions.mail.template import check_template
from tests.flow.builders import (
    Document,
    chain,
    clicked,
    document,
    email,
    is_pro,
    link,
    node,
    wait,
)


def start() -> Document:
    return node("start", "start")


def changed(source: Document, change: Callable[[Document], object]) -> Document:
    copy = deepcopy(source)
    change(copy)
    return copy


VALID = chain(email("mail"), wait("pause"), clicked("c", "mail"), node("end", "end"))


def with_wait(**configuration: object) -> Document:
    return chain(email("mail"), node("pause", "wait", configuration), node("end", "end"))


def with_rule(**rule: object) -> Document:
    settings = {"mode": "attributes", "rules": [rule]}
    return chain(node("c", "condition", settings), node("end", "end"))


def with_email(**configuration: object) -> Document:
    return chain(node("mail", "sendEmail", configuration), node("end", "end"))


def with_disabled(node_id: str) -> Document:
    source = deepcopy(VALID)
    assert isinstance(source["nodes"], list)
    next(it for it in source["nodes"] if it["id"] == node_id)["disabled"] = True
    return source


Case = tuple[str, Document, str | None, str | None, str]
CASES: list[Case] = [
    # code, document, node, field, words that must occur
    ("no_nodes", {}, None, "nodes", "at least a start node"),
    ("no_nodes", {"nodes": []}, None, "nodes", "must be a list"),
    ("no_nodes", {"nodes": {"id": "start"}}, None, "nodes", "must be a list"),
    ("bad_node", document(["start"], []), None, None, "id, type and configuration"),  # type: ignore[list-item]
    ("bad_node_id", document([node("a/b", "start")], []), None, "nodes[0].id", "letters, digits"),
    ("bad_node_id", document([{"type": "start"}], []), None, "nodes[0].id", "1 to 64"),
    (
        "unknown_type",
        document([start(), node("n", "sms")], []),
        "n",
        "type",
        "start, sendEmail, wait, condition, split, end, not 'sms'",
    ),
    ("unknown_type", document([start(), {"id": "n"}], []), "n", "type", "must be one of"),
    ("unknown_type", document([start(), {"id": "n", "type": {}}], []), "n", "type", "an object"),
    (
        "duplicate_node",
        document([start(), email("m"), email("m")], [link("start", "m")]),
        "m",
        "id",
        "give one of them another",
    ),
    ("no_start", document([email("m")], []), None, "nodes", "add one"),
    (
        "always_on",
        with_disabled("c"),
        "c",
        "disabled",
        "c can't be switched off: it would be unclear",
    ),
    (
        "two_starts",
        changed(VALID, lambda it: it["nodes"].append(node("s2", "start"))),  # type: ignore[attr-defined]
        "s2",
        "type",
        "keep one",
    ),
    (
        "unreachable_node",
        changed(VALID, lambda it: it["nodes"].append(email("lost"))),  # type: ignore[attr-defined]
        "lost",
        None,
        "connect it or remove it",
    ),
    ("bad_connections", {"nodes": [start()], "connections": {}}, None, "connections", "a list"),
    (
        "bad_connection",
        document([start()], [{"from_node": "start"}]),
        None,
        "connections[0].to_node",
        "to_node is missing",
    ),
    ("bad_connection", document([start()], [7]), None, "connections[0]", "an object"),  # type: ignore[list-item]
    (
        "dangling_connection",
        document([start()], [link("start", "nowhere")]),
        None,
        "connections[0].to_node",
        "nowhere, which is not a node",
    ),
    (
        "dangling_connection",
        document([start()], [link("nowhere", "start")]),
        None,
        "connections[0].from_node",
        "nowhere, which is not a node",
    ),
    (
        "unknown_port",
        document(
            [start(), is_pro("c"), is_pro("c2")], [link("start", "c"), link("c", "c2", "maybe")]
        ),
        "c",
        "connections[1].from_port",
        "its ports: yes, no",
    ),
    (
        "unknown_port",
        document([start(), node("e", "end"), email("m")], [link("start", "e"), link("e", "m")]),
        "e",
        "connections[1].from_port",
        "a lead ends there",
    ),
    (
        "port_taken",
        changed(VALID, lambda it: it["connections"].append(link("mail", "end"))),  # type: ignore[attr-defined]
        "mail",
        "connections[4].from_port",
        "keep one, or insert a split",
    ),
    (
        "enters_start",
        document([start(), wait("w")], [link("start", "w"), link("w", "start")]),
        "start",
        "connections[1].to_node",
        "to the node after the start",
    ),
    (
        "cycle_without_wait",
        document([start(), email("m")], [link("start", "m"), link("m", "m")]),
        "m",
        None,
        "put a wait for a duration or a weekday",
    ),
    ("bad_zone", {**VALID, "zone": "Mars"}, None, "zone", "Europe/Berlin, or UTC"),
    ("bad_zone", {**VALID, "zone": None}, None, "zone", "must be text"),
    (
        "unknown_email",
        chain(clicked("c", "pause"), wait("pause")),
        "c",
        "configuration.email_node",
        "not an e-mail of this flow",
    ),
    (
        "email_not_sent_before",
        chain(clicked("c", "mail"), email("mail")),
        "c",
        "configuration.email_node",
        "choose an e-mail that comes earlier",
    ),
    (
        "bad_template",
        with_email(subject="Hi {{ contact.first_name", body="x"),
        "mail",
        "configuration.subject",
        "subject: ",
    ),
    (
        "bad_template",
        with_email(subject="Hi", body="{% if contact.plan %}x"),
        "mail",
        "configuration.body",
        "body: ",
    ),
    (
        "bad_address",
        with_email(subject="Hi", body="x", from_email="ann@☃.example"),
        "mail",
        "configuration.from_email",
        "from_email: '☃.example' is not a domain name",
    ),
    (
        "bad_address",
        with_email(subject="Hi", body="x", reply_to="Help <help@example.com>"),
        "mail",
        "configuration.reply_to",
        "reply_to: 'Help <help@example.com>' is not an e-mail address",
    ),
    (
        "bad_duration",
        with_wait(mode="duration", amount=0, unit="days"),
        "pause",
        "configuration.amount",
        "amount must be at least 1, not 0",
    ),
    (
        "bad_duration",
        with_wait(mode="duration", amount="soon", unit="days"),
        "pause",
        "configuration.amount",
        "whole number, not 'soon'",
    ),
    (
        "bad_duration",
        with_wait(mode="duration", amount=1, unit="moons"),
        "pause",
        "configuration.unit",
        "'seconds', 'minutes', 'hours', 'days' or 'weeks'",
    ),
    (
        "bad_duration",
        with_wait(mode="attribute", attribute="d", offset={"unit": "days"}),
        "pause",
        "configuration.offset.amount",
        "amount is missing",
    ),
]
CONFIGURATIONS: list[tuple[Document, str, str, str]] = [
    # document, node, field, words: all of code bad_configuration
    (with_wait(mode="duration", amount=900, unit="weeks"), "pause", "configuration", "five years"),
    (with_wait(amount=1, unit="days"), "pause", "configuration.mode", "mode is missing"),
    (with_wait(mode="someday"), "pause", "configuration.mode", "one of 'duration'"),
    (with_wait(mode="until", at="2027-01-01T09:00:00"), "pause", "configuration.at", "Z, or"),
    (with_wait(mode="until", at="tomorrow"), "pause", "configuration.at", "2027-01-01T09:00:00Z"),
    (with_wait(mode="until", at=[1]), "pause", "configuration.at", "must be a time such as"),
    (
        with_wait(mode="weekday", weekdays=[], time="09:00"),
        "pause",
        "configuration.weekdays",
        "1 or more",
    ),
    (
        with_wait(mode="weekday", weekdays=["monday"], time="25:00"),
        "pause",
        "configuration.time",
        "time of day such as 09:00",
    ),
    (
        with_wait(mode="weekday", weekdays=["monday"], time="09:00", zone="Mars"),
        "pause",
        "configuration.zone",
        "Europe/Berlin",
    ),
    (
        with_wait(mode="duration", amount=1, unit="days", note="x"),
        "pause",
        "configuration.note",
        "remove it, or check its spelling",
    ),
    (
        chain(node("end", "end", {"until": 1})),
        "end",
        "configuration.until",
        "until is not known here",
    ),
    (with_email(body="x"), "mail", "configuration", "subject is empty: write one"),
    (with_email(subject="x"), "mail", "configuration", "body is empty: write one"),
    (with_email(template_id="t"), "mail", "configuration", "write subject and body"),
    (
        with_email(subject="a\r\nBcc: b@example.org", body="x"),
        "mail",
        "configuration.subject",
        "single line",
    ),
    (with_email(subject=7, body="x"), "mail", "configuration.subject", "must be text, not 7"),
    (with_email(subject="x" * 501, body="x"), "mail", "configuration.subject", "at most 500"),
    (
        with_rule(attribute="plan", operator="equals"),
        "c",
        "configuration.rules[0]",
        "needs a value to compare with",
    ),
    (
        with_rule(attribute="plan", operator="is_one_of", value="pro"),
        "c",
        "configuration.rules[0]",
        "takes a list of values",
    ),
    (
        with_rule(attribute="plan", operator="resembles", value="pro"),
        "c",
        "configuration.rules[0].operator",
        "must be 'equals',",
    ),
    (
        chain(node("c", "condition", {"mode": "attributes", "rules": "all"})),
        "c",
        "configuration.rules",
        "must be a list",
    ),
    (
        chain(node("s", "split", {"branches": [{"port": "a", "weight": 1}]})),
        "s",
        "configuration.branches",
        "2 or more",
    ),
    (
        chain(node("s", "split", {"branches": [{"port": p, "weight": 0} for p in "ab"]})),
        "s",
        "configuration.branches",
        "give at least one branch a weight",
    ),
    (
        with_rule(attribute="plan", operator="equals", value={"plan": "pro"}),
        "c",
        "configuration.rules[0].value",
        "must be text, a number, true or false, or a list of these",
    ),
    (
        with_rule(attribute="plan", operator="is_one_of", value=["x"] * 1001),
        "c",
        "configuration.rules[0].value",
        "at most 1000",
    ),
    (document([start(), node("m", "sendEmail")], []), "m", "configuration", "is missing"),
    (
        document([start(), {"id": "m", "type": "sendEmail", "configuration": 7}], []),
        "m",
        "configuration",
        "must be an object, not 7",
    ),
]
CASES += [("bad_configuration", *case) for case in CONFIGURATIONS]


def shows(case: Case) -> str:
    return f"{case[0]}-{case[3]}"


@pytest.mark.parametrize("case", CASES, ids=shows)
def test_finding(case: Case) -> None:
    """The code, the node, the field, and a sentence that says what would be right."""
    code, source, node_id, field, message = case
    report = validate(source, check_template, check_mailbox)
    assert report.flow is None
    found = [it for it in report.errors if it.code == code]
    assert [(it.node_id, it.field) for it in found] == [(node_id, field)], report.errors
    assert message in found[0].message
    assert found[0].message.endswith(".")


@pytest.mark.parametrize("case", CASES, ids=shows)
def test_fault_is_blamed_once(case: Case) -> None:
    """One fault, one error: what follows from it is not reported as if it were another."""
    assert [it.code for it in validate(case[1], check_template, check_mailbox).errors] == [case[0]]


def test_every_code_is_tried() -> None:
    """The two about size have tests of their own below."""
    assert {case[0] for case in CASES} == {
        *("no_nodes", "bad_node", "bad_node_id", "unknown_type", "duplicate_node", "no_start"),
        *("two_starts", "unreachable_node", "bad_connections", "bad_connection", "unknown_port"),
        *("dangling_connection", "port_taken", "enters_start", "cycle_without_wait", "bad_zone"),
        *("unknown_email", "email_not_sent_before", "bad_template", "bad_duration"),
        *("bad_configuration", "bad_address", "always_on"),
    }


def test_valid_flow_has_no_finding_but_its_open_port() -> None:
    """A warning never blocks: the flow is there."""
    report = validate(VALID, check_template)
    assert report.flow is not None
    assert report.findings == (
        Finding(
            Severity.WARNING,
            "unconnected_port",
            "c",
            "no",
            'Nothing follows the branch "no" of c: leads end there.',
        ),
    )


def test_broken_node_hides_no_finding_and_causes_none() -> None:
    """What follows a node that could not be read is neither unreachable nor dangling."""
    broken = changed(VALID, lambda it: it["nodes"][1].pop("configuration"))  # type: ignore[index]
    assert [(it.code, it.node_id) for it in validate(broken).errors] == [
        ("bad_configuration", "mail")
    ]
    between = changed(VALID, lambda it: it["nodes"][2].pop("configuration"))  # type: ignore[index]
    assert [(it.code, it.node_id) for it in validate(between).errors] == [
        ("bad_configuration", "pause")
    ]
    start_broken = changed(
        VALID,
        lambda it: it["nodes"][0].update(configuration={"colour": "red"}),  # type: ignore[index]
    )
    assert [(it.code, it.node_id) for it in validate(start_broken).errors] == [
        ("bad_configuration", "start")
    ]


def test_templates_are_checked_only_with_a_checker() -> None:
    """Without a checker a template counts as sound: the flow core knows no Liquid."""
    assert validate(with_email(subject="{{", body="x")).flow is not None


CYCLES = [
    # nodes between start and back, and whether that is sound
    ([email("a"), wait("w")], True),
    (
        [
            email("a"),
            node("w", "wait", {"mode": "weekday", "weekdays": ["monday"], "time": "09:00"}),
        ],
        True,
    ),
    ([email("a"), node("w", "wait", {"mode": "until", "at": "2027-01-01T00:00:00Z"})], False),
    ([email("a"), node("w", "wait", {"mode": "attribute", "attribute": "d"})], False),
    ([email("a"), email("b")], False),
    ([email("a"), clicked("c", "a")], False),
    ([is_pro("a"), is_pro("b")], False),
]


@pytest.mark.parametrize(("nodes", "is_valid"), CYCLES)
def test_circle_needs_a_wait_that_always_takes_time(nodes: list[Document], is_valid: bool) -> None:
    """An instant or a date of the contact is over the second time round; a click may come at
    once."""
    last = nodes[-1]
    source = chain(*nodes)
    port = "yes" if last["type"] == "condition" else "next"
    assert isinstance(source["connections"], list)
    source["connections"].append(link(str(last["id"]), str(nodes[0]["id"]), port))
    errors = validate(source).errors
    assert [it.code for it in errors] == ([] if is_valid else ["cycle_without_wait"])


def test_circle_is_named_by_a_node_that_is_on_it() -> None:
    """Not by one that only follows it, though that stands first in the list."""
    after = [is_pro(f"after{number}") for number in range(5)]
    nodes = [start(), *after, is_pro("x"), email("y")]
    links = [link("start", "x"), link("x", "y", "yes"), link("y", "x"), link("x", "after0", "no")]
    links += [link(f"after{n}", f"after{n + 1}", "yes") for n in range(4)]
    errors = validate(document(nodes, links)).errors
    assert [it.code for it in errors] == ["cycle_without_wait"]
    assert errors[0].node_id in ("x", "y")
