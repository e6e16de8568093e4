"""Templates that cost too much: which leads fail, which wait, and what becomes of the campaign."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from functions.adapters.processor import ThreadProcessor
from functions.flow.lead import Lead, Reason, State
from functions.mail.budget import PROCESSOR_SECONDS_MAX
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.campaigns.check_before_launch import check_emails
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.campaigns.records import CampaignStatus
from functions.service.content.allowance import CHECK_SECONDS_MAX
from functions.service.errors import CallerError
from functions.service.execution.flow_cache import FlowCache
from functions.service.sending.preview_email import Chosen, preview_email
from functions.service.sending.send_email import EXCESSES_MAX
from harness.fakes.scenes import Document, email, flow, in_world
from harness.fakes.world import FakeWorld

T = TypeVar("T")
# Validation renders without a contact, so it cannot see this.
COSTLY = "{% for i in (1..contact.n) %}{% for j in (1..9000) %}{% endfor %}{% endfor %}"
CONTACTS = 8


class Slow:
    """A processor on which every look at the clock takes a while."""

    def __init__(self, step_seconds: float) -> None:
        self.step_seconds = step_seconds
        self.now = 0.0
        self.asides = 0

    def seconds(self) -> float:
        self.now += self.step_seconds
        return self.now

    def resident_bytes(self) -> int:
        return 0

    async def aside(self, work: Callable[[], T]) -> T:
        self.asides += 1
        await asyncio.sleep(0)
        return work()


async def launched(world: FakeWorld, campaign_id: str, body: str, *numbers: int) -> None:
    drawn: Document = flow([email("mail", body=body)])
    await create_campaign(world.made, name=campaign_id, campaign_id=campaign_id, flow=drawn)
    upload = Upload(world.made, campaign_id)
    rows = [
        Row(2 + seq, f"{campaign_id}{seq}@example.com", {"n": n}) for seq, n in enumerate(numbers)
    ]
    await upload.add(rows)
    await upload.finish()
    await launch(world.made, campaign_id)


async def leads(world: FakeWorld, campaign_id: str) -> list[Lead]:
    page = await world.store.leads.page(campaign_id, after_seq=0, limit=99)
    return [it.lead for it in page]


@in_world
async def test_campaign_that_exceeds_the_limits_is_paused(world: FakeWorld) -> None:
    """The first leads fail with the reason, the others wait; another campaign's mail goes out."""
    await launched(world, "bad", COSTLY, *[9_999] * CONTACTS)
    await launched(world, "good", "Hello", *[1] * CONTACTS)
    await world.settle()
    found = [(it.state, it.reason) for it in await leads(world, "bad")]
    assert found.count((State.FAILED, Reason.TEMPLATE)) == EXCESSES_MAX
    assert found.count((State.DEFERRED, Reason.DEFERRED)) == CONTACTS - EXCESSES_MAX
    campaign = await find_campaign(world.made, "bad")
    assert campaign.status is CampaignStatus.PAUSED
    assert campaign.pause_reason is not None
    assert "too many steps" in campaign.pause_reason
    sent = {it.rcpt_to for it in world.transport.sent}
    assert sent == {f"good{seq}@example.com" for seq in range(CONTACTS)}


@in_world
async def test_rare_excess_pauses_nothing(world: FakeWorld) -> None:
    """If one contact of a few makes the template too costly, that lead fails alone."""
    numbers = [9_999, 9_999, 1] * 3
    await launched(world, "mixed", COSTLY, *numbers)
    await world.settle()
    failed = [it.state is State.FAILED for it in await leads(world, "mixed")]
    assert failed == [n > 1 for n in numbers]
    assert (await find_campaign(world.made, "mixed")).status is not CampaignStatus.PAUSED


@in_world
async def test_interrupted_render_is_tried_again(world: FakeWorld) -> None:
    """The lead waits; when the machine has time, its mail goes out once."""
    body = "{% for i in (1..9000) %}{% endfor %}"
    await launched(world, "c", body, 1)
    made = world.made
    world.made = replace(made, processor=Slow(PROCESSOR_SECONDS_MAX))
    await world.settle()
    (lead,) = await leads(world, "c")
    assert (lead.state, lead.reason) == (State.DEFERRED, Reason.DEFERRED)
    assert world.transport.sent == []
    world.made = made
    await world.pass_time(400, 100)
    assert [it.rcpt_to for it in world.transport.sent] == ["c0@example.com"]


