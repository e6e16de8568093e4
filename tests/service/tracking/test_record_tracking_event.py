"""A reader's click and a lead in progress: every interleaving has one right answer.

It is yes if and only if the click happened at or before the deadline, whatever else happens then;
there is one decision, one e-mail after it, and the click is counted once.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import pytest

from functions.adapters.sqlite import SqliteStore
from functions.flow.event import TRACKING_EVENT_STORED_WITHIN, TrackingEvent, TrackingEventKind
from functions.flow.lead import Lead, LeadStatus, Reason
from functions.flow.outcome import Outcome, Sent
from functions.mail.envelope import Envelope
from functions.service.audience.contact_row import Row
from functions.service.audience.records import SuppressionReason
from functions.service.audience.suppress import suppress
from functions.service.campaigns.lifecycle import pause, resume
from functions.service.campaigns.set_up_campaign import NewCampaign, set_up_campaign
from functions.service.reports.roll_counts import roll_counts
from functions.service.sending.records import MessageState
from functions.service.tracking.ports import TrackingEventStore
from functions.service.tracking.record_tracking_event import (
    Reader,
    settle_tracking_events,
    store_tracking_event,
)
from functions.service.tracking.records import StoredTrackingEvent
from harness.fakes.scenes import click_flow, clicked, email, flow, in_world
from harness.fakes.world import FakeWorld

CAMPAIGN = "shop"
ADDRESS = "ann@example.com"
WITHIN_SECONDS = 10
"""From the sending of A to the deadline of the condition, in `click_flow()`."""


async def launch(
    world: FakeWorld, document: dict[str, object] | None = None, address: str = ADDRESS
) -> None:
    """One contact, and everything that happens at once."""
    await set_up_campaign(
        world.made,
        NewCampaign(
            campaign_id=CAMPAIGN,
            name="Shop",
            flow=document or click_flow(within_seconds=WITHIN_SECONDS),
            rows=[Row(1, address, {})],
            launch=True,
        ),
    )
    await world.settle()


async def the_lead(world: FakeWorld) -> Lead:
    (stored,) = await world.store.leads.page(CAMPAIGN, after_seq=0, limit=2)
    return stored.lead


async def try_click(
    world: FakeWorld, address: str = "::1", link: str = "https://example.com/offer"
) -> StoredTrackingEvent | None:
    lead = await the_lead(world)
    now = await world.store.now()
    tracking_event = TrackingEvent(TrackingEventKind.CLICKED, "a", 1, now, link, link)
    return await store_tracking_event(
        world.made, CAMPAIGN, lead.lead_id, 1, tracking_event, Reader("test", address)
    )


async def store_click(world: FakeWorld, address: str = "::1") -> StoredTrackingEvent:
    """The first half of the tracking endpoint: the state after a crash at this point."""
    stored = await try_click(world, address)
    assert stored is not None
    return stored


async def click(world: FakeWorld) -> None:
    """The whole endpoint, and the jobs it causes."""
    await settle_tracking_events(world.made, [await store_click(world)])
    await world.dispatcher.pump(world.made)


def subjects(world: FakeWorld) -> list[str]:
    return [
        envelope.subject.removeprefix("Subject of ") for envelope in world.transport.to(ADDRESS)
    ]


async def finished_with(world: FakeWorld, mails: Sequence[str]) -> None:
    """The lead ended, got exactly these e-mails, and the counts say the same as a recount."""
    assert (await the_lead(world)).status is LeadStatus.COMPLETED
    assert subjects(world) == list(mails)
    await roll_counts(world.made, CAMPAIGN)
    (counts,) = await world.store.counts.find([CAMPAIGN])
    recount = await world.store.leads.recount(CAMPAIGN)
    counted = {key: counts.values.get(key, 0) for key in recount}
    assert counted == recount


async def clicks_counted(world: FakeWorld) -> int:
    await roll_counts(world.made, CAMPAIGN)
    (counts,) = await world.store.counts.find([CAMPAIGN])
    return counts.values.get("total/a/clicked", 0)


@in_world
async def test_click_during_an_earlier_wait_counts(world: FakeWorld) -> None:
    """The lead is not at the condition yet; on arrival it finds the click and goes on at once."""
    await launch(world)
    await world.pass_time(2)
    await click(world)
    assert (await the_lead(world)).reason is Reason.WAIT
    await world.pass_time(3)
    await finished_with(world, ["a", "b"])


@in_world
async def test_click_while_the_message_is_still_sending_counts(world: FakeWorld) -> None:
    """The server has passed the message on and the reader clicks before our 250 is written."""
    states: list[MessageState] = []

    async def click_before_answering(envelope: Envelope) -> Outcome:
        if envelope.subject.endswith(" a"):
            lead = await the_lead(world)
            (message,) = await world.store.messages.of_lead(lead.lead_id, 2)
            states.append(message.state)
            await settle_tracking_events(world.made, [await store_click(world)])
        return Sent("250 taken")

    world.transport.script = click_before_answering
    await launch(world, flow([email("a"), clicked("asked", "a", 10), email("b")], *_DIRECT))
    assert states == [MessageState.SENDING]
    await finished_with(world, ["a", "b"])


_DIRECT = ("a>asked", "asked.yes>b")


class SeamOfTrackingEvents:
    """The tracking events of a store, with something happening right after they were read."""

    def __init__(
        self, inner: TrackingEventStore, after_read: Callable[[], Awaitable[None]]
    ) -> None:
        self._inner = inner
        self._after_read = after_read

    async def of_leads(self, lead_ids: Sequence[str]) -> dict[str, list[TrackingEvent]]:
        found = await self._inner.of_leads(lead_ids)
        await self._after_read()
        return found

    async def insert(self, tracking_events: Sequence[StoredTrackingEvent]) -> int:
        return await self._inner.insert(tracking_events)

    async def unsettled(self, now: datetime, limit: int) -> list[StoredTrackingEvent]:
        return await self._inner.unsettled(now, limit)

    async def settle(self, look_at: Mapping[str, datetime | None]) -> None:
        await self._inner.settle(look_at)


@in_world
async def test_click_between_read_and_commit_counts(world: FakeWorld) -> None:
    """The step that arrives at the condition has read no click and will not see this one; the
    click in turn finds a lead that does not watch yet. Looking again brings them together."""
    await launch(world)
    inner = world.store.tracking_events
    done: list[bool] = []

    async def click_once() -> None:
        if not done:
            done.append(True)
            await settle_tracking_events(world.made, [await store_click(world)])

    world.clock.advance(5)
    world.store.tracking_events = SeamOfTrackingEvents(inner, click_once)
    await world.settle(1)
    world.store.tracking_events = inner
    assert done
    assert (await the_lead(world)).reason is Reason.CONDITION, "the step did not see the click"
    await world.pass_time(3)
    await finished_with(world, ["a", "b"])
    sent_b = (await the_lead(world)).sent_emails["b"].at
    assert sent_b - (await the_lead(world)).sent_emails["a"].at < timedelta(seconds=WITHIN_SECONDS)


@in_world
async def test_click_just_before_a_late_sweep_counts(world: FakeWorld) -> None:
    """The click is in time, its endpoint died after storing it, and the sweep comes a minute
    late: it still counts."""
    await launch(world)
    await world.pass_time(5)
    assert (await the_lead(world)).reason is Reason.CONDITION
    world.clock.advance(WITHIN_SECONDS - 5 - 0.001)
    await store_click(world)
    world.clock.advance(60)
    await world.settle()
    await finished_with(world, ["a", "b"])


@in_world
async def test_click_at_the_deadline_counts(world: FakeWorld) -> None:
    """At or before: the deadline's own millisecond is in time."""
    await launch(world)
    await world.pass_time(5)
    deadline = (await the_lead(world)).wait_until
    world.clock.advance(WITHIN_SECONDS - 5)
    assert await world.store.now() == deadline
    await store_click(world)
    world.clock.advance(TRACKING_EVENT_STORED_WITHIN.total_seconds())
    await world.settle()
    await finished_with(world, ["a", "b"])


