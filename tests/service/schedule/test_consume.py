"""What queues deliver besides current jobs: jobs of older senders, and invalid messages."""

import json
from collections.abc import Mapping

import pytest

from functions.flow.lead import State
from functions.service.execution.records import StoredLead
from functions.service.schedule.consume import Delivery, deliver_resumes, deliver_sends
from harness.fakes.scenes import ANN, email, flow, in_world, just_launched, wait
from harness.fakes.world import FakeWorld


async def ann(world: FakeWorld) -> StoredLead:
    """Ann's lead, after its jobs were lost."""
    (lead,) = await world.store.leads.page("c", after_seq=0, limit=9)
    world.dispatcher.waiting.clear()
    return lead


async def swept(world: FakeWorld, drawn: Mapping[str, object]) -> None:
    """The sweep has found her lead; its jobs wait in their queues."""
    await just_launched(world, drawn)
    for _ in range(3):
        await world.sweep()


async def in_sending(world: FakeWorld) -> Mapping[str, object]:
    """Ann waits for her mail; the fields that every send job has."""
    await swept(world, flow([email("mail")]))
    lead = (await ann(world)).lead
    await deliver_resumes(world.made, [Delivery("0", {"lead_id": lead.lead_id, **CAMPAIGN})])
    assert (await ann(world)).lead.state is State.SENDING
    return {"lead_id": lead.lead_id, "node_id": "mail", **CAMPAIGN}


CAMPAIGN = {"campaign_id": "c"}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"visit": None, "attempt": None},
        {"visit": 1},
        {"visit": "1", "attempt": 1},
        {"subject": "Another", "body": "<p>x</p>", "recipient_email": "eve@example.com"},
        {"visit": 1, "attempt": 1, "of_tomorrow": {"deep": [1]}},
    ],
)
@in_world
async def test_send_job_of_another_version_sends_what_is_stored(
    world: FakeWorld, more: dict[str, object]
) -> None:
    """Missing fields mean the lead's current visit; additional fields are ignored."""
    fields = await in_sending(world)
    job = Delivery("1", json.dumps({**fields, **more}))
    assert await deliver_sends(world.made, [job, job]) == frozenset()
    ((sent),) = world.transport.sent
    assert (sent.rcpt_to, sent.subject) == (ANN, "Subject of mail")
    assert await deliver_sends(world.made, [job]) == frozenset()
    assert len(world.transport.sent) == 1


@pytest.mark.parametrize("more", [{"node_id": "other"}, {"visit": 2}, {"attempt": 7}])
@in_world
async def test_send_job_that_no_longer_fits_its_lead_is_dropped(
    world: FakeWorld, more: dict[str, object]
) -> None:
    """It is neither sent nor dead-lettered."""
    fields = await in_sending(world)
    assert await deliver_sends(world.made, [Delivery("1", {**fields, **more})]) == frozenset()
    assert world.transport.sent == []


@in_world
async def test_resume_job_without_a_fence_means_the_present_pause(world: FakeWorld) -> None:
    """If it is too early, it changes nothing; after the pause, the lead goes on."""
    await swept(world, flow([wait("w", 5), email("mail")], "w>mail"))
    lead = (await ann(world)).lead
    job = Delivery("1", {"lead_id": lead.lead_id, **CAMPAIGN, "node": "w", "eta": "now"})
    await deliver_resumes(world.made, [job])
    for state, seconds in ((State.WAITING, 0), (State.WAITING, 4), (State.SENDING, 2)):
        world.clock.advance(seconds)
        assert await deliver_resumes(world.made, [job]) == frozenset()
        assert (await ann(world)).lead.state is state


NO_JOBS = (
    "",
    "no JSON",
    "[]",
    "null",
    '"text"',
    "{}",
    '{"lead_id": ""}',
    '{"lead_id": 5, "campaign_id": "c", "node_id": "mail"}',
    '{"lead_id": "l", "campaign_id": "c", "node_id": "mail", "visit": 0}',
    '{"lead_id": "l", "campaign_id": "c", "node_id": "mail", "visit": "first"}',
    '{"lead_id": "nobody", "campaign_id": "c", "node_id": "mail"}',
    '{"lead_id": "nobody", "campaign_id": "c", "node_id": "mail", "visit": 1, "attempt": 1}',
    "[" * 5000,
    '{"lead_id": ' + "9" * 5000 + "}",
)


@pytest.mark.parametrize("queue", ["sends", "resumes"])
@in_world
async def test_invalid_job_fails_alone(
    world: FakeWorld, queue: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is named and logged, and the one valid job among them is done."""
    deliver = {"sends": deliver_sends, "resumes": deliver_resumes}[queue]
    if queue == "sends":
        fields = await in_sending(world)
    else:
        await swept(world, flow([email("mail")]))
        fields = {"lead_id": (await ann(world)).lead.lead_id, **CAMPAIGN}
    bad = [Delivery(f"bad-{number}", body) for number, body in enumerate(NO_JOBS)]
    failed = await deliver(world.made, [*bad[:7], Delivery("good", fields), *bad[7:]])
    assert failed == {it.delivery_id for it in bad}
    assert all(it.delivery_id in caplog.text for it in bad)
    assert (await ann(world)).lead.state is not State.PENDING
    assert len(world.transport.sent) == (queue == "sends")
