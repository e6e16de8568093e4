"""Publishing while leads are on their way, and moving them to the new version."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.flow.journal import EntryKind
from functions.flow.lead import Lead, LeadStatus, Reason, State
from functions.flow.outcome import Deferred, Outcome, Sent, Unknown
from functions.mail.envelope import Envelope
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.edit import create_campaign, replace_draft
from functions.service.campaigns.launch import launch
from functions.service.campaigns.lifecycle import cancel, pause, resume
from functions.service.campaigns.publish import publish
from functions.service.errors import CallerError
from functions.service.jobs.records import JobState, StoredJob
from functions.service.leads import move_to_version
from functions.service.leads.move_to_version import move_page
from functions.service.leads.publish_and_move import Move, move_leads, publish_and_move
from functions.service.schedule.run_jobs import run_jobs
from functions.service.sending.records import Claim, Message, MessageState
from harness.fakes.scenes import email, flow, in_world, wait
from harness.fakes.world import FakeWorld

DAY = 86_400
FIRST = flow([email("a"), wait("w", DAY), email("b")], "a>w", "w>b")
LONGER = flow([email("a"), wait("w", 3 * DAY), email("c")], "a>w", "w>c")
WITHOUT_WAIT = flow([email("a"), email("c")], "a>c")
PEOPLE = ("ann@x.example", "bob@x.example")


async def inside(
    world: FakeWorld, drawn: Mapping[str, object] = FIRST, people: Sequence[str] = PEOPLE
) -> None:
    """Campaign `c`, with its leads as far as they get at this moment."""
    await create_campaign(world.made, name="c", campaign_id="c", flow=FIRST)
    upload = Upload(world.made, "c")
    await upload.add([Row(at + 2, it, {}) for at, it in enumerate(people)])
    await upload.finish()
    await launch(world.made, "c")
    await world.settle()
    world.clock.advance(1)


async def moved(world: FakeWorld, drawn: Mapping[str, object], move: Move = Move()) -> StoredJob:  # noqa: B008
    """The job, after a while."""
    await replace_draft(world.made, "c", drawn, None)
    _, _, job = await publish_and_move(world.made, "c", "request", move)
    assert job is not None
    await world.settle()
    return await job_of(world, job.job_id)


async def job_of(world: FakeWorld, job_id: str) -> StoredJob:
    job = await world.store.jobs.find(DEFAULT_WORKSPACE, job_id)
    assert job is not None
    return job


async def leads(world: FakeWorld) -> list[Lead]:
    return [it.lead for it in await world.store.leads.page("c", after_seq=0, limit=500)]


def subjects(world: FakeWorld) -> list[str]:
    """Of the messages that the first person got."""
    return [it.subject for it in world.transport.to(PEOPLE[0])]


def told(job: StoredJob) -> dict[str, object]:
    return {
        it: number
        for it, number in job.report.items()
        if isinstance(number, int) and number and it != "waits_anew"
    }


@in_world
async def test_leads_stay_in_their_version_unless_they_are_moved(world: FakeWorld) -> None:
    """As before; later they can be moved, however they were kept."""
    await inside(world)
    await replace_draft(world.made, "c", LONGER, None)
    await publish(world.made, "c")
    await world.settle()
    assert [it.flow_version for it in await leads(world)] == [1, 1]
    job = await move_leads(world.made, "c", "later", Move())
    await world.settle()
    assert told(await job_of(world, job.job_id)) == {"version": 2, "moved": 2}
    assert [it.flow_version for it in await leads(world)] == [2, 2]
    again = await move_leads(world.made, "c", "later", Move())
    assert again.job_id == job.job_id, "the request is the same"


@in_world
async def test_waiting_lead_keeps_its_due_time_and_gets_what_the_new_version_says(
    world: FakeWorld,
) -> None:
    await inside(world)
    before = await leads(world)
    job = await moved(world, LONGER)
    assert (job.state, told(job)) == (JobState.DONE, {"version": 2, "moved": 2})
    after = await leads(world)
    assert [it.wait_until for it in after] == [it.wait_until for it in before]
    await world.pass_time(DAY + 5, step_seconds=DAY / 2)
    assert subjects(world) == ["Subject of a", "Subject of c"]


@in_world
async def test_waits_are_computed_anew_if_one_chooses_so(world: FakeWorld) -> None:
    """From the arrival at the wait."""
    await inside(world)
    before = await leads(world)
    await moved(world, LONGER, Move(waits_anew=True))
    for was, lead in zip(before, await leads(world), strict=True):
        assert was.arrived_at is not None
        assert lead.wait_until == was.arrived_at + timedelta(days=3)


@in_world
async def test_leads_on_a_step_that_is_gone_end_go_elsewhere_or_stay(world: FakeWorld) -> None:
    """As chosen for that step; nobody gets an e-mail again that they had."""
    await inside(world)
    job = await moved(world, WITHOUT_WAIT)
    assert told(job) == {"version": 2, "not_chosen": 2}
    assert [it.flow_version for it in await leads(world)] == [1, 1]
    job = await move_leads(world.made, "c", "to a", Move({"w": "a"}))
    await world.settle()
    assert told(await job_of(world, job.job_id)) == {"version": 2, "moved": 2}
    assert subjects(world) == ["Subject of a", "Subject of c"]
    records = await world.store.journal.of_lead((await leads(world))[0].lead_id, 50)
    kinds = [it.kind for record in records for it in record.entries]
    assert EntryKind.HAD_ALREADY in kinds


@in_world
async def test_leads_on_a_step_that_is_gone_end_with_a_reason_of_their_own(
    world: FakeWorld,
) -> None:
    await inside(world)
    job = await moved(world, WITHOUT_WAIT, Move({"w": None}))
    assert told(job) == {"version": 2, "ended": 2}
    assert {(it.status, it.reason) for it in await leads(world)} == {
        (LeadStatus.COMPLETED, Reason.STEP_GONE)
    }
    await world.settle()
    (campaign,) = await world.store.campaigns.find(DEFAULT_WORKSPACE, ["c"])
    assert campaign.status == "completed"


@in_world
async def test_target_that_the_new_version_lacks_is_refused_before_anything_is_published(
    world: FakeWorld,
) -> None:
    """The error names the step."""
    await inside(world)
    await replace_draft(world.made, "c", WITHOUT_WAIT, None)
    with pytest.raises(CallerError) as refusal:
        await publish_and_move(world.made, "c", "r", Move({"w": "b"}))
    assert (refusal.value.status, refusal.value.field) == (422, "move.steps.w")
    (campaign,) = await world.store.campaigns.find(DEFAULT_WORKSPACE, ["c"])
    assert campaign.version == 1


def answering(world: FakeWorld, *outcomes: Outcome) -> None:
    """To every message one after another, then `sent`."""
    left = list(outcomes)

    async def script(envelope: Envelope) -> Outcome:
        return left.pop(0) if left else Sent("250 taken")

    world.transport.script = script


@in_world
async def test_deferred_message_on_a_step_that_stays_is_sent_once_with_the_new_text(
    world: FakeWorld,
) -> None:
    answering(world, Deferred(451, "later"))
    await inside(world, people=PEOPLE[:1])
    other = flow([email("a", subject="Another text"), wait("w", DAY)], "a>w")
    assert told(await moved(world, other)) == {"version": 2, "moved": 1}
    await world.pass_time(600, step_seconds=60)
    assert subjects(world) == ["Another text"]
    (lead,) = await leads(world)
    assert (lead.state, lead.current_node) == (State.WAITING, "w")


@in_world
async def test_deferred_message_on_a_step_that_is_gone_is_withdrawn(world: FakeWorld) -> None:
    answering(world, Deferred(451, "later"))
    await inside(world, people=PEOPLE[:1])
    other = flow([email("x"), wait("w", DAY)], "x>w")
    assert told(await moved(world, other, Move({"a": "x"}))) == {"version": 2, "moved": 1}
    await world.pass_time(1200, step_seconds=60)
    assert subjects(world) == ["Subject of x"]
    (lead,) = await leads(world)
    messages = await world.store.messages.of_lead(lead.lead_id, 9)
    assert [(it.node_id, it.state) for it in messages] == [
        ("a", MessageState.SUPPRESSED),
        ("x", MessageState.SENT),
    ]


@in_world
async def test_email_that_is_switched_off_meanwhile_is_passed(world: FakeWorld) -> None:
    """Though it was deferred: nobody wants it any more."""
    answering(world, Deferred(451, "later"))
    await inside(world, people=PEOPLE[:1])
    off = flow([{**email("a"), "disabled": True}, email("c")], "a>c")
    assert told(await moved(world, off)) == {"version": 2, "moved": 1}
    await world.pass_time(1200, step_seconds=60)
    assert subjects(world) == ["Subject of c"]


@in_world
async def test_unknown_message_moves_along_or_waits_for_its_decision(world: FakeWorld) -> None:
    """On a step that is gone, its lead stays until a person has decided, and the report says so."""
    answering(world, Unknown("the connection ended"))
    await inside(world, people=PEOPLE[:1])
    assert told(await moved(world, LONGER)) == {"version": 2, "moved": 1}
    (lead,) = await leads(world)
    assert (lead.state, lead.flow_version) == (State.UNKNOWN, 2)
    await replace_draft(world.made, "c", flow([email("x")]), None)
    _, _, job = await publish_and_move(world.made, "c", "next", Move({"a": "x"}))
    await world.settle()
    assert job is not None
    done = await job_of(world, job.job_id)
    assert (done.state, told(done)) == (JobState.DONE, {"version": 3, "undecided": 1})
    assert [it.flow_version for it in await leads(world)] == [2]


async def sending(world: FakeWorld, state: MessageState | None, lease_seconds: int) -> Message:
    """The lead's message, as a worker has it that is at work, or dead."""
    (lead,) = await leads(world)
    key = f"{lead.lead_id}/a/1/1"
    now = await world.store.now()
    message = Message(
        key=key,
        campaign_id="c",
        lead_id=lead.lead_id,
        node_id="a",
        visit=1,
        resend_number=1,
        recipient=lead.email,
        state=state or MessageState.CLAIMED,
        token="a worker",
        lease_until=now + timedelta(seconds=lease_seconds),
        changed_at=now,
        first_attempt_at=now,
    )
    if state is not None:
        await world.store.messages.claim([Claim(replace(message, state=state), None)])
    return message