@in_world
async def test_click_just_after_the_deadline_does_not_count(world: FakeWorld) -> None:
    """The sweep is late, the click comes before it but after the deadline: no, and counted as
    a click all the same."""
    await launch(world)
    await world.pass_time(5)
    world.clock.advance(WITHIN_SECONDS - 5 + 0.001)
    await click(world)
    world.clock.advance(TRACKING_EVENT_STORED_WITHIN.total_seconds())
    await world.settle()
    await finished_with(world, ["a", "c"])
    assert await clicks_counted(world) == 1


@in_world
async def test_two_clicks_decide_once(world: FakeWorld) -> None:
    """Two endpoints at once, and the sweep on top: one decision, one e-mail, one click counted."""
    await launch(world)
    await world.pass_time(5)
    first, second = await store_click(world), await store_click(world, "192.0.2.1")
    await settle_tracking_events(world.made, [first])
    await settle_tracking_events(world.made, [second])
    await world.pass_time(30)
    await finished_with(world, ["a", "b"])
    assert await clicks_counted(world) == 1
    lead = await the_lead(world)
    assert len(await world.store.tracking_events.of_leads([lead.lead_id])) == 1
    assert len((await world.store.tracking_events.of_leads([lead.lead_id]))[lead.lead_id]) == 2


