"""The flows in fixtures/, which the frontend's tests read too: all are valid and can be walked."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from functions.flow.event import EmailSent, Entered, Resumed
from functions.flow.executor import FlowExecutor
from functions.flow.lead import ENDED, AttributeValue, Reason, State
from functions.flow.model import Flow
from functions.flow.spelling import normalise
from functions.flow.validate import validate
from functions.mail.template import check_template
from tests.flow.builders import NOW, Document, a_lead

FIXTURES = Path(__file__).parent / "fixtures"

OPEN_PORTS = {
    "open_ends": [("paying", "no"), ("thirds", "x"), ("thirds", "y"), ("thirds", "z")],
}
"""Of the flows whose ports are not all connected, by name."""

MAILS: Mapping[str, list[str]] = {
    "ab_newsletter": ["subject-a"],
    "demo": ["email-a", "email-c"],
    "loop_until_clicked": ["ask"] * 4,
    "older_spelling": ["email-1"],
    "open_ends": ["first"],
    "product_launch": ["teaser", "also-here"],
    "renewal_reminder": ["reminder", "last-call"],
    "smallest": ["letter"],
    "switched_off": ["hello", "news"],
    "welcome_series": ["welcome", "tips", "offer"],
    "win_back": ["miss-you", "voucher"],
}
"""The mails of a reader who never opens or clicks: by name of the flow, in order."""


def fixture(name: str) -> Document:
    written = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    assert isinstance(written, dict)
    return written


def test_every_fixture_is_tried() -> None:
    """A file that is added to the folder must be listed here."""
    assert {path.stem for path in FIXTURES.glob("*.json")} == set(MAILS)


@pytest.mark.parametrize("name", MAILS)
def test_fixture_is_valid(name: str) -> None:
    """No error; and no warning but for the ports left open on purpose."""
    report = validate(normalise(fixture(name)), check_template)
    assert report.errors == ()
    found = [(it.node_id, it.field) for it in report.warnings]
    assert found == OPEN_PORTS.get(name, [])
    assert {it.code for it in report.warnings} <= {"unconnected_port"}


@pytest.mark.parametrize("name", MAILS)
def test_fixture_comes_back_from_the_store_as_it_went_in(name: str) -> None:
    """A flow version is kept as its document and read without validation."""
    flow = validate(normalise(fixture(name))).flow
    assert flow is not None
    assert Flow.model_validate(json.loads(json.dumps(flow.model_dump(mode="json")))) == flow


@pytest.mark.parametrize("name", MAILS)
def test_reader_who_does_nothing_gets_these_mails(name: str) -> None:
    """The walk of one lead, to its end; the endless loop to its bound."""
    flow = validate(normalise(fixture(name))).flow
    assert flow is not None
    executor = FlowExecutor(flow, visits_per_node_max=4)
    person: dict[str, AttributeValue] = {
        "plan": "trial",
        "seats": 3,
        "orders": "12",
        "renewal_date": "2026-05-01",
    }
    lead, now = executor.step(a_lead(5, **person), Entered(), NOW).lead, NOW
    mails = []
    while lead.state not in ENDED:
        node_id = lead.current_node
        assert node_id is not None
        if lead.state is State.SENDING:
            mails.append(node_id)
            event = EmailSent(node_id, lead.visit, lead.resend_number, now)
            lead = executor.step(lead, event, now).lead
        else:
            assert lead.due_at is not None
            now = lead.due_at
            lead = executor.step(lead, Resumed(), now).lead
    assert mails == MAILS[name]
    if name == "loop_until_clicked":
        assert lead.reason is Reason.POISON
    else:
        assert lead.reason in (Reason.END, Reason.NO_CONNECTION)


def test_demo_fixture_is_the_demos_flow() -> None:
    """`make demo` and the frontend's tests use the same flow."""
    demo = Path(__file__).parents[2] / "local" / "demo" / "flow.json"
    assert fixture("demo") == json.loads(demo.read_text(encoding="utf-8"))