async def just_asked(world: FakeWorld) -> None:
    """The lead's e-mail is requested, and no worker has heard of it yet."""
    await create_campaign(world.made, name="c", campaign_id="c", flow=FIRST)
    upload = Upload(world.made, "c")
    await upload.add([Row(2, PEOPLE[0], {})])
    await upload.finish()
    await launch(world.made, "c")
    await run_jobs(world.made)
    await world.sweep()
    world.dispatcher.waiting.clear()
    (lead,) = await leads(world)
    assert lead.state is State.SENDING


@pytest.mark.parametrize("state", [MessageState.CLAIMED, MessageState.SENDING])
@in_world
async def test_lead_moves_after_its_message_has_settled(
    world: FakeWorld, state: MessageState
) -> None:
    """The job comes again until none is left, and says how many it waits for."""
    await just_asked(world)
    message = await sending(world, state, 60)
    await replace_draft(world.made, "c", LONGER, None)
    _, _, job = await publish_and_move(world.made, "c", "r", Move())
    assert job is not None
    await run_jobs(world.made)
    waits = await job_of(world, job.job_id)
    assert (waits.state, waits.report["waiting"], told(waits)["waiting"]) == ("waiting", 1, 1)
    await world.store.messages.drop([message.key], "a worker")
    await world.pass_time(5)
    assert told(await job_of(world, job.job_id)) == {"version": 2, "moved": 1}


