"""Every pair of lifecycle verbs: one happens as a whole in the middle of the other.

Another worker does the second verb, with all its work, before each write of the first one. A
campaign that is deleted is created anew under its id at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from functions.adapters.sqlite import SqliteStore
from functions.flow.lead import ON_THEIR_WAY
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_row import Row
from functions.service.campaigns.edit import create_campaign, replace_draft
from functions.service.campaigns.import_into_campaign import begin_upload
from functions.service.campaigns.launch import Timing, launch
from functions.service.campaigns.lifecycle import (
    archive,
    cancel,
    delete,
    end,
    pause,
    resume,
    unschedule,
)
from functions.service.campaigns.publish import publish
from functions.service.campaigns.records import ACTIVE, Campaign, CampaignStatus, Ending
from functions.service.errors import CallerError
from functions.service.jobs.records import JobState
from functions.service.leads.publish_and_move import Move, publish_and_move
from functions.service.schedule.run_jobs import run_jobs
from functions.service.schedule.start_scheduled import start_scheduled
from functions.service.store import Store
from harness.fakes.clock import FakeClock
from harness.fakes.scenes import email, flow, wait
from harness.fakes.world import FakeWorld
from harness.servers import mongo as mongo_server

FLOW = flow([email("mail"), wait("w", 3600)], "mail>w")
LATER = flow([email("mail"), wait("x", 3600)], "mail>x")
OTHER = flow([email("again")])
Verb = Callable[[FakeWorld, str], Awaitable[object]]


async def _import(world: FakeWorld, campaign_id: str) -> None:
    upload = await begin_upload(world.made, campaign_id)
    await upload.add([Row(2, f"late@{campaign_id}.example.com", {})])
    await upload.finish()


async def _publish_and_move(world: FakeWorld, campaign_id: str) -> None:
    await replace_draft(world.made, campaign_id, LATER, None)
    await publish_and_move(world.made, campaign_id, "moved", Move({"w": "x"}))


async def _schedule(world: FakeWorld, campaign_id: str) -> None:
    at = world.clock.at + timedelta(seconds=1)
    await launch(world.made, campaign_id, timing=Timing(at, Ending.BY_HAND))


async def _start(world: FakeWorld, campaign_id: str) -> None:
    """The part of a sweep that starts campaigns, once it is time."""
    world.clock.advance(1)
    await start_scheduled(world.made)


async def _publish(world: FakeWorld, campaign_id: str) -> None:
    await replace_draft(world.made, campaign_id, OTHER, None)
    await publish(world.made, campaign_id)


VERBS: dict[str, Verb] = {
    "launch": lambda world, campaign_id: launch(world.made, campaign_id),
    "schedule": _schedule,
    "unschedule": lambda world, campaign_id: unschedule(world.made, campaign_id),
    "start": _start,
    "publish": _publish,
    "end": lambda world, campaign_id: end(world.made, campaign_id),
    "pause": lambda world, campaign_id: pause(world.made, campaign_id),
    "resume": lambda world, campaign_id: resume(world.made, campaign_id),
    "cancel": lambda world, campaign_id: cancel(world.made, campaign_id),
    "archive": lambda world, campaign_id: archive(world.made, campaign_id),
    "delete": lambda world, campaign_id: delete(world.made, campaign_id),
    "import": _import,
    "move": _publish_and_move,
}
BEGUN = {"pause", "resume", "cancel", "import", "end", "move"}
"""Verbs of campaigns that run."""
SCHEDULED = {"unschedule", "start"}
WRITES_MAX = 4
SWEEPS = 20
"""Enough for the jobs of all campaigns."""


async def create(world: FakeWorld, campaign_id: str) -> None:
    await create_campaign(world.made, name=campaign_id, campaign_id=campaign_id, flow=FLOW)


async def prepare(world: FakeWorld, first: str, campaign_id: str) -> None:
    """A campaign with one contact, in a state in which the first verb is allowed."""
    await create(world, campaign_id)
    upload = await begin_upload(world.made, campaign_id)
    await upload.add([Row(2, f"ann@{campaign_id}.example.com", {})])
    await upload.finish()
    await run_jobs(world.made)
    if first in BEGUN:
        await launch(world.made, campaign_id)
        await run_jobs(world.made)
    if first in SCHEDULED:
        await _schedule(world, campaign_id)
    if first == "resume":
        await pause(world.made, campaign_id)


class Between:
    """Calls the second verb once, before a write of the first."""

    def __init__(self, world: FakeWorld, second: str, campaign_id: str, before: int) -> None:
        self._world = world
        self._second = second
        self._campaign_id = campaign_id
        self._left = before
        self._is_done = False
        self.recreated: Campaign | None = None

    def around(self, method: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def called(*arguments: object) -> object:
            if not self._is_done:
                if self._left == 0:
                    self._is_done = True
                    await self._happen()
                self._left -= 1
            return await method(*arguments)

        return called

    async def _happen(self) -> None:
        world = self._world
        with suppress(CallerError):
            await VERBS[self._second](world, self._campaign_id)
            world.clock.advance(1)
            await run_jobs(world.made)
            if self._second == "delete":
                await create(world, self._campaign_id)
                (self.recreated,) = await world.store.campaigns.find(
                    DEFAULT_WORKSPACE, [self._campaign_id]
                )


async def interleave(world: FakeWorld, first: str, second: str, before: int) -> Between:
    campaign_id = f"{first}-{second}-{before}"
    await prepare(world, first, campaign_id)
    between = Between(world, second, campaign_id, before)
    store = world.store
    ports = [
        (store.jobs, "insert"),
        (store.campaigns, "replace"),
        (store.campaigns, "add_version"),
        (store.uploads, "add"),
    ]
    for port, name in ports:
        setattr(port, name, between.around(getattr(port, name)))
    try:
        with suppress(CallerError):
            await VERBS[first](world, campaign_id)
    finally:
        for port, name in ports:
            delattr(port, name)
    return between


async def check(world: FakeWorld, between: Between, campaign_id: str) -> None:
    store = world.store
    jobs = await store.jobs.page(DEFAULT_WORKSPACE, campaign_id, 100)
    assert [it for it in jobs if it.state is JobState.WAITING] == []
    found = await store.campaigns.find(DEFAULT_WORKSPACE, [campaign_id])
    status = found[0].status if found else None
    assert status is not CampaignStatus.DELETING
    leads = await store.leads.page(campaign_id, after_seq=0, limit=9, statuses=ON_THEIR_WAY)
    assert status in ACTIVE or not leads
    for name in ("ann", "late"):
        assert len(world.transport.to(f"{name}@{campaign_id}.example.com")) <= 1
    if between.recreated is not None:
        assert found[0].created_at == between.recreated.created_at
        assert status is CampaignStatus.DRAFT, "nobody launched this one"
        assert await store.contacts.last_seq(DEFAULT_WORKSPACE, campaign_id) == 0


async def launch_new(world: FakeWorld, campaign_id: str) -> None:
    """No job of the deleted campaign is taken for one of this."""
    upload = await begin_upload(world.made, campaign_id)
    await upload.add([Row(2, f"new@{campaign_id}.example.com", {})])
    await upload.finish()
    await launch(world.made, campaign_id)


async def open_sqlite(clock: FakeClock, folder: Path) -> Store:
    store = await SqliteStore.open(":memory:", clock=clock, inline=True)
    await store.migrate()
    return store


async def open_mongo(clock: FakeClock, folder: Path) -> Store:
    return await mongo_server.open_passing(clock=clock)


@pytest.mark.parametrize("first", VERBS)
@pytest.mark.parametrize("open_store", [open_sqlite, open_mongo])
def test_pair_of_verbs_in_each_order(
    open_store: Callable[[FakeClock, Path], Awaitable[Store]], first: str, tmp_path: Path
) -> None:
    """No job is left, no lead is stranded, no mail is sent twice; a new campaign stays as it is."""

    async def story() -> None:
        clock = FakeClock()
        store = await open_store(clock, tmp_path)
        world = FakeWorld(store, clock)
        try:
            done = {}
            for second in VERBS if open_store is open_sqlite else sorted(BEGUN | SCHEDULED):
                for before in range(1 if open_store is open_mongo else WRITES_MAX):
                    between = await interleave(world, first, second, before)
                    done[f"{first}-{second}-{before}"] = between
            clock.advance(5)
            await world.settle(SWEEPS)
            for campaign_id, between in done.items():
                await check(world, between, campaign_id)
            recreated = [it for it, between in done.items() if between.recreated is not None]
            for campaign_id in recreated:
                await launch_new(world, campaign_id)
            await world.settle()
            for campaign_id in recreated:
                assert len(world.transport.to(f"new@{campaign_id}.example.com")) == 1
        finally:
            await store.close()

    asyncio.run(story())
