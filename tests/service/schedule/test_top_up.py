"""Topping up: which leads get jobs, in which order, and what that costs the broker."""

from dataclasses import replace

import pytest

from functions.flow.lead import State
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns import running
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.campaigns.records import CampaignStatus, FlowVersion
from functions.service.jobs.records import Job, ResumeJob, RunJob, SendJob
from functions.service.reports.due import oldest_overdue_seconds
from functions.service.schedule import top_up
from harness.fakes.scenes import email, flow, in_world, wait
from harness.fakes.world import FakeWorld

MAIL = flow([email("mail")])


async def launched(
    world: FakeWorld, document: dict[str, object], count: int, campaign_id: str = "c"
) -> None:
    """A campaign with enrolled leads, none of which has a job yet."""
    await create_campaign(world.made, name="c", campaign_id=campaign_id, flow=document)
    upload = Upload(world.made, campaign_id)
    await upload.add([Row(it, f"p{it}@example.com", {}) for it in range(count)])
    await upload.finish()
    await launch(world.made, campaign_id)


def waiting(world: FakeWorld) -> list[Job]:
    """The broker's jobs, without the notifications for stored jobs."""
    return [job for _, job in world.dispatcher.waiting if not isinstance(job, RunJob)]


async def states(world: FakeWorld, campaign_id: str = "c") -> list[State]:
    leads = await world.store.leads.page(campaign_id, after_seq=0, limit=99)
    return [it.lead.state for it in leads]


@in_world
async def test_first_email_costs_the_broker_one_message(world: FakeWorld) -> None:
    await launched(world, MAIL, 10)
    for _ in range(3):
        await world.sweep()
    assert [type(job) for job in waiting(world)] == [SendJob] * 10
    await world.settle()
    assert len(world.transport.sent) == 10


@in_world
async def test_lead_that_begins_with_a_pause_costs_it_none(world: FakeWorld) -> None:
    await launched(world, flow([wait("w", 60), email("mail")], "w>mail"), 10)
    for _ in range(3):
        await world.sweep()
    assert waiting(world) == []
    assert await states(world) == [State.WAITING] * 10


@in_world
async def test_lead_with_a_failing_first_step_is_passed_to_the_queue(world: FakeWorld) -> None:
    """So that it ends as a dead letter; leads of other campaigns begin."""
    for campaign_id in ("bad", "good"):
        await launched(world, MAIL, 3, campaign_id)
    find = world.store.campaigns.version

    async def missing(campaign_id: str, version: int) -> FlowVersion | None:
        return None if campaign_id == "bad" else await find(campaign_id, version)

    world.store.campaigns.version = missing  # type: ignore[method-assign]
    world.made = replace(world.made)
    for _ in range(3):
        await world.sweep()
    jobs = waiting(world)
    kinds = {it.campaign_id: type(it) for it in jobs if not isinstance(it, RunJob)}
    assert (len(jobs), kinds) == (6, {"bad": ResumeJob, "good": SendJob})


@in_world
async def test_window_is_kept_however_few_are_taken_in_one_go(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(top_up, "TAKEN_MAX", 2)
    world.made = replace(world.made, policy=replace(world.made.policy, window_jobs_max=5))
    await launched(world, MAIL, 9)
    for _ in range(3):
        await world.sweep()
    assert (await states(world)).count(State.SENDING) == 5


@pytest.mark.parametrize("count", [5, 6])
@in_world
async def test_more_campaigns_than_one_go_looks_at(
    world: FakeWorld, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of them starves, and all are completed."""
    monkeypatch.setattr(top_up, "CAMPAIGNS_MAX", 2)
    monkeypatch.setattr(running, "PAGE", 2)
    names = [f"c{number}" for number in range(count)]
    for name in names:
        await launched(world, flow([wait("w", 60), email("mail")], "w>mail"), 1, name)
    await world.settle(12)
    assert [await states(world, name) for name in names] == [[State.WAITING]] * count
    await world.pass_time(70)
    assert len(world.transport.sent) == count
    done = await world.store.campaigns.with_status(
        DEFAULT_WORKSPACE, CampaignStatus.COMPLETED, after_id="", limit=99
    )
    assert [it.campaign_id for it in done] == names


@in_world
async def test_oldest_overdue_lead_of_all_campaigns(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PAGE", 1)
    for name, seconds in (("a", 20), ("b", 10), ("c", 30)):
        await launched(world, flow([wait("w", seconds), email("mail")], "w>mail"), 1, name)
    for _ in range(3):
        await world.sweep()
    world.clock.advance(25)
    assert await oldest_overdue_seconds(world.made) == pytest.approx(15, abs=0.1)
