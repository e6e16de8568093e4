"""What follows from a returned mail: once per message, and only if everything about it fits."""

from dataclasses import replace

import pytest

from functions.flow.event import TrackingEventKind
from functions.flow.keys import send_key
from functions.flow.lead import Lead
from functions.mail.address import email_key
from functions.mail.bounce_kinds import BounceKind
from functions.mail.reports import Bounce, Complaint, Original
from functions.mail.return_path import ReturnPath, ReturnToken, read_return_path
from functions.service.access.records import DEFAULT_WORKSPACE, WorkspaceId
from functions.service.audience.records import Suppression
from functions.service.leads.leads_of_metric import EmailMetric, leads_of_metric
from functions.service.leads.read_lead import read_lead
from functions.service.leads.timeline_codes import TimelineCode
from functions.service.tracking.record_return import Recorded, record_return
from harness.fakes.scenes import ANN, email, flow, in_world, launched, wait
from harness.fakes.world import KEYRING, FakeWorld

DOMAIN = "bounces.example.com"
HARD = Bounce(BounceKind.HARD, "550 5.1.1 nobody here")


async def sent(world: FakeWorld, count: int = 1) -> Lead:
    """Ann gets this many e-mails, and waits."""
    nodes = [email(f"e{it}") for it in range(1, count + 1)]
    links = [f"e{it}>e{it + 1}" for it in range(1, count)]
    return await launched(world, flow([*nodes, wait("w", 86_400)], *links, f"e{count}>w"))


async def token(world: FakeWorld, lead: Lead, node_id: str = "e1", resend: int = 1) -> ReturnToken:
    (campaign,) = await world.store.campaigns.find_anywhere(["c"])
    path = ReturnPath(KEYRING, DOMAIN, campaign.created_at)
    key = send_key(lead.lead_id, node_id, 1, resend)
    return read_return_path(KEYRING, DOMAIN, path.address(lead.lead_id, key))


async def suppression(world: FakeWorld) -> Suppression | None:
    found = await world.store.suppressions.find([(DEFAULT_WORKSPACE, email_key(ANN))])
    return found[0] if found else None


async def counted(world: FakeWorld, what: str, node_id: str = "e1") -> int:
    await world.settle()
    (counts,) = await world.store.counts.find(["c"])
    return counts.values.get(f"total/{node_id}/{what}", 0)


@in_world
async def test_hard_bounce_is_recorded_and_suppresses(world: FakeWorld) -> None:
    """With the server's words: in the timeline, the counts, the metric and the suppression."""
    lead = await sent(world)
    report = Bounce(
        HARD.kind, HARD.reason, Original(world.transport.sent[0].message_id.strip("<>"))
    )
    assert await record_return(world.made, await token(world, lead), report) is Recorded.RECORDED
    stored = await suppression(world)
    assert stored is not None
    assert (stored.reason, stored.source, stored.campaign_id) == ("hard_bounce", HARD.reason, "c")
    assert await counted(world, "bounced") == 1
    leads = await leads_of_metric(world.made, "c", "e1", EmailMetric.BOUNCED, after_id="", limit=9)
    assert [it.lead_id for it in leads] == [lead.lead_id]
    story = await read_lead(world.made, "c", lead.lead_id)
    last = story.timeline[-1]
    assert (last.code, last.parameters.get("reason")) == ("bounced", HARD.reason)
    assert story.returned == {(lead.lead_id, "e1", 1): TrackingEventKind.BOUNCED}
    assert story.suppression == stored


@in_world
async def test_complaint_suppresses(world: FakeWorld) -> None:
    """As what it is."""
    lead = await sent(world)
    report = Complaint("abuse")
    assert await record_return(world.made, await token(world, lead), report) is Recorded.RECORDED
    stored = await suppression(world)
    assert stored is not None
    assert stored.reason == "complaint"
    assert await counted(world, "complained") == 1
    assert await counted(world, "bounced") == 0


@pytest.mark.parametrize("kind", [BounceKind.POLICY, BounceKind.OTHER, BounceKind.FULL])
@in_world
async def test_other_bounces_suppress_nobody(world: FakeWorld, kind: BounceKind) -> None:
    """They are counted and shown all the same."""
    lead = await sent(world)
    await record_return(world.made, await token(world, lead), Bounce(kind, "554 5.7.1 no"))
    assert await suppression(world) is None
    assert await counted(world, "bounced") == 1


