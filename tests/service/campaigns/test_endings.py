"""When campaigns start and end: at a time, by hand, and with contacts that come later."""

from datetime import UTC, timedelta

import pytest

from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_row import Row
from functions.service.campaigns import transitions
from functions.service.campaigns.edit import create_campaign, replace_draft
from functions.service.campaigns.enrol_contacts import enrol_page
from functions.service.campaigns.hold_restored import hold_restored
from functions.service.campaigns.import_into_campaign import begin_upload
from functions.service.campaigns.job_ids import is_withdrawn, scheduled_job_id
from functions.service.campaigns.launch import AHEAD_MAX, Timing, check_timing, launch
from functions.service.campaigns.lifecycle import archive, cancel, delete, end, pause, resume
from functions.service.campaigns.lifecycle import unschedule as take_back
from functions.service.campaigns.publish import publish
from functions.service.campaigns.records import Campaign, CampaignStatus, Choice, Ending
from functions.service.campaigns.restoration import HELD_REASON
from functions.service.errors import CallerError
from functions.service.jobs.records import JobKind
from functions.service.jobs.start_job import start_job
from functions.service.leads.release_held import release
from harness.fakes.clock import BEGINNING
from harness.fakes.scenes import email, flow, in_world, wait
from harness.fakes.world import FakeWorld

FLOW = flow([email("mail"), wait("w", 60)], "mail>w")
OTHER = flow([email("other")])
SOON = BEGINNING + timedelta(hours=1)
LATER = BEGINNING + timedelta(days=2)
BY_HAND = Timing(ends=Ending.BY_HAND)


async def _import(world: FakeWorld, *names: str) -> None:
    upload = await begin_upload(world.made, "x")
    await upload.add([Row(n + 2, f"{it}@example.com", {}) for n, it in enumerate(names)])
    await upload.finish()
    await world.settle()


async def _draft(world: FakeWorld) -> None:
    await create_campaign(world.made, name="X", campaign_id="x", flow=FLOW)
    await _import(world, "ann")


async def _campaign(world: FakeWorld) -> Campaign:
    (campaign,) = await world.store.campaigns.find(DEFAULT_WORKSPACE, ["x"])
    return campaign


async def _status(world: FakeWorld) -> CampaignStatus:
    return (await _campaign(world)).status


async def _refusal(deed: object) -> str:
    with pytest.raises(CallerError) as refused:
        await deed  # type: ignore[misc]
    return refused.value.code


def _to(world: FakeWorld, name: str) -> int:
    return len(world.transport.to(f"{name}@example.com"))


@pytest.mark.parametrize(
    ("ends", "ends_at", "status"),
    [
        (Ending.WHEN_THROUGH, None, CampaignStatus.COMPLETED),
        (Ending.BY_HAND, None, CampaignStatus.WAITING),
        (Ending.AT_DATE, BEGINNING + timedelta(milliseconds=1), CampaignStatus.WAITING),
        (Ending.AT_DATE, BEGINNING, CampaignStatus.COMPLETED),
    ],
)
def test_what_becomes_of_a_campaign_that_is_through(
    ends: Ending, ends_at: object, status: CampaignStatus
) -> None:
    """It completes, or waits for contacts."""
    campaign = Campaign(
        workspace_id=DEFAULT_WORKSPACE,
        campaign_id="x",
        name="X",
        status=CampaignStatus.RUNNING,
        draft={},
        created_at=BEGINNING,
        updated_at=BEGINNING,
        ends=ends,
        ends_at=ends_at,  # type: ignore[arg-type]
    )
    assert transitions.status_once_through(campaign, BEGINNING) is status


