"""Flows of any size are judged in bounded time, with a bounded number of findings."""

import time

import pytest

from functions.flow.model import CONNECTIONS_MAX, NODES_MAX
from functions.flow.validate import FINDINGS_MAX, validate
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
)

SECONDS_MAX = 5
"""For the largest flows, on a busy machine; they take well below one."""


def start() -> Document:
    return node("start", "start")


def test_flow_of_5000_nodes_is_one_clear_error() -> None:
    """However it is connected: one sentence with both numbers, at once."""
    mails = [email(f"m{number}") for number in range(5000)]
    source = chain(*mails)
    began = time.process_time()
    report = validate(source, check_template)
    assert time.process_time() - began < SECONDS_MAX
    assert [(it.code, it.field) for it in report.errors] == [("too_many_nodes", "nodes")]
    assert str(NODES_MAX) in report.errors[0].message
    assert "5001" in report.errors[0].message


def test_too_many_connections_are_one_clear_error() -> None:
    """Six thousand are more than any flow of this size needs."""
    source = document([start(), email("m")], [link("start", "m")] * (CONNECTIONS_MAX + 1))
    errors = validate(source).errors
    assert "too_many_connections" in [it.code for it in errors]
    assert all(it.code in ("too_many_connections", "unreachable_node") for it in errors)


@pytest.mark.parametrize("turns", [False, True])
def test_largest_flow_is_judged_quickly(turns: bool) -> None:
    """A chain as long as allowed, conditions asking for e-mails far above, with and without a
    circle at its very top."""
    middle = (NODES_MAX - 2) // 2
    mails = [email(f"m{number}") for number in range(middle)]
    asks = [clicked(f"c{number}", f"m{number}") for number in range(middle)]
    source = chain(*mails, *asks, node("end", "end"))
    assert isinstance(source["connections"], list)
    if turns:
        source["connections"].append(link("c0", "m0", "no"))
    began = time.process_time()
    errors = validate(source).errors
    assert time.process_time() - began < SECONDS_MAX
    assert [it.code for it in errors] == (["cycle_without_wait"] if turns else [])


def test_warnings_never_crowd_out_an_error() -> None:
    """More open ports than findings are shown, and one circle: the circle is told."""
    asks = [is_pro(f"c{number}") for number in range(FINDINGS_MAX + 50)]
    source = chain(*asks)
    assert isinstance(source["connections"], list)
    source["connections"].append(link(f"c{FINDINGS_MAX + 49}", "c0", "yes"))
    report = validate(source)
    assert [it.code for it in report.errors] == ["cycle_without_wait"]
    assert len(report.warnings) == FINDINGS_MAX


def test_errors_are_bounded() -> None:
    """A thousand broken nodes are not a thousand sentences."""
    nodes = [start(), *(node(f"n{number}", "sms") for number in range(1000))]
    report = validate(document(nodes, []))
    assert len(report.errors) == FINDINGS_MAX
    assert report.flow is None