@in_world
async def test_email_is_compiled_beside_the_event_loop_once(world: FakeWorld) -> None:
    """By the first message, whichever others want it at the same time; they only render it."""
    await launched(world, "c", "Hello", *[1] * CONTACTS)
    processor = Slow(0.0)
    world.made = replace(world.made, processor=processor)
    await world.settle()
    assert (len(world.transport.sent), processor.asides) == (CONTACTS, 1)
    (lead, *_), campaign = await leads(world, "c"), await find_campaign(world.made, "c")
    flows = FlowCache(world.store.campaigns, world.made.emails)
    loaded = await flows.load(lead)
    wanted = [loaded.email(campaign, "mail", processor) for _ in range(3)]
    first, *others = await asyncio.gather(*wanted)
    assert all(it is first for it in others)
    assert processor.asides == 2


@in_world
async def test_checks_and_previews_leave_the_event_loop(world: FakeWorld) -> None:
    """Both run aside, and a flow that takes too long to check says so at each text."""
    await create_campaign(
        world.made, name="c", campaign_id="c", flow=flow([email("a"), email("b")], "a>b")
    )
    quick, slow = Slow(0.0), Slow(CHECK_SECONDS_MAX)
    services = replace(world.made, processor=quick)
    campaign = await find_campaign(services, "c")
    report = await check_emails(services, campaign.draft)
    assert (report.errors, quick.asides) == ((), 1)
    assert (await preview_email(services, "c", Chosen("a"))).problems == ()
    assert quick.asides == 3
    late = await check_emails(replace(world.made, processor=slow), campaign.draft)
    assert {(it.code, it.node_id) for it in late.errors} == {
        ("bad_template", "a"),
        ("bad_template", "b"),
    }
    assert "The subject of a took 5.0 s: make it simpler." in late.errors[0].message


@in_world
async def test_flow_that_takes_too_long_is_not_proofread(world: FakeWorld) -> None:
    """Proofreading has what checking has left; e-mails without a finding of their own get one."""
    drawn = flow([email("a", body="{{ first_name }}"), email("b", body="{{ city }}")], "a>b")
    slow = Slow(CHECK_SECONDS_MAX / 5)
    report = await check_emails(replace(world.made, processor=slow), drawn)
    assert [(it.code, it.node_id) for it in report.warnings if it.code != "unconnected_port"] == [
        ("unknown_tag", "a"),
        ("not_proofread", "b"),
    ]
    assert report.flow is not None
    assert "The body of a took 2.0 s" in report.warnings[-1].message


@in_world
async def test_all_fields_of_a_preview_share_its_time(world: FakeWorld) -> None:
    """The error names the field that took longest. So does that of a field that is interrupted."""
    body = "{% for i in (1..9000) %}{% endfor %}"
    drawn = flow([email("a", "Hello", body)])
    await create_campaign(world.made, name="c", campaign_id="c", flow=drawn)
    for step_seconds, field, reason in (
        (CHECK_SECONDS_MAX, "subject", "its subject 5.0 s of that"),
        (PROCESSOR_SECONDS_MAX, "body", "body: rendering took too much processor time"),
    ):
        services = replace(world.made, processor=Slow(step_seconds))
        with pytest.raises(CallerError) as caught:
            await preview_email(services, "c", Chosen("a"))
        assert (caught.value.status, caught.value.field) == (503, f"configuration.{field}")
        assert reason in caught.value.message


def test_work_aside_lets_the_event_loop_go_on() -> None:
    """The thread waits for something that only the event loop does."""
    done = threading.Event()

    async def both() -> bool:
        asyncio.get_running_loop().call_soon(done.set)
        return await ThreadProcessor().aside(lambda: done.wait(10))

    assert asyncio.run(both())
    assert ThreadProcessor().seconds() >= 0


def test_memory_of_the_process_is_measured_in_bytes() -> None:
    before = ThreadProcessor().resident_bytes()
    held = b"x" * 50_000_000
    grown_bytes = ThreadProcessor().resident_bytes() - before
    assert 0.8 * len(held) < grown_bytes < 1.5 * len(held)