@pytest.mark.parametrize(
    ("timing", "code", "field"),
    [
        (Timing(at=BEGINNING), "in_the_past", "at"),
        (Timing(at=BEGINNING + AHEAD_MAX + timedelta(seconds=1)), "too_far_ahead", "at"),
        (Timing(ends_at=SOON), "not_at_date", "ends_at"),
        (Timing(ends=Ending.AT_DATE), "no_end", "ends_at"),
        (Timing(at=SOON, ends=Ending.AT_DATE, ends_at=SOON), "ends_early", "ends_at"),
        (Timing(ends=Ending.AT_DATE, ends_at=SOON.replace(year=2099)), "too_far_ahead", "ends_at"),
    ],
)
def test_impossible_times_are_refused(timing: Timing, code: str, field: str) -> None:
    """The error names the field."""
    with pytest.raises(CallerError) as refused:
        check_timing(timing, BEGINNING)
    assert (refused.value.status, refused.value.code, refused.value.field) == (422, code, field)


@in_world
async def test_a_scheduled_campaign_starts_with_the_first_sweep_after_its_time(
    world: FakeWorld,
) -> None:
    """Not before; contacts that were imported until then are in it."""
    await _draft(world)
    campaign, job = await launch(world.made, "x", timing=Timing(at=SOON))
    assert (campaign.status, campaign.launch_at, job) == (CampaignStatus.SCHEDULED, SOON, None)
    await _import(world, "bo")
    world.clock.advance(3599.999)
    await world.settle()
    assert await _status(world) is CampaignStatus.SCHEDULED
    assert world.transport.sent == []
    world.clock.advance(0.001)
    await world.settle(1)
    started = await _campaign(world)
    assert (started.status, started.launched_at) == (CampaignStatus.RUNNING, SOON)
    await world.settle()
    assert (_to(world, "ann"), _to(world, "bo")) == (1, 1)


@in_world
async def test_a_late_sweep_starts_it_late(world: FakeWorld) -> None:
    """Both times are kept, so that people can be told."""
    await _draft(world)
    await launch(world.made, "x", timing=Timing(at=SOON))
    world.clock.advance(5 * 3600)
    await world.settle()
    started = await _campaign(world)
    assert (started.launch_at, started.launched_at) == (SOON, world.clock.at)
    assert _to(world, "ann") == 1


@in_world
async def test_a_second_launch_changes_nothing(world: FakeWorld) -> None:
    """While it is scheduled and once it has started; at another time, it is refused."""
    await _draft(world)
    first, _ = await launch(world.made, "x", timing=Timing(at=SOON))
    assert await launch(world.made, "x", timing=Timing(at=SOON)) == (first, None)
    assert await _refusal(launch(world.made, "x", timing=Timing(at=LATER))) == "scheduled"
    assert await _refusal(launch(world.made, "x")) == "scheduled"
    world.clock.advance(3600)
    await world.settle()
    started, job = await launch(world.made, "x", timing=Timing(at=SOON))
    assert started.status is CampaignStatus.RUNNING
    assert job is not None
    assert job.job_id == scheduled_job_id(started)


@in_world
async def test_what_was_accepted_is_what_is_sent(world: FakeWorld) -> None:
    """A scheduled campaign can't be changed, archived or deleted; a draft can, and is scheduled
    again."""
    await _draft(world)
    await launch(world.made, "x", timing=Timing(at=SOON))
    for deed in (
        replace_draft(world.made, "x", OTHER, None),
        publish(world.made, "x"),
        archive(world.made, "x"),
        delete(world.made, "x"),
    ):
        assert await _refusal(deed) == "scheduled"
    assert await _refusal(pause(world.made, "x")) == "not_running"
    assert await _refusal(end(world.made, "x")) == "not_active"
    draft = await take_back(world.made, "x")
    assert (draft.status, draft.launch_at) == (CampaignStatus.DRAFT, None)
    assert await take_back(world.made, "x") == draft
    await replace_draft(world.made, "x", OTHER, None)
    world.clock.advance(3600)
    await world.settle()
    assert world.transport.sent == []
    await launch(world.made, "x", timing=Timing(at=LATER))
    world.clock.at = LATER
    await world.settle()
    assert [it.subject for it in world.transport.sent] == ["Subject of other"]
    assert await _refusal(take_back(world.made, "x")) == "not_scheduled"


