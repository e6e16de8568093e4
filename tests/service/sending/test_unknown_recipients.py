"""A server that does not know an address says so once: no campaign writes to it again."""

import pytest

from functions.flow.outcome import Concern, Deferred, Outcome, Rejected
from functions.mail.envelope import Envelope
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_row import Row
from functions.service.audience.records import Suppression, SuppressionReason
from functions.service.campaigns.set_up_campaign import NewCampaign, set_up_campaign
from harness.fakes.scenes import ANN, email, flow, in_world, launched
from harness.fakes.world import FakeWorld


async def suppressed(world: FakeWorld) -> list[Suppression]:
    return await world.store.suppressions.find([(DEFAULT_WORKSPACE, ANN)])


@in_world
async def test_unknown_recipient_is_suppressed_with_the_servers_words(world: FakeWorld) -> None:
    """The next campaign does not ask the server again."""

    async def script(_: Envelope) -> Outcome:
        return Rejected(550, "5.1.1 <ann@example.com> nobody here")

    world.transport.script = script
    await launched(world, flow([email("a")]))
    (found,) = await suppressed(world)
    assert (found.reason, found.campaign_id) == (SuppressionReason.HARD_BOUNCE, "c")
    assert found.source == "550 5.1.1 <ann@example.com> nobody here"
    asked = len(world.transport.sent)
    again = NewCampaign(
        campaign_id="d", name="d", flow=flow([email("a")]), rows=[Row(2, ANN, {})], launch=True
    )
    await set_up_campaign(world.made, again)
    await world.settle()
    (lead,) = await world.store.leads.page("d", after_seq=0, limit=2)
    assert lead.lead.reason == "suppressed"
    assert len(world.transport.sent) == asked


@pytest.mark.parametrize(
    "outcome",
    [
        Rejected(550, "no such user"),
        Rejected(550, "5.7.1 not from you"),
        Rejected(550, "5.1.1 not from you", concern=Concern.SENDING_ACCOUNT),
        Rejected(554, "5.6.0 not this content"),
        Deferred(450, "4.1.1 later"),
    ],
)
@in_world
async def test_other_refusals_suppress_nobody(world: FakeWorld, outcome: Outcome) -> None:
    """They are about the sender, the content or the moment."""

    async def script(_: Envelope) -> Outcome:
        return outcome

    world.transport.script = script
    await launched(world, flow([email("a")]))
    assert await suppressed(world) == []


@in_world
async def test_suppression_comes_before_the_lead_learns(world: FakeWorld) -> None:
    """A batch that dies in between is delivered again, and finishes what it began."""

    async def script(_: Envelope) -> Outcome:
        return Rejected(550, "5.1.1 nobody here")

    world.transport.script = script
    add = world.store.suppressions.add

    async def dies(batch):  # type: ignore[no-untyped-def]
        raise ConnectionResetError

    world.store.suppressions.add = dies  # type: ignore[method-assign]
    with pytest.raises(ConnectionResetError):
        await launched(world, flow([email("a")]))
    (lead,) = await world.store.leads.page("c", after_seq=0, limit=2)
    assert lead.lead.state == "sending"
    world.store.suppressions.add = add  # type: ignore[method-assign]
    await world.pass_time(90)
    (lead,) = await world.store.leads.page("c", after_seq=0, limit=2)
    assert lead.lead.state == "failed"
    assert len(await suppressed(world)) == 1
