"""Older spellings, one by one: what they are rewritten into, and that nothing gets lost."""

import pytest

from functions.flow.spelling import normalise
from functions.flow.validate import validate
from tests.flow.builders import Document, clicked, document, email, link, node, wait


def node_of(*written: Document, links: list[Document] | None = None) -> Document:
    """The last of the nodes, as rewritten."""
    nodes = normalise({"nodes": list(written), "connections": links or []})["nodes"]
    assert isinstance(nodes, list)
    last = nodes[-1]
    assert isinstance(last, dict)
    return last


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("send_email", "sendEmail"),
        ("sendemail", "sendEmail"),
        ("SendEmail", "sendEmail"),
        ("email", "sendEmail"),
        ("delay", "wait"),
        ("trigger", "start"),
        ("exit", "end"),
        ("wait", "wait"),
        ("sms", "sms"),
        (None, None),
        (7, 7),
    ],
)
def test_type(old: object, new: object) -> None:
    """What is no older spelling of a type stays, for the validator to name."""
    assert node_of({"id": "n", "type": old})["type"] == new


WAITS: list[tuple[Document, Document]] = [
    ({"waitDuration": 3, "waitUnit": "days"}, {"mode": "duration", "amount": 3, "unit": "days"}),
    ({"waitDuration": " 3 "}, {"mode": "duration", "amount": 3}),
    ({"waitDuration": "soon"}, {"mode": "duration", "amount": "soon"}),
    ({"waitDuration": "²"}, {"mode": "duration", "amount": "²"}),
    ({"waitDuration": "9" * 5000}, {"mode": "duration", "amount": "9" * 5000}),
    ({"amount": 1, "unit": "days"}, {"mode": "duration", "amount": 1, "unit": "days"}),
    ({"mode": "until", "at": "x"}, {"mode": "until", "at": "x"}),
]


@pytest.mark.parametrize(("old", "new"), WAITS, ids=lambda it: str(it)[:40])
def test_wait(old: Document, new: Document) -> None:
    """`waitDuration` and `waitUnit`; a wait without a mode is a duration."""
    assert node_of(node("w", "wait", old))["configuration"] == new


CONDITIONS: list[tuple[Document, Document]] = [
    (
        {"conditionType": "click", "email_node": "m", "waitDuration": 2, "waitUnit": "hours"},
        {
            "mode": "behaviour",
            "event": "clicked",
            "email_node": "m",
            "within": {"amount": 2, "unit": "hours"},
        },
    ),
    (
        {"conditionType": "Open", "emailNode": "m"},
        {
            "mode": "behaviour",
            "event": "opened",
            "email_node": "m",
            "within": {"amount": 24, "unit": "hours"},
        },
    ),
    (
        {"event": "clicks", "email_node": "m", "waitDuration": 5},
        {
            "mode": "behaviour",
            "event": "clicked",
            "email_node": "m",
            "within": {"amount": 5, "unit": "days"},
        },
    ),
    ({"rules": []}, {"mode": "attributes", "rules": []}),
]


@pytest.mark.parametrize(("old", "new"), CONDITIONS)
def test_condition(old: Document, new: Document) -> None:
    """`conditionType`; what it waits; a condition with rules asks for attributes."""
    assert node_of(node("c", "condition", old))["configuration"] == new


def test_condition_without_an_email_means_the_nearest_before_it() -> None:
    """The one a reader of the drawing would take: the last sent on the way."""
    nodes = [
        email("far"),
        email("near"),
        wait("w"),
        node("c", "condition", {"conditionType": "open"}),
    ]
    links = [link("far", "near"), link("near", "w"), link("w", "c")]
    configuration = node_of(*nodes, links=links)["configuration"]
    assert isinstance(configuration, dict)
    assert configuration["email_node"] == "near"


def test_condition_without_any_email_before_it_stays_without() -> None:
    """In a circle, too, the search ends; the validator says that the e-mail is missing."""
    nodes = [wait("w"), node("c", "condition", {"conditionType": "open"}), email("after")]
    links = [link("w", "c"), link("c", "w", "no"), link("c", "after", "yes")]
    rewritten = normalise({"nodes": nodes, "connections": links})
    assert isinstance(rewritten["nodes"], list)
    assert "email_node" not in rewritten["nodes"][1]["configuration"]
    codes = [(it.node_id, it.field) for it in validate(rewritten).errors]
    assert ("c", "configuration.email_node") in codes