@in_world
async def test_a_schedule_that_was_taken_back_starts_nothing(world: FakeWorld) -> None:
    """Though a sweep had stored its job already; not even once it is scheduled again."""
    await _draft(world)
    await launch(world.made, "x", timing=Timing(at=SOON))
    scheduled = await _campaign(world)
    await start_job(world.made, scheduled_job_id(scheduled), "x", JobKind.ENROL)
    draft = await take_back(world.made, "x")
    again, _ = await launch(world.made, "x", timing=Timing(at=LATER))
    await world.settle()
    assert await _status(world) is CampaignStatus.SCHEDULED
    job = await world.store.jobs.find(DEFAULT_WORKSPACE, scheduled_job_id(scheduled))
    assert job is not None
    assert job.report == {"stopped": "unscheduled"}
    assert is_withdrawn(job, draft)
    assert is_withdrawn(job, again)
    assert world.transport.sent == []
    world.clock.at = LATER
    await world.settle()
    assert _to(world, "ann") == 1


@in_world
async def test_a_restored_store_holds_a_campaign_whose_time_has_passed(world: FakeWorld) -> None:
    """It may have started since the backup. One whose time comes later stays scheduled."""
    await _draft(world)
    await launch(world.made, "x", timing=Timing(at=SOON))
    await hold_restored(world.store, BEGINNING)
    assert await _status(world) is CampaignStatus.SCHEDULED
    world.clock.at = LATER
    await hold_restored(world.store, BEGINNING)
    held = await _campaign(world)
    assert (held.status, held.pause_reason) == (CampaignStatus.PAUSED, HELD_REASON)
    assert held.epoch == int(SOON.timestamp())
    await world.settle()
    assert world.transport.sent == []
    await release(world.made, Choice.SKIP)
    await world.settle(9)
    assert world.transport.sent == [], "its e-mail may have left"
    assert await _status(world) is CampaignStatus.RUNNING


@in_world
async def test_a_scheduled_campaign_can_be_cancelled(world: FakeWorld) -> None:
    """It never starts."""
    await _draft(world)
    await launch(world.made, "x", timing=Timing(at=SOON))
    await cancel(world.made, "x")
    world.clock.at = LATER
    await world.settle()
    assert await _status(world) is CampaignStatus.CANCELLED
    assert world.transport.sent == []


@in_world
async def test_a_completed_campaign_takes_contacts_again(world: FakeWorld) -> None:
    """They walk the version that was published since; those who were through get nothing."""
    await _draft(world)
    await launch(world.made, "x")
    await world.pass_time(90, step_seconds=30)
    assert await _status(world) is CampaignStatus.COMPLETED
    await replace_draft(world.made, "x", OTHER, None)
    published, _ = await publish(world.made, "x")
    assert (published.status, published.version) == (CampaignStatus.COMPLETED, 2)
    await _import(world, "ann", "bo")
    assert (_to(world, "ann"), _to(world, "bo")) == (1, 1)
    assert world.transport.sent[-1].subject == "Subject of other"
    reopened = await _campaign(world)
    assert (reopened.status, reopened.enrolled_seq) == (CampaignStatus.COMPLETED, 2)


@in_world
async def test_enrolling_changes_the_revision_of_a_running_campaign(world: FakeWorld) -> None:
    """A sweep that saw it without these contacts, and is about to complete it, then loses."""
    await _draft(world)
    await launch(world.made, "x")
    await world.settle()
    before = await _campaign(world)
    job = await start_job(world.made, "more", "x", JobKind.ENROL)
    await enrol_page(world.made, job)
    after = await _campaign(world)
    assert (after.status, after.revision) == (CampaignStatus.RUNNING, before.revision + 1)


