"""One lead that triggers a defect of ours, in a batch with others, which must not be affected."""

from dataclasses import asdict, replace

import pytest

from functions.flow.lead import ON_THEIR_WAY, Reason, State
from functions.mail.tokens import Keyring, Token, UnsubscribeToken
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.campaigns.records import FlowVersion
from functions.service.jobs.records import ResumeJob, SendJob
from functions.service.schedule.consume import Delivery, deliver_resumes, deliver_sends
from functions.service.sending.records import MessageState
from harness.fakes.scenes import email, flow, in_world, wait
from harness.fakes.world import FakeWorld

BAD = "bad@example.com"
PEOPLE = ("ann@example.com", BAD, "eve@example.com")


class BrokenKeyring(Keyring):
    """Signs for everybody except one."""

    def sign(self, token: Token) -> str:
        if isinstance(token, UnsubscribeToken) and token.email == BAD:
            raise ZeroDivisionError("a defect")
        return super().sign(token)


async def launched(world: FakeWorld, document: dict[str, object], campaign_id: str = "c") -> None:
    await create_campaign(world.made, name="c", campaign_id=campaign_id, flow=document)
    upload = Upload(world.made, campaign_id)
    await upload.add([Row(line, address, {}) for line, address in enumerate(PEOPLE)])
    await upload.finish()
    await launch(world.made, campaign_id)


async def deliveries(world: FakeWorld) -> tuple[list[Delivery], list[Delivery]]:
    """The broker's jobs, as one batch of sends and one of resumes."""
    jobs = [job for _, job in world.dispatcher.waiting]
    world.dispatcher.waiting.clear()
    sends = [
        Delivery(f"send-{it.lead_id}", {**asdict(it)}) for it in jobs if isinstance(it, SendJob)
    ]
    resumes = [
        Delivery(f"resume-{it.lead_id}", {**asdict(it)}) for it in jobs if isinstance(it, ResumeJob)
    ]
    return sends, resumes


@in_world
async def test_e_mail_that_a_defect_makes_unrenderable_fails_its_lead_alone(
    world: FakeWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """At once, permanently, with a reason; the others of the batch get their mail at once."""
    world.made = replace(world.made, keyring=BrokenKeyring({"k1": b"a secret of tests only"}))
    await launched(world, flow([email("mail")]))
    await world.settle()
    assert sorted(it.rcpt_to for it in world.transport.sent) == [
        "ann@example.com",
        "eve@example.com",
    ]
    leads = await world.store.leads.page("c", after_seq=0, limit=9)
    assert [(it.lead.state, it.lead.reason) for it in leads] == [
        (State.COMPLETED, Reason.NO_CONNECTION),
        (State.FAILED, Reason.TEMPLATE),
        (State.COMPLETED, Reason.NO_CONNECTION),
    ]
    messages = await world.store.messages.page("c", after_key="", limit=9, state=None)
    (rejected,) = [it for it in messages if it.state is MessageState.REJECTED]
    assert "ZeroDivisionError: a defect" in rejected.outcome_reason
    assert rejected.lead_id in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("damage", ["gone", "of another time"])
@in_world
async def test_flow_that_cannot_be_used_fails_jobs_of_its_leads_alone(
    world: FakeWorld, damage: str
) -> None:
    """Resumes and sends alike; leads of other campaigns in the batch go on."""
    for campaign_id in ("bad", "good"):
        await launched(world, flow([wait("w", 5), email("mail")], "w>mail"), campaign_id)
    await world.settle()
    find = world.store.campaigns.version

    async def damaged(campaign_id: str, version: int) -> FlowVersion | None:
        found = await find(campaign_id, version)
        if found is None or campaign_id == "good":
            return found
        return None if damage == "gone" else replace(found, flow={"nodes": "a text"})

    world.store.campaigns.version = damaged  # type: ignore[method-assign]
    world.made = replace(world.made)
    world.clock.advance(6)
    await world.sweep()
    _, resumes = await deliveries(world)
    failed = await deliver_resumes(world.made, resumes)
    assert {it.split("_")[1] for it in failed} == {"bad"}
    assert len(failed) == len(PEOPLE)
    sends, _ = await deliveries(world)
    assert await deliver_sends(world.made, sends) == frozenset()
    assert sorted(it.rcpt_to for it in world.transport.sent) == sorted(PEOPLE)
    good = await world.store.leads.page("good", after_seq=0, limit=9, statuses=ON_THEIR_WAY)
    bad = await world.store.leads.page("bad", after_seq=0, limit=9, statuses=ON_THEIR_WAY)
    assert (len(good), [it.lead.state for it in bad]) == (0, [State.WAITING] * len(PEOPLE))
    # Once it is fixed, they continue where they are.
    world.store.campaigns.version = find  # type: ignore[method-assign]
    await world.pass_time(60)
    assert len(world.transport.sent) == 2 * len(PEOPLE)


@in_world
async def test_send_whose_flow_cannot_be_used_fails_alone(world: FakeWorld) -> None:
    """It is sent once the flow is there again."""
    for campaign_id in ("bad", "good"):
        await launched(world, flow([email("mail")]), campaign_id)
    for _ in range(3):
        await world.sweep()
    sends, _ = await deliveries(world)
    find = world.store.campaigns.version

    async def missing(campaign_id: str, version: int) -> FlowVersion | None:
        return None if campaign_id == "bad" else await find(campaign_id, version)

    world.store.campaigns.version = missing  # type: ignore[method-assign]
    world.made = replace(world.made)
    failed = await deliver_sends(world.made, sends)
    assert {it.split("_")[1] for it in failed} == {"bad"}
    assert len(world.transport.sent) == len(PEOPLE)
    world.store.campaigns.version = find  # type: ignore[method-assign]
    await world.pass_time(60)
    assert len(world.transport.sent) == 2 * len(PEOPLE)