@in_world
async def test_report_acts_once_however_often_it_comes(world: FakeWorld) -> None:
    """A mail server that got no answer brings it again."""
    lead = await sent(world)
    path = await token(world, lead)
    for _ in range(3):
        assert await record_return(world.made, path, HARD) is Recorded.RECORDED
        world.clock.advance(60)
        await world.settle()
    assert await counted(world, "bounced") == 1
    stored = await world.store.tracking_events.of_leads([lead.lead_id])
    assert [it.kind for it in stored[lead.lead_id]] == [TrackingEventKind.BOUNCED]
    story = await read_lead(world.made, "c", lead.lead_id)
    assert [it.code for it in story.timeline].count(TimelineCode.BOUNCED) == 1


@pytest.mark.parametrize("port", ["suppressions.add", "journal.insert", "tracking_events.settle"])
@in_world
async def test_interrupted_report_is_finished_when_it_comes_again(
    world: FakeWorld, port: str
) -> None:
    """Wherever it was interrupted; its mail server was told to come again."""
    lead = await sent(world)
    path = await token(world, lead)
    name, _, method = port.partition(".")
    part = getattr(world.store, name)
    work = getattr(part, method)

    async def dies(*given: object) -> None:
        raise ConnectionResetError

    setattr(part, method, dies)
    with pytest.raises(ConnectionResetError):
        await record_return(world.made, path, HARD)
    setattr(part, method, work)
    assert await record_return(world.made, path, HARD) is Recorded.RECORDED
    assert await suppression(world) is not None
    assert await counted(world, "bounced") == 1


@in_world
async def test_mailbox_that_is_full_five_times_in_a_month_is_suppressed(world: FakeWorld) -> None:
    """Each message counts once; those of a month ago do not count."""
    lead = await sent(world, 6)
    full = Bounce(BounceKind.FULL, "552 5.2.2 no room")
    await record_return(world.made, await token(world, lead, "e1"), full)
    world.clock.advance(31 * 86_400)
    for node_id in ("e2", "e2", "e3", "e4", "e5"):
        await record_return(world.made, await token(world, lead, node_id), full)
        assert await suppression(world) is None
    await record_return(world.made, await token(world, lead, "e6"), full)
    stored = await suppression(world)
    assert stored is not None
    assert stored.reason == "hard_bounce"


@in_world
async def test_report_that_fits_no_message_changes_nothing(world: FakeWorld) -> None:
    """A message of another campaign, of nobody, or of somebody else."""
    lead = await sent(world)
    right = await token(world, lead)
    unsent = await token(world, lead, resend=2)
    elsewhere = ReturnToken(right.campaign_created_at.replace(year=2001), right.seq, right.digest)
    nobody = ReturnToken(right.campaign_created_at, 99, right.digest)
    for path in (unsent, elsewhere, nobody):
        assert await record_return(world.made, path, HARD) is Recorded.NO_MESSAGE
    theirs = Bounce(HARD.kind, HARD.reason, Original("ffff@another.example"))
    assert await record_return(world.made, right, theirs) is Recorded.ANOTHER_MESSAGE
    assert await suppression(world) is None
    assert await counted(world, "bounced") == 0
    assert await world.store.tracking_events.of_leads([lead.lead_id]) in ({}, {lead.lead_id: []})


@in_world
async def test_report_about_another_recipient_changes_nothing(world: FakeWorld) -> None:
    """The spelling of the recipient does not matter."""
    lead = await sent(world)
    one = await token(world, lead)
    other = replace(HARD, original=Original(recipient="eve@example.com"))
    assert await record_return(world.made, one, other) is Recorded.ANOTHER_RECIPIENT
    assert await suppression(world) is None
    assert await counted(world, "bounced") == 0
    same = replace(HARD, original=Original(recipient=ANN.upper()))
    assert await record_return(world.made, one, same) is Recorded.RECORDED


@in_world
async def test_return_belongs_to_the_workspace_of_its_campaign(world: FakeWorld) -> None:
    """The address is suppressed there, and nowhere else."""
    other = WorkspaceId("other")
    world.made = world.made.in_workspace(other)
    lead = await sent(world)
    assert await record_return(world.made, await token(world, lead), HARD) is Recorded.RECORDED
    assert await suppression(world) is None
    (stored,) = await world.store.suppressions.find([(other, email_key(ANN))])
    assert stored.reason == "hard_bounce"
