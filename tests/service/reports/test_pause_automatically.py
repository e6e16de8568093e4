"""A campaign pauses by itself if too much of its mail comes back, until a person resumes it."""

import logging
from dataclasses import replace

import pytest

from functions.flow.keys import lead_id, send_key
from functions.flow.outcome import Outcome, Rejected
from functions.mail.bounce_kinds import BounceKind
from functions.mail.envelope import Envelope
from functions.mail.reports import Bounce, Complaint
from functions.mail.return_path import ReturnPath, read_return_path
from functions.service.audience.contact_row import Row
from functions.service.campaigns.lifecycle import pause, resume
from functions.service.campaigns.records import Campaign, CampaignStatus
from functions.service.campaigns.set_up_campaign import NewCampaign, set_up_campaign
from functions.service.reports.overview import overview
from functions.service.reports.roll_counts import roll_counts
from functions.service.tracking.record_return import Recorded, record_return
from harness.fakes.scenes import email, flow, in_world, wait
from harness.fakes.world import KEYRING, FakeWorld

DOMAIN = "bounces.example.com"
HARD = Bounce(BounceKind.HARD, "550 5.1.1 nobody here")
ELEVEN = "11 of its first 30 messages bounced (limit 5 %)"
WAIT_SECONDS = 600


async def sent(world: FakeWorld, contacts: int = 30) -> None:
    """Everybody in campaign `c` has got the first of two e-mails."""
    rows = [Row(it + 2, f"reader{it}@example.com", {}) for it in range(contacts)]
    nodes = [email("a"), wait("w", WAIT_SECONDS), email("b"), wait("v", 86_400)]
    drawn = flow(nodes, "a>w", "w>b", "b>v")
    await set_up_campaign(
        world.made, NewCampaign(campaign_id="c", name="c", flow=drawn, rows=rows, launch=True)
    )
    await world.settle()


async def comes_back(world: FakeWorld, seq: int, node_id: str = "a", **of: object) -> None:
    (campaign,) = await world.store.campaigns.find_anywhere(["c"])
    assert campaign.epoch is not None
    lead = lead_id("c", seq, campaign.epoch)
    path = ReturnPath(KEYRING, DOMAIN, campaign.created_at)
    address = path.address(lead, send_key(lead, node_id, 1, 1))
    token = read_return_path(KEYRING, DOMAIN, address)
    report = of.get("report", HARD)
    assert isinstance(report, Bounce | Complaint)
    assert await record_return(world.made, token, report) is Recorded.RECORDED


async def campaign(world: FakeWorld) -> Campaign:
    (found,) = await world.store.campaigns.find_anywhere(["c"])
    return found


@in_world
async def test_too_many_bounces_pause_the_campaign(world: FakeWorld) -> None:
    """It says why, on the first page and in the log; and no mail leaves until it is resumed."""
    await sent(world)
    for seq in range(1, 11):
        await comes_back(world, seq)
        await comes_back(world, seq)
    await world.settle()
    assert (await campaign(world)).status is CampaignStatus.RUNNING
    await comes_back(world, 11)
    await world.sweep()
    paused = await campaign(world)
    assert (paused.status, paused.pause_reason) == (CampaignStatus.PAUSED, ELEVEN)
    (troubled,) = (await overview(world.made)).troubled
    assert troubled.campaign.pause_reason == ELEVEN
    await world.pass_time(2 * WAIT_SECONDS, step_seconds=60)
    assert len(world.transport.sent) == 30


@in_world
async def test_resumed_campaign_is_not_paused_again_for_the_same_messages(world: FakeWorld) -> None:
    """More of their bounces may come; only those of messages sent afterwards count."""
    await sent(world)
    for seq in range(1, 12):
        await comes_back(world, seq)
    await world.sweep()
    assert (await campaign(world)).status is CampaignStatus.PAUSED
    await resume(world.made, "c")
    for seq in range(1, 22):
        await comes_back(world, seq)
    await world.pass_time(WAIT_SECONDS + 5, step_seconds=60)
    assert (await campaign(world)).status is CampaignStatus.RUNNING
    # The readers whose mail came back are not written to again.
    assert len(world.transport.sent) == 30 + 9


@in_world
async def test_messages_after_a_resume_may_pause_it_again(world: FakeWorld) -> None:
    """Counting starts anew with the first 200 messages after it."""
    await sent(world)
    for seq in range(1, 12):
        await comes_back(world, seq)
    await world.sweep()
    await resume(world.made, "c")
    await world.pass_time(WAIT_SECONDS + 5, step_seconds=60)
    assert len(world.transport.sent) == 30 + 19
    for seq in range(12, 23):
        await comes_back(world, seq, "b")
    await world.sweep()
    assert (await campaign(world)).pause_reason == "11 of its first 19 messages bounced (limit 5 %)"


@in_world
async def test_complaints_pause_it(world: FakeWorld) -> None:
    """Three of fewer than a thousand."""
    await sent(world)
    for seq in range(1, 4):
        await comes_back(world, seq, report=Complaint("abuse"))
    await world.sweep()
    reason = "3 of its first 30 messages were reported as spam (limit 0.3 %)"
    assert (await campaign(world)).pause_reason == reason


@in_world
async def test_limits_are_settings(world: FakeWorld) -> None:
    """With 100, nothing pauses it."""
    never = replace(world.made.policy, bounces_max_percent=100.0, complaints_max_percent=100.0)
    world.made = replace(world.made, policy=never)
    await sent(world)
    for seq in range(1, 31):
        await comes_back(world, seq)
        await comes_back(world, seq, report=Complaint("abuse"))
    await world.sweep()
    assert (await campaign(world)).status is CampaignStatus.RUNNING


@in_world
async def test_recipients_unknown_in_the_conversation_pause_it(world: FakeWorld) -> None:
    """The rest of the list is not tried."""

    async def script(_: Envelope) -> Outcome:
        return Rejected(550, "5.1.1 nobody here")

    world.transport.script = script
    await sent(world)
    paused = await campaign(world)
    assert paused.pause_reason == "30 of its first 30 messages bounced (limit 5 %)"


@in_world
async def test_roll_up_that_dies_after_the_pause_starts_counting_anew(
    world: FakeWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """The next one pauses it for the same reason, and saves that."""
    await sent(world)
    for seq in range(1, 12):
        await comes_back(world, seq)
    save = world.store.counts.save

    async def dies(*given: object) -> bool:
        raise ConnectionResetError

    world.store.counts.save = dies  # type: ignore[assignment]
    with pytest.raises(ConnectionResetError):
        await roll_counts(world.made, "c")
    world.store.counts.save = save  # type: ignore[method-assign]
    assert (await campaign(world)).pause_reason == ELEVEN
    with caplog.at_level(logging.WARNING):
        await roll_counts(world.made, "c")
    assert f"campaign c is paused: {ELEVEN}" in caplog.text
    await resume(world.made, "c")
    await comes_back(world, 12)
    await world.settle()
    assert (await campaign(world)).status is CampaignStatus.RUNNING


@in_world
async def test_campaign_that_a_person_paused_is_paused_when_they_resume_it(
    world: FakeWorld,
) -> None:
    """Nobody has told them why yet."""
    await sent(world)
    await pause(world.made, "c")
    for seq in range(1, 12):
        await comes_back(world, seq)
    await world.sweep()
    assert (await campaign(world)).pause_reason is None
    await resume(world.made, "c")
    await comes_back(world, 12)
    await world.sweep()
    assert (await campaign(world)).pause_reason == ELEVEN.replace("11", "12")