@in_world
async def test_repeated_click_is_stored_once_a_minute(world: FakeWorld) -> None:
    """Whatever its owner can choose of its address. Another link, network or minute is another
    click."""
    await launch(world)
    lead_id = (await the_lead(world)).lead_id
    world.clock.at = world.clock.at.replace(second=0)
    for n in range(50):
        stored = await try_click(world, f"2001:db8::{n + 1:x}")
        assert (stored is not None) == (n == 0)
        world.clock.advance(1)
    for address, link in (
        ("2001:db8:0:1::1", "https://example.com/offer"),
        ("192.0.2.1", "https://example.com/offer"),
        ("::ffff:192.0.2.1", "https://example.com/other"),
    ):
        assert await try_click(world, address, link) is not None
        assert await try_click(world, address, link) is None
    assert await try_click(world, "192.0.2.1", "https://example.com/other") is None
    world.clock.advance(10)
    assert await try_click(world, "2001:db8::1") is not None
    found = await world.store.tracking_events.of_leads([lead_id])
    assert len(found[lead_id]) == 5


@in_world
async def test_repeated_click_costs_one_round_trip(world: FakeWorld) -> None:
    """Not even a first one asks a throttle."""
    await launch(world)
    assert isinstance(world.store, SqliteStore)
    seen: list[str] = []
    world.store.trace(seen.append)
    await store_click(world)
    await try_click(world)
    assert [it for it in seen if it != "leads.page"] == 2 * ["tracking_events.insert"]


@in_world
async def test_click_in_a_paused_campaign_counts_after_it_resumes(world: FakeWorld) -> None:
    """Readers act while a campaign is paused; the event is looked at again until its lead can step,
    so that no lead with a click waits for the deadline.
    """
    await launch(world, click_flow(within_seconds=86_400))
    await world.pass_time(5)
    await pause(world.made, CAMPAIGN)
    await click(world)
    await world.pass_time(60, step_seconds=5)
    assert subjects(world) == ["a"]
    await resume(world.made, CAMPAIGN)
    await world.pass_time(180, step_seconds=5)
    await finished_with(world, ["a", "b"])


@in_world
async def test_tracking_event_of_a_deleted_lead_is_settled(world: FakeWorld) -> None:
    """A link outlives its lead: the event is kept, and the lead is not looked for indefinitely."""
    tracking_event = TrackingEvent(TrackingEventKind.OPENED, "a", 1, await world.store.now())
    stored = await store_tracking_event(
        world.made, "gone", "lead_gone_1_1", 1, tracking_event, Reader("", "")
    )
    assert stored is not None
    await settle_tracking_events(world.made, [stored])
    world.clock.advance(3600)
    assert await world.store.tracking_events.unsettled(await world.store.now(), 10) == []


@in_world
async def test_raw_tracking_event_keeps_its_origin(world: FakeWorld) -> None:
    """Time, user agent and address, bounded, for people to judge by later."""
    await launch(world)
    lead = await the_lead(world)
    now = await world.store.now()
    reader = Reader("A" * 2000, "192.0.2.7")
    tracking_event = TrackingEvent(TrackingEventKind.OPENED, "a", 1, now)
    stored = await store_tracking_event(
        world.made, CAMPAIGN, lead.lead_id, 1, tracking_event, reader
    )
    world.clock.advance(5)
    (kept,) = await world.store.tracking_events.unsettled(await world.store.now(), 10)
    assert kept == stored
    assert (kept.tracking_event.at, kept.address, len(kept.user_agent)) == (now, "192.0.2.7", 500)


@in_world
async def test_suppressed_address_is_not_written_to(world: FakeWorld) -> None:
    """Unsubscribing in capital letters stops the next e-mail; the lead ends with that reason."""
    await launch(world)
    await suppress(world.made, ADDRESS.upper(), SuppressionReason.UNSUBSCRIBED, CAMPAIGN)
    await world.pass_time(30)
    assert subjects(world) == ["a"]
    lead = await the_lead(world)
    assert (lead.status, lead.reason) == (LeadStatus.COMPLETED, Reason.SUPPRESSED)


@pytest.mark.parametrize("stored", ["ann@xn--strae-oqa.de", "Ann@straße.de"])
@in_world
async def test_suppressed_domain_is_one_in_every_spelling(world: FakeWorld, stored: str) -> None:
    """In ASCII, as imports store it, or as people write it: it is the same person."""
    await suppress(world.made, "ANN@Straße.de", SuppressionReason.UNSUBSCRIBED, CAMPAIGN)
    await launch(world, address=stored)
    await world.pass_time(30)
    assert world.transport.sent == []
    assert (await the_lead(world)).reason is Reason.SUPPRESSED