@pytest.mark.parametrize("state", [None, MessageState.CLAIMED])
@in_world
async def test_message_that_nobody_sends_is_withdrawn_even_in_a_paused_campaign(
    world: FakeWorld, state: MessageState | None
) -> None:
    """Where its step is gone; where it stays, the new version sends it, once."""
    await just_asked(world)
    await sending(world, state, -1)
    await pause(world.made, "c")
    job = await moved(world, flow([email("x")]), Move({"a": "x"}))
    assert told(job) == {"version": 2, "moved": 1}
    await resume(world.made, "c")
    await world.pass_time(5)
    assert subjects(world) == ["Subject of x"]


@in_world
async def test_outcome_that_cannot_be_told_in_a_paused_campaign_is_reported(
    world: FakeWorld,
) -> None:
    """Others' jobs are not held up until the campaign goes on."""
    await just_asked(world)
    await sending(world, MessageState.SENT, 60)
    await pause(world.made, "c")
    job = await moved(world, flow([email("x")]), Move({"a": "x"}))
    assert (job.state, told(job)) == (JobState.DONE, {"version": 2, "unsettled": 1})


@in_world
async def test_page_may_be_repeated_and_goes_on_after_a_kill(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is moved twice, and nobody is left."""
    monkeypatch.setattr(move_to_version, "PAGE_LEADS", 2)
    people = [f"p{it}@x.example" for it in range(5)]
    await inside(world, people=people)
    await replace_draft(world.made, "c", LONGER, None)
    _, _, job = await publish_and_move(world.made, "c", "r", Move())
    assert job is not None
    once = await move_page(world.made, job)
    assert (once.cursor, once.report["moved"]) == (2, 2)
    await move_page(world.made, job)
    revisions = [it.revision for it in await leads(world)]
    await world.settle()
    assert [it.flow_version for it in await leads(world)] == [2] * 5
    assert [it.revision for it in await leads(world)][:2] == revisions[:2]


@in_world
async def test_later_move_takes_over(world: FakeWorld) -> None:
    """The earlier job stops; its leads go to the latest version at once."""
    await inside(world)
    await replace_draft(world.made, "c", LONGER, None)
    _, _, first = await publish_and_move(world.made, "c", "one", Move())
    await replace_draft(world.made, "c", WITHOUT_WAIT, None)
    _, _, second = await publish_and_move(world.made, "c", "two", Move({"w": "c"}))
    assert first is not None
    assert second is not None
    await world.settle()
    assert (await job_of(world, first.job_id)).report["stopped"] == "overtaken"
    assert told(await job_of(world, second.job_id)) == {"version": 3, "moved": 2}
    assert [it.flow_version for it in await leads(world)] == [3, 3]


@in_world
async def test_cancelled_campaign_ends_the_job(world: FakeWorld) -> None:
    await inside(world)
    await replace_draft(world.made, "c", LONGER, None)
    _, _, job = await publish_and_move(world.made, "c", "r", Move())
    assert job is not None
    await cancel(world.made, "c")
    await world.settle()
    assert (await job_of(world, job.job_id)).report["stopped"] == "ended"
    assert {it.reason for it in await leads(world)} == {Reason.CANCELLED}
    with pytest.raises(CallerError, match="running or paused"):
        await move_leads(world.made, "c", "late", Move())


@in_world
async def test_counts_by_version_equal_a_recount(world: FakeWorld) -> None:
    """Versions that nobody walks any more are not kept."""
    await inside(world)
    await moved(world, LONGER)
    (counts,) = await world.store.counts.find(["c"])
    by_version = {it: n for it, n in counts.values.items() if it.startswith("in/")}
    assert by_version == {"in/2/waiting/w": 2}
    recount = await world.store.leads.recount("c")
    assert {it: n for it, n in recount.items() if it.startswith("in/")} == by_version
