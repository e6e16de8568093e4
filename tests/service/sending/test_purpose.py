"""Marketing and transactional e-mails: who gets them, and how they offer to unsubscribe."""

import pytest

from functions.flow.lead import Reason
from functions.mail.envelope import Envelope
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.audience.records import SuppressionReason
from functions.service.audience.suppress import suppress
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.sending.records import MessageChange, MessageState
from harness.fakes.scenes import email, flow, in_world
from harness.fakes.world import FakeWorld

ANN = "ann@example.com"


async def launched(world: FakeWorld, purpose: str) -> None:
    mail = email("mail")
    mail["configuration"] = {**mail["configuration"], "purpose": purpose}  # type: ignore[dict-item]
    await create_campaign(world.made, name="c", campaign_id="c", flow=flow([mail]))
    upload = Upload(world.made, "c")
    await upload.add([Row(2, ANN, {})])
    await upload.finish()
    await launch(world.made, "c")


@pytest.mark.parametrize(
    ("purpose", "reason", "is_sent"),
    [
        ("marketing", "unsubscribed", False),
        ("marketing", "complaint", False),
        ("transactional", "unsubscribed", True),
        ("transactional", "complaint", False),
        ("transactional", "hard_bounce", False),
    ],
)
@pytest.mark.parametrize("when", ["before the claim", "after the claim"])
@in_world
async def test_suppressions_that_an_e_mail_heeds(
    world: FakeWorld, purpose: str, reason: str, is_sent: bool, when: str
) -> None:
    """Whenever the address is suppressed before the first byte leaves."""
    services = world.made.in_workspace(DEFAULT_WORKSPACE)
    write = world.store.messages.write

    async def after_claim(changes: list[MessageChange]) -> frozenset[str]:
        if any(it.state is MessageState.SENDING for it in changes):
            await suppress(services, ANN, SuppressionReason(reason), "c")
        return await write(changes)

    if when == "before the claim":
        await suppress(services, ANN, SuppressionReason(reason), "c")
    else:
        world.store.messages.write = after_claim  # type: ignore[assignment, method-assign]
    await launched(world, purpose)
    await world.settle()
    (stored,) = await world.store.leads.page("c", after_seq=0, limit=9)
    assert len(world.transport.sent) == (1 if is_sent else 0)
    assert (stored.lead.reason is Reason.SUPPRESSED) is not is_sent


def header_names(envelope: Envelope) -> set[str]:
    head = envelope.content.split(b"\r\n\r\n")[0].decode()
    return {line.partition(":")[0] for line in head.split("\r\n")}


@in_world
async def test_transactional_e_mail_offers_no_unsubscribing(world: FakeWorld) -> None:
    """It has no header for it, and is no bulk mail."""
    await launched(world, "transactional")
    await world.settle()
    names = header_names(world.transport.sent[0])
    assert not names & {"List-Unsubscribe", "List-Unsubscribe-Post", "List-ID", "Precedence"}
    assert {"Message-ID", "Feedback-ID"} <= names
