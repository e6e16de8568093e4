"""The split node's plan: the same lead on the same branch, and the branches in their shares."""

from collections import Counter

import pytest
from pydantic import ValidationError

from functions.flow.nodes import SplitNode
from functions.flow.nodes.plan import Follow
from functions.flow.validate import validate
from tests.flow.builders import Seen, a_lead

LEADS = 10_000


def split_node(node_id: str = "s", /, **weights: int) -> SplitNode:
    branches = [{"port": port, "weight": weight} for port, weight in weights.items()]
    return SplitNode.model_validate({"id": node_id, "configuration": {"branches": branches}})


def port_of(node: SplitNode, seq: int) -> str:
    plan = node.plan(Seen(a_lead(seq)))
    assert isinstance(plan, Follow)
    assert plan.why == {"because": "split"}
    return plan.port


@pytest.mark.parametrize(
    "weights", [{"a": 50, "b": 50}, {"a": 10, "b": 90}, {"a": 1, "b": 2, "c": 7}]
)
def test_shares_follow_the_weights(weights: dict[str, int]) -> None:
    """Over 10,000 leads each share is within two points of its weight (four deviations)."""
    node = split_node(**weights)
    shares = Counter(port_of(node, seq) for seq in range(LEADS))
    for port, weight in weights.items():
        assert abs(shares[port] / LEADS - weight / sum(weights.values())) < 0.02


def test_same_lead_takes_the_same_branch() -> None:
    """Asked again, by another process too: these answers are written down here."""
    node = split_node(a=50, b=50)
    ports = "".join(port_of(node, seq) for seq in range(1, 21))
    assert ports == "".join(port_of(node, seq) for seq in range(1, 21))
    assert ports == "bbbababaabaababaabab"


def test_two_splits_of_a_flow_are_independent() -> None:
    """Who took `a` at the first split is not more likely to take it at the second."""
    first, second = split_node("s1", a=50, b=50), split_node("s2", a=50, b=50)
    both = sum(port_of(first, seq) == port_of(second, seq) for seq in range(LEADS))
    assert abs(both / LEADS - 0.5) < 0.02


@pytest.mark.parametrize("weights", [{"a": 0, "b": 1}, {"b": 1, "a": 0}, {"c": 0, "b": 5, "a": 0}])
def test_branch_without_weight_gets_nobody(weights: dict[str, int]) -> None:
    """Wherever the branch stands in the list."""
    node = split_node(**weights)
    assert {port_of(node, seq) for seq in range(1000)} == {"b"}


def test_branch_without_weight_gets_not_even_the_very_first_lead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Shares begin at 0, and so does a branch of no width: the next one takes the lead."""
    monkeypatch.setattr("functions.flow.nodes.split.share", lambda lead_id, node_id: 0.0)
    assert port_of(split_node(a=0, b=1), 1) == "b"


def test_ports_stand_in_the_order_of_the_branches() -> None:
    """As they are drawn."""
    assert split_node(z=1, a=1).ports() == ("z", "a")


def test_label_names_the_branch_and_decides_nothing() -> None:
    """A flow without labels is read as before, and whoever took a port takes it still."""
    old = split_node(a=50, b=50)
    branches = [{"port": "a", "weight": 50, "label": " No discount "}, {"port": "b", "weight": 50}]
    named = SplitNode.model_validate({"id": "s", "configuration": {"branches": branches}})
    assert [named.branch_name(port) for port in named.ports()] == ["No discount", "b"]
    assert [port_of(named, seq) for seq in range(50)] == [port_of(old, seq) for seq in range(50)]


def test_label_that_is_too_long_is_refused_by_its_field() -> None:
    """It has to fit beside an edge."""
    branches = [{"port": "a", "weight": 1, "label": "x" * 61}, {"port": "b", "weight": 1}]
    report = validate(
        {
            "nodes": [
                {"id": "start", "type": "start"},
                {"id": "s", "type": "split", "configuration": {"branches": branches}},
            ],
            "connections": [{"from_node": "start", "to_node": "s"}],
        }
    )
    (error,) = report.errors
    assert (error.node_id, error.field) == ("s", "configuration.branches[0].label")
    assert "60" in error.message


def test_loose_branch_is_reported_by_its_label() -> None:
    """People did not choose the port."""
    branches = [{"port": "a", "weight": 1, "label": "No discount"}, {"port": "b", "weight": 1}]
    report = validate(
        {
            "nodes": [
                {"id": "start", "type": "start"},
                {"id": "s", "type": "split", "configuration": {"branches": branches}},
            ],
            "connections": [{"from_node": "start", "to_node": "s"}],
        }
    )
    assert [(it.field, it.message) for it in report.warnings] == [
        ("a", 'Nothing follows the branch "No discount" of s: leads end there.'),
        ("b", 'Nothing follows the branch "b" of s: leads end there.'),
    ]


@pytest.mark.parametrize(
    ("branches", "message"),
    [
        ([("a", 0), ("b", 0)], "at least one branch a weight"),
        ([("a", 1), ("a", 1)], "give each its own name"),
        ([("a b", 1), ("b", 1)], "letters, digits"),
        ([("a", -1), ("b", 1)], "greater than or equal"),
        ([("a", 1)], "at least 2"),
    ],
)
def test_split_that_makes_no_sense_is_refused(
    branches: list[tuple[str, int]], message: str
) -> None:
    """With words that say what would be right."""
    written = [{"port": port, "weight": weight} for port, weight in branches]
    with pytest.raises(ValidationError, match=message):
        SplitNode.model_validate({"id": "s", "configuration": {"branches": written}})