@in_world
async def test_known_contacts_do_not_reopen_a_campaign(world: FakeWorld) -> None:
    """Nobody new has come."""
    await _draft(world)
    await launch(world.made, "x")
    await world.pass_time(90, step_seconds=30)
    before = await _campaign(world)
    await _import(world, "ann")
    assert await _campaign(world) == before


@in_world
async def test_a_closed_campaign_takes_no_contacts(world: FakeWorld) -> None:
    """The sentence says what to do."""
    await _draft(world)
    await cancel(world.made, "x")
    with pytest.raises(CallerError, match="is cancelled and takes no contacts: duplicate it"):
        await begin_upload(world.made, "x")
    await archive(world.made, "x")
    with pytest.raises(CallerError, match="is archived and takes no contacts: duplicate it"):
        await begin_upload(world.made, "x")


@in_world
async def test_a_campaign_that_ends_by_hand_waits_for_contacts(world: FakeWorld) -> None:
    """New ones start it again, each once; pausing it keeps what it is."""
    await _draft(world)
    await launch(world.made, "x", timing=BY_HAND)
    await world.pass_time(90, step_seconds=30)
    assert await _status(world) is CampaignStatus.WAITING
    await _import(world, "bo")
    assert await _status(world) is CampaignStatus.RUNNING
    await world.pass_time(90, step_seconds=30)
    assert await _status(world) is CampaignStatus.WAITING
    assert (await pause(world.made, "x")).status is CampaignStatus.PAUSED
    await _import(world, "cy")
    await world.settle()
    assert _to(world, "cy") == 0
    await resume(world.made, "x")
    await world.pass_time(90, step_seconds=30)
    assert await _status(world) is CampaignStatus.WAITING
    assert [_to(world, it) for it in ("ann", "bo", "cy")] == [1, 1, 1]
    assert await _refusal(archive(world.made, "x")) == "active"
    assert await _refusal(delete(world.made, "x")) == "active"
    assert (await end(world.made, "x")).status is CampaignStatus.COMPLETED


@in_world
async def test_ending_lets_leads_go_on(world: FakeWorld) -> None:
    """It completes once they are through."""
    await _draft(world)
    await launch(world.made, "x", timing=BY_HAND)
    await world.settle()
    ending = await end(world.made, "x")
    assert (ending.status, ending.ends) == (CampaignStatus.RUNNING, Ending.WHEN_THROUGH)
    assert await end(world.made, "x") == ending
    await world.pass_time(90, step_seconds=30)
    assert await _status(world) is CampaignStatus.COMPLETED


@in_world
async def test_a_campaign_ends_at_its_date(world: FakeWorld) -> None:
    """It waits until then, and leads that are under way go on to their end."""
    await _draft(world)
    timing = Timing(ends=Ending.AT_DATE, ends_at=SOON)
    await launch(world.made, "x", timing=timing)
    await world.pass_time(90, step_seconds=30)
    assert await _status(world) is CampaignStatus.WAITING
    world.clock.at = SOON - timedelta(seconds=30)
    await _import(world, "bo")
    world.clock.at = SOON
    await world.settle()
    assert await _status(world) is CampaignStatus.RUNNING
    await world.pass_time(60, step_seconds=30)
    assert await _status(world) is CampaignStatus.COMPLETED
    # A later import starts it once more.
    await _import(world, "cy")
    await world.pass_time(90, step_seconds=30)
    assert await _status(world) is CampaignStatus.COMPLETED
    assert _to(world, "cy") == 1


@in_world
async def test_a_waiting_campaign_completes_at_its_date(world: FakeWorld) -> None:
    """With the first sweep after it."""
    await _draft(world)
    await launch(world.made, "x", timing=Timing(ends=Ending.AT_DATE, ends_at=SOON))
    await world.pass_time(90, step_seconds=30)
    world.clock.at = SOON.astimezone(UTC)
    await world.sweep()
    assert await _status(world) is CampaignStatus.COMPLETED
