"""If sweeps are rare, workers roll up the counts of the campaigns they worked on."""

from dataclasses import asdict, replace

from functions.flow.journal import total_key
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.schedule.consume import Delivery, deliver_sends
from functions.service.schedule.roll_between_batches import ROLL_SECONDS
from functions.service.services import Services
from harness.fakes.scenes import email, flow, in_world
from harness.fakes.world import FakeWorld

LEADS = 3


async def waiting_to_send(world: FakeWorld, sweep_seconds: float) -> Services:
    """Campaign `c`; the send jobs of its leads wait in the queue."""
    await create_campaign(world.made, name="c", campaign_id="c", flow=flow([email("mail")]))
    upload = Upload(world.made, "c")
    await upload.add([Row(number, f"p{number}@example.com", {}) for number in range(2, LEADS + 2)])
    await upload.finish()
    await launch(world.made, "c")
    for _ in range(3):
        await world.sweep()
    return replace(world.made, policy=replace(world.made.policy, sweep_seconds=sweep_seconds))


async def send_one(world: FakeWorld, services: Services) -> int:
    """Runs a batch of one job; returns the number of messages in the stored counts."""
    jobs = [job for _, job in world.dispatcher.waiting if hasattr(job, "resend_number")]
    assert len(jobs) == LEADS
    job = jobs[len(world.transport.sent)]
    assert await deliver_sends(services, [Delivery("1", asdict(job))]) == frozenset()
    (counts,) = await world.store.counts.find(["c"])
    return counts.values.get(total_key("sent", "mail"), 0)


@in_world
async def test_counts_are_rolled_once_a_second(world: FakeWorld) -> None:
    """No sweep runs; a batch within the same second leaves its records to a later one."""
    services = await waiting_to_send(world, sweep_seconds=60)
    assert await send_one(world, services) == 1
    world.clock.advance(ROLL_SECONDS / 2)
    assert await send_one(world, services) == 1
    world.clock.advance(ROLL_SECONDS / 2)
    assert await send_one(world, services) == 3


@in_world
async def test_counts_are_left_to_a_sweep_that_comes_each_second(world: FakeWorld) -> None:
    """Workers do not repeat its work."""
    services = await waiting_to_send(world, sweep_seconds=1)
    assert await send_one(world, services) == 0
    await world.sweep()
    (counts,) = await world.store.counts.find(["c"])
    assert counts.values[total_key("sent", "mail")] == 1