def test_email() -> None:
    """Camel case, and `content` for the body."""
    old: Document = {
        "subject": "Hi",
        "content": "<p>x",
        "templateId": "t",
        "fromName": "Ann",
        "fromEmail": "ann@example.org",
        "replyTo": "help@example.org",
    }
    assert node_of(node("m", "email", old))["configuration"] == {
        "subject": "Hi",
        "body": "<p>x",
        "template_id": "t",
        "from_name": "Ann",
        "from_email": "ann@example.org",
        "reply_to": "help@example.org",
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"connection_type": "yes"}, {"from_port": "yes"}),
        ({"sourceHandle": "no"}, {"from_port": "no"}),
        ({"sourceHandle": None}, {}),
        ({"connection_type": "default"}, {}),
        ({"from_port": ""}, {}),
        ({"from_port": "a"}, {"from_port": "a"}),
        ({}, {}),
    ],
)
def test_connection(old: Document, new: Document) -> None:
    """The port by any name; the usual exit needs none."""
    for ends in ({"from_node": "a", "to_node": "b"}, {"source": "a", "target": "b"}):
        rewritten = normalise({"nodes": [], "connections": [{**ends, **old}]})
        assert rewritten["connections"] == [{"from_node": "a", "to_node": "b", **new}]


def test_start_node_of_a_workflow() -> None:
    """A flow that only names its first node gets a start in front of it."""
    old: Document = {
        "workflow": {
            "start_node": "m",
            "nodes": [email("m"), node("end", "end")],
            "connections": [link("m", "end")],
        }
    }
    rewritten = normalise(old)
    assert rewritten["nodes"] == [node("start", "start"), email("m"), node("end", "end")]
    assert rewritten["connections"] == [
        {"from_node": "start", "to_node": "m"},
        link("m", "end"),
    ]
    assert validate(rewritten).flow is not None


@pytest.mark.parametrize(
    "source",
    [
        {"start_node": "m", "nodes": [node("s", "trigger"), email("m")]},
        {"start_node": "x", "nodes": [email("m")]},
        {"start_node": 7, "nodes": [email("m")]},
        {"start_node": "m", "nodes": [email("m"), node("start", "end")]},
        {"nodes": [email("m")]},
    ],
)
def test_no_start_is_invented(source: Document) -> None:
    """Where there is one already, or the name fits nothing, or its place is taken."""
    rewritten = normalise({**source, "connections": []})
    assert isinstance(rewritten["nodes"], list)
    assert isinstance(source["nodes"], list)
    assert len(rewritten["nodes"]) == len(source["nodes"])
    assert rewritten["connections"] == []


def test_layout_is_kept() -> None:
    """What only a canvas needs is moved to `layout`, and added to what is there already."""
    source: Document = {
        "nodes": [
            {**email("m"), "position": {"x": 1, "y": 2}, "data": {"colour": "red"}},
            {**wait("w"), "position": {"x": 1, "y": 9}},
        ],
        "connections": [{**link("m", "w"), "animated": True, "id": "e1"}],
        "layout": {"zoom": 2, "nodes": {"m": {"width": 40}, "gone": {"width": 7}}},
    }
    assert normalise(source) == {
        "nodes": [email("m"), wait("w")],
        "connections": [link("m", "w")],
        "layout": {
            "zoom": 2,
            "nodes": {
                "m": {"width": 40, "position": {"x": 1, "y": 2}, "data": {"colour": "red"}},
                "w": {"position": {"x": 1, "y": 9}},
                "gone": {"width": 7},
            },
            "connections": {"m/next": {"animated": True, "id": "e1"}},
        },
    }


@pytest.mark.parametrize("value", [True, "yes", 0, []])
def test_switch_is_kept(value: object) -> None:
    """What is no switch, too, for the validator to name."""
    switched: Document = {**email("m"), "disabled": value}
    assert normalise({"nodes": [switched], "connections": []}) == {
        "nodes": [switched],
        "connections": [],
    }


@pytest.mark.parametrize("value", [False, None])
def test_switch_that_is_not_thrown_is_left_out(value: object) -> None:
    """Nodes are on, so a document need not say it."""
    assert node_of({**wait("w"), "disabled": value}) == wait("w")


def test_settings_under_config() -> None:
    """Where `configuration` is missing, `config` is it; else it is layout."""
    assert node_of(
        {"id": "w", "type": "delay", "config": {"waitDuration": 1, "waitUnit": "day"}}
    ) == (node("w", "wait", {"amount": 1, "unit": "day", "mode": "duration"}))
    both = {**wait("w"), "config": {"colour": "red"}}
    rewritten = normalise({"nodes": [both], "connections": []})
    assert rewritten["nodes"] == [wait("w")]
    assert rewritten["layout"] == {"nodes": {"w": {"config": {"colour": "red"}}}}


def test_todays_spelling_stays_as_it_is() -> None:
    """Nothing is added, nothing taken away."""
    today = document(
        [node("start", "start"), email("m"), clicked("c", "m")],
        [link("start", "m"), link("m", "c")],
        zone="Europe/Berlin",
    )
    assert normalise(today) == today


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"nodes": None, "connections": None},
        {"nodes": "start", "connections": 7},
        {"nodes": [None, 7, {"id": []}], "connections": [None, "x", {"from_node": {}}]},
        {"workflow": "start"},
    ],
)
def test_broken_input_comes_out_as_broken(broken: Document) -> None:
    """Judging is the validator's: nothing raises here, and nothing becomes sound by itself."""
    assert validate(normalise(broken)).flow is None
