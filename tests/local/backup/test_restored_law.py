"""The law of a restore: back up at any point, run on, restore, and choose.

Skip: no message is sent twice. Send: none is lost.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from functions.flow.event import TrackingEvent, TrackingEventKind
from functions.flow.lead import State
from functions.flow.outcome import Deferred, Outcome, Sent
from functions.mail.envelope import Envelope
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.campaigns.records import CampaignStatus, Choice, RestorationState
from functions.service.leads.release_held import release
from functions.service.tracking.record_tracking_event import Reader, store_tracking_event
from harness.fakes.scenes import clicked, email, flow, wait
from harness.fakes.world import FakeWorld
from tests.local.backup.restored_scene import Stores, stores_of

CONTACTS = 4
FLOWS: Mapping[str, Mapping[str, object]] = {
    "series": flow(
        [email("a"), wait("w1", 20), email("b"), wait("w2", 20), email("c")],
        "a>w1",
        "w1>b",
        "b>w2",
        "w2>c",
    ),
    "clicks": flow(
        [email("a"), clicked("asked", "a", 30), email("b"), wait("w", 10), email("c")],
        "a>asked",
        "asked.yes>b",
        "asked.no>w",
        "w>c",
        "b>c",
    ),
    "loop": flow(
        [wait("w", 15), email("a"), email("b"), clicked("asked", "b", 20)],
        "w>a",
        "a>b",
        "b>asked",
        "asked.yes>w",
    ),
}
LATEST = 150
STEP_SECONDS = 10


@dataclass(frozen=True)
class Case:
    """Times in seconds after the launch. `clicks`: which contact clicks when, in which e-mail.
    `slow`: which messages, counted in turn, the server first defers."""

    flow: str
    backup_after: int
    restore_after: int
    clicks: tuple[tuple[int, int, str], ...]
    slow: frozenset[int]
    at_half: bool


cases = st.builds(
    Case,
    flow=st.sampled_from(sorted(FLOWS)),
    backup_after=st.integers(0, 50),
    restore_after=st.integers(0, 45),
    clicks=st.lists(
        st.tuples(st.integers(1, CONTACTS), st.integers(0, 90), st.sampled_from("ab")), max_size=4
    ).map(tuple),
    slow=st.frozensets(st.integers(0, 8), max_size=3),
    at_half=st.booleans(),
)


async def begin(world: FakeWorld, case: Case) -> None:
    numbers = iter(range(10_000))

    async def answer(envelope: Envelope) -> Outcome:
        if next(numbers) in case.slow:
            return Deferred(451, "try later")
        return Sent("250 taken")

    world.transport.script = answer
    await create_campaign(world.made, name="c", campaign_id="c", flow=FLOWS[case.flow])
    upload = Upload(world.made, "c")
    await upload.add([Row(n + 2, f"p{n + 1}@example.com", {}) for n in range(CONTACTS)])
    await upload.finish()
    await launch(world.made, "c")


async def run(world: FakeWorld, case: Case, began: int, until: int) -> None:
    """Sweep every few seconds, with clicks in between. Times are seconds after the launch."""
    second = began
    while second < until:
        for contact, at, node_id in case.clicks:
            if second <= at < second + STEP_SECONDS:
                await click(world, contact, node_id)
        world.clock.advance(min(STEP_SECONDS, until - second))
        second += STEP_SECONDS
        await world.settle(1)


async def click(world: FakeWorld, contact: int, node_id: str) -> None:
    found = await world.store.leads.page("c", after_seq=contact - 1, limit=1)
    if not found or node_id not in found[0].lead.sent_emails:
        return
    lead = found[0].lead
    event = TrackingEvent(
        TrackingEventKind.CLICKED, node_id, lead.sent_emails[node_id].visit, await world.store.now()
    )
    await store_tracking_event(world.made, "c", lead.lead_id, 1, event, Reader("", ""))


async def restored(stores: Stores, case: Case, choice: Choice) -> tuple[FakeWorld, FakeWorld]:
    """The world until the restore, and the one after it, long after everything is over."""
    first = FakeWorld(await stores.first(), stores.clock)
    await begin(first, case)
    await run(first, case, 0, case.backup_after)
    if case.at_half:
        # Leads have taken their first step, and no job has been delivered.
        stores.clock.advance(1)
        await first.sweep()

    async def meanwhile() -> None:
        await first.settle(1)

    saved = await stores.save(first.store, meanwhile)
    restored_after = case.backup_after + case.restore_after
    await run(first, case, case.backup_after, restored_after)
    store, _ = await stores.restore(saved)
    second = FakeWorld(store, stores.clock)
    await run(second, case, restored_after, restored_after + 1)
    assert not second.transport.sent, "it is held"
    await release(second.made, choice)
    await run(second, case, restored_after, LATEST)
    for _ in range(4):
        # The server's refusals end.
        stores.clock.advance(400)
        await second.settle(2)
    restoration = await store.restorations.find()
    assert restoration is not None
    assert restoration.state is RestorationState.OVER
    return first, second


def messages(world: FakeWorld, case: Case) -> Counter[tuple[str, str]]:
    """A reader gets an e-mail once, except in a loop, where each round is another message."""
    is_loop = case.flow == "loop"
    return Counter(
        (it.rcpt_to, it.message_id if is_loop else it.subject) for it in world.transport.sent
    )


async def skip_sends_nothing_twice(kind: str, case: Case) -> None:
    async with stores_of(kind) as stores:
        first, second = await restored(stores, case, Choice.SKIP)
        times = messages(first, case) + messages(second, case)
        assert not [it for it, number in times.items() if number > 1]
        await nothing_is_left(second)


async def send_loses_nothing(kind: str, case: Case) -> None:
    async with stores_of(kind) as stores:
        first, second = await restored(stores, case, Choice.SEND)
        await nothing_is_left(second)
        sent = {(it.rcpt_to, it.subject) for it in (*first.transport.sent, *second.transport.sent)}
        for stored in await second.store.leads.page("c", after_seq=0, limit=100):
            for node_id in set(stored.lead.execution_path) & {"a", "b", "c"}:
                assert (stored.lead.email, f"Subject of {node_id}") in sent


async def nothing_is_left(world: FakeWorld) -> None:
    """Every contact is a lead, and each of them has ended."""
    leads = [it.lead for it in await world.store.leads.page("c", after_seq=0, limit=100)]
    assert len(leads) == CONTACTS
    assert {it.state for it in leads} <= {State.COMPLETED, State.UNKNOWN}, leads
    (campaign,) = await world.store.campaigns.find_anywhere(["c"])
    assert campaign.status is CampaignStatus.COMPLETED


CASES = (
    Case("series", 0, 25, (), frozenset(), False),
    Case("clicks", 5, 12, ((1, 6, "a"), (2, 31, "a")), frozenset({1}), True),
    Case("loop", 22, 40, ((3, 25, "b"),), frozenset({0, 2}), False),
)


@settings(max_examples=15)
@example(CASES[0])
@given(cases)
def test_skip_sends_nothing_twice(case: Case) -> None:
    asyncio.run(skip_sends_nothing_twice("sqlite", case))


@settings(max_examples=10)
@given(cases)
def test_send_loses_nothing(case: Case) -> None:
    asyncio.run(send_loses_nothing("sqlite", case))


@pytest.mark.parametrize("case", CASES, ids=lambda it: it.flow)
def test_skip_sends_nothing_twice_on_mongo(case: Case) -> None:
    """Leads move while the backup is read."""
    asyncio.run(skip_sends_nothing_twice("mongo", case))


@pytest.mark.parametrize("case", CASES[1:2], ids=lambda it: it.flow)
def test_send_loses_nothing_on_mongo(case: Case) -> None:
    asyncio.run(send_loses_nothing("mongo", case))
