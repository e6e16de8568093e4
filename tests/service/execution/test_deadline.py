"""A click around the deadline of a condition: it gets its time before it is stored.

A step that looks before the click is stored must not answer "no" because of that, as long as
storing takes no longer than `TRACKING_EVENT_STORED_WITHIN`.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import pytest

from functions.flow.event import (
    TRACKING_EVENT_STORED_WITHIN,
    Resumed,
    TrackingEvent,
    TrackingEventKind,
)
from functions.flow.lead import Reason, State
from functions.service.audience.contact_row import Row
from functions.service.campaigns.set_up_campaign import NewCampaign, set_up_campaign
from functions.service.execution.advance import advance
from functions.service.execution.records import StoredLead
from functions.service.reports.roll_counts import roll_counts
from functions.service.tracking.record_tracking_event import (
    Reader,
    settle_tracking_events,
    store_tracking_event,
)
from functions.service.tracking.records import StoredTrackingEvent
from harness.fakes.scenes import ANN, click_flow, in_world
from harness.fakes.world import FakeWorld

CAMPAIGN = "shop"
MS = timedelta(milliseconds=1)


async def watching(world: FakeWorld) -> tuple[StoredLead, datetime]:
    """A lead that watches for a click, and its deadline, which is now."""
    await set_up_campaign(
        world.made,
        NewCampaign(
            campaign_id=CAMPAIGN,
            name="Shop",
            flow=click_flow(within_seconds=10),
            rows=[Row(1, ANN, {})],
            launch=True,
        ),
    )
    await world.settle()
    await world.pass_time(5)
    stored = await the_lead(world)
    deadline = stored.lead.wait_until
    assert stored.lead.state is State.WATCHING
    assert deadline is not None
    world.clock.at = deadline
    return stored, deadline


async def the_lead(world: FakeWorld) -> StoredLead:
    (stored,) = await world.store.leads.page(CAMPAIGN, after_seq=0, limit=2)
    return stored


async def store(world: FakeWorld, kind: TrackingEventKind, at: datetime) -> StoredTrackingEvent:
    """A tracking event of e-mail `a` that happened at `at` and is stored now."""
    lead_id = (await the_lead(world)).lead.lead_id
    stored = await store_tracking_event(
        world.made, CAMPAIGN, lead_id, 1, TrackingEvent(kind, "a", 1, at), Reader("test", "::1")
    )
    assert stored is not None
    return stored


def subjects(world: FakeWorld) -> list[str]:
    return [it.subject.removeprefix("Subject of ") for it in world.transport.to(ANN)]


def after_the_next(
    world: FakeWorld, method: str, do: Callable[[], Awaitable[object]]
) -> list[bool]:
    """Runs something right after the store answers `now` or `of_leads` once; the list tells whether
    it did.
    """
    port = world.store if method == "now" else world.store.tracking_events
    inner = getattr(port, method)
    done: list[bool] = []

    async def seam(*given: Sequence[str]) -> object:
        answer = await inner(*given)
        if not done:
            done.append(True)
            await do()
        return answer

    setattr(port, method, seam)
    return done


@in_world
async def test_click_stored_while_the_lead_steps_counts(world: FakeWorld) -> None:
    """The clock is read before the tracking events, so events stored between the two are seen. In
    the other order, the step would know that the deadline is over, but not see the click.
    """
    stored, deadline = await watching(world)
    world.clock.advance(TRACKING_EVENT_STORED_WITHIN.total_seconds())
    done = after_the_next(world, "now", lambda: store(world, TrackingEventKind.CLICKED, deadline))
    await advance(world.made, {stored.lead.lead_id: (stored, Resumed())})
    assert done
    await world.dispatcher.pump(world.made)
    assert subjects(world) == ["a", "b"]


@in_world
async def test_click_before_the_deadline_that_is_stored_after_the_look_counts(
    world: FakeWorld,
) -> None:
    """An open just after the deadline makes the lead step. The click is on its way to the store:
    its time is that of the deadline, and the step does not see it."""
    _, deadline = await watching(world)
    world.clock.advance(0.2)
    opened = await store(world, TrackingEventKind.OPENED, deadline + timedelta(seconds=0.2))
    done = after_the_next(
        world, "of_leads", lambda: store(world, TrackingEventKind.CLICKED, deadline)
    )
    await settle_tracking_events(world.made, [opened])
    assert done
    assert (await the_lead(world)).lead.state is State.WATCHING, "the step did not see the click"
    await world.pass_time(1)
    assert subjects(world) == ["a", "b"]


@pytest.mark.parametrize(
    ("stored_after", "mails"),
    [
        (TRACKING_EVENT_STORED_WITHIN - MS, ["a", "b"]),
        (TRACKING_EVENT_STORED_WITHIN + MS, ["a", "c"]),
    ],
    ids=["in time", "too late"],
)
@in_world
async def test_storing_may_take_a_second(
    world: FakeWorld, stored_after: timedelta, mails: list[str]
) -> None:
    """The lead is checked ten times a second. If storing a click takes longer than a second, its
    lead has already gone on: the click is counted but changes nothing any more.
    """
    _, deadline = await watching(world)
    for tenths in range(11):
        world.clock.at = min(deadline + timedelta(seconds=tenths / 10), deadline + stored_after)
        await world.settle(1)
    world.clock.at = deadline + stored_after
    await settle_tracking_events(
        world.made, [await store(world, TrackingEventKind.CLICKED, deadline)]
    )
    await world.pass_time(60)
    assert subjects(world) == mails
    assert (await the_lead(world)).lead.reason is Reason.NO_CONNECTION
    await roll_counts(world.made, CAMPAIGN)
    (counts,) = await world.store.counts.find([CAMPAIGN])
    assert counts.values["total/a/clicked"] == 1
