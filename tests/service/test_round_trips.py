"""The store's cost of a batch of 100 e-mails, line by line, on both stores.

Tracking, suppression, journal, outbox and counts are on; a fifth of the claims are taken over from
a worker with an expired lease. Marks and settlements are written in groups and listed separately.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from functions.adapters.sqlite import SqliteStore
from functions.flow.keys import send_key
from functions.flow.lead import State
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.jobs.records import SendJob
from functions.service.schedule.sweep import sweep
from functions.service.sending.records import Claim, Message, MessageState
from functions.service.sending.send_email import send_emails
from functions.service.store import Store
from harness.fakes.clock import FakeClock
from harness.fakes.world import FakeWorld
from harness.servers import mongo as mongo_server

JOBS = 100
TAKEN_OVER = 20

BATCH = [
    "leads.find",
    "campaigns.find_anywhere",
    "messages.find",
    "suppressions.find",
    "messages.claim",
    # Here the groups of marks and settlements.
    "tracking_events.of_leads",
    "leads.commit",
    "journal.insert",
    "leads.drained",
]

GROUP = {"messages.write", "campaigns.find_anywhere", "suppressions.find"}

FLOW = {
    "nodes": [
        {"id": "start", "type": "start"},
        {
            "id": "mail",
            "type": "sendEmail",
            "configuration": {
                "subject": "Hello {{contact.first_name}}",
                "body": "<p><a href='https://example.com/tour'>Take the tour</a></p>",
            },
        },
        {
            "id": "clicked",
            "type": "condition",
            "configuration": {
                "mode": "behaviour",
                "event": "clicked",
                "email_node": "mail",
                "within": {"amount": 2, "unit": "days"},
            },
        },
    ],
    "connections": [
        {"from_node": a, "to_node": b} for a, b in pairwise(["start", "mail", "clicked"])
    ],
}

Open = Callable[[FakeClock, Callable[[str], None]], Awaitable[Store]]


async def open_sqlite(clock: FakeClock, hear: Callable[[str], None]) -> Store:
    store = await SqliteStore.open(":memory:", clock=clock, inline=True)
    await store.migrate()
    store.trace(hear)
    return store


async def open_mongo(clock: FakeClock, hear: Callable[[str], None]) -> Store:
    return await mongo_server.open_passing(clock=clock, round_trips=hear)


async def send_jobs(world: FakeWorld) -> list[SendJob]:
    """100 leads at their first e-mail, each with a job; a fifth claimed by a worker now dead."""
    services = world.made
    # Leases so long that none is renewed, however slow the machine is.
    policy = replace(
        services.policy, window_jobs_max=JOBS, lead_lease_seconds=600, send_lease_seconds=600
    )
    services = replace(services, policy=policy)
    world.made = services
    await create_campaign(services, name="c", campaign_id="c", flow=FLOW)
    upload = Upload(services, "c")
    await upload.add([Row(n + 2, f"p{n}@example.com", {"first_name": "P"}) for n in range(JOBS)])
    await upload.finish()
    await launch(services, "c")
    for _ in range(2):
        await sweep(services)
    leads = await services.store.leads.page("c", after_seq=0, limit=JOBS)
    assert {it.lead.state for it in leads} == {State.SENDING}
    now = await services.store.now()
    claims = [
        Claim(
            Message(
                key=send_key(it.lead.lead_id, "mail", 1, 1),
                campaign_id="c",
                lead_id=it.lead.lead_id,
                node_id="mail",
                visit=1,
                resend_number=1,
                recipient=it.lead.email,
                state=MessageState.CLAIMED,
                token="of-a-dead-worker",
                lease_until=now + timedelta(seconds=1),
                changed_at=now,
                first_attempt_at=now,
            ),
            None,
        )
        for it in leads[:TAKEN_OVER]
    ]
    assert len(await services.store.messages.claim(claims)) == TAKEN_OVER
    world.clock.advance(2)
    return [
        SendJob(lead_id=it.lead.lead_id, campaign_id="c", node_id="mail", visit=1, resend_number=1)
        for it in leads
    ]


@pytest.mark.parametrize("open_store", [open_sqlite, open_mongo])
def test_batch_of_100_takes_nine_round_trips_and_the_marks(open_store: Open) -> None:
    """More would be a trip per lead in disguise; each is named where it is listed."""

    async def story() -> None:
        trips: list[str] = []
        clock = FakeClock()
        store = await open_store(clock, trips.append)
        world = FakeWorld(store, clock)
        try:
            jobs = await send_jobs(world)
            # The flow is loaded by now, as in any worker after its first batch.
            trips.clear()
            assert await send_emails(world.made, jobs) == {}
            heard = list(trips)
        finally:
            await store.close()
        assert len(world.transport.sent) == JOBS
        assert heard[:5] == BATCH[:5]
        assert heard[-4:] == BATCH[5:]
        assert set(heard[5:-4]) == GROUP
        groups = heard[5:-4].count("messages.write")
        # Each group serves every connection that waits, so there are never more than one a turn.
        assert groups <= JOBS / world.transport.connections_max + 2

    asyncio.run(story())
