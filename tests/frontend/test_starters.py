"""The starter flows of the interface: sound by the engine's own validator, and their mails readable
for a contact of whom much is known, and for one of whom only the address is.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from functions.api.campaigns.schemas import CampaignCreate
from functions.flow.model import Flow
from functions.flow.nodes import SendEmailNode
from functions.flow.spelling import normalise
from functions.flow.validate import validate
from functions.mail.compose import Recipient, compile_email
from functions.mail.proofread import proofread
from functions.mail.template import check_template
from functions.mail.tokens import Keyring
from tests.architecture.source import ROOT

STARTERS = sorted((ROOT / "frontend/src/entities/flow/starters").glob("*.json"))
AT = datetime(2027, 3, 9, 9, 0, tzinfo=UTC)
KEYRING = Keyring({"k1": b"0" * 32})

GAP = re.compile(r"\{\{|\{%|  | [,.]")

KNOWN = {
    "first_name": "Ann",
    "company": "Fernhill",
    "product": "the kettle",
    "event_date": "2027-03-12",
    "trial_ends": "2027-03-12",
    "ticket": "online",
}


def emails(flow: Flow) -> Iterator[SendEmailNode]:
    return (node for node in flow.nodes if isinstance(node, SendEmailNode))


def read(starter: Path) -> Flow:
    body = CampaignCreate.model_validate_json(starter.read_text())
    document = body.flow()
    assert document is not None
    report = validate(normalise(document), check_template)
    assert report.findings == ()
    assert report.flow is not None
    return report.flow


def test_there_are_six() -> None:
    """One for each occasion that the gallery names."""
    assert {it.stem for it in STARTERS} == {
        "ab-newsletter",
        "event-reminder",
        "feedback",
        "re-engagement",
        "trial-onboarding",
        "welcome-series",
    }


@pytest.mark.parametrize("starter", STARTERS, ids=lambda it: it.stem)
def test_starter_is_valid(starter: Path) -> None:
    """The API accepts it unchanged, without an error or a warning."""
    flow = read(starter)
    types = {node.type for node in flow.nodes}
    assert {"start", "sendEmail", "wait", "end"} <= types
    assert types & {"condition", "split"}
    written = json.loads(starter.read_text())
    assert written["name"]
    assert written["description"]


@pytest.mark.parametrize("starter", STARTERS, ids=lambda it: it.stem)
def test_nothing_is_to_be_corrected_in_a_starter(starter: Path) -> None:
    """Its links lead somewhere, and no tag or placeholder in it would reach a reader."""
    for node in emails(read(starter)):
        configuration = node.configuration
        assert proofread(configuration.body or "", is_body=True) == ()
        for text in (configuration.subject, configuration.preheader or ""):
            assert proofread(text) == ()


@pytest.mark.parametrize("attributes", [KNOWN, {}], ids=["known", "address only"])
@pytest.mark.parametrize("starter", STARTERS, ids=lambda it: it.stem)
def test_mails_of_a_starter_read_well(starter: Path, attributes: dict[str, object]) -> None:
    """No gap for a missing name, no tag left over, and an unsubscribe link in each."""
    recipient = Recipient("lead_x_1_1", 1, 1, "ann@example.com", attributes)
    for node in emails(read(starter)):
        configuration = node.configuration
        mail = compile_email(
            subject=configuration.subject,
            body=configuration.body or "",
            from_name=None,
            from_email="news@example.com",
            preheader=configuration.preheader,
            campaign_id="x",
            campaign_name="X",
            campaign_created_at=AT,
            node_id=node.id,
            public_url="https://mail.example.com",
            keyring=KEYRING,
            tracking=False,
        ).write(recipient, AT)
        assert mail.subject
        assert configuration.preheader
        for text in (mail.subject, mail.text):
            assert not GAP.search(text), (node.id, text)
        assert ("Hi Ann," if attributes else "Hi there,") in mail.text
        assert mail.unsubscribe_url in mail.html
