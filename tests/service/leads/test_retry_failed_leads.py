"""Failed leads together: counted by group, retried once, and only if they certainly got nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from functions.flow.journal import EntryKind
from functions.flow.lead import LeadStatus, Reason
from functions.flow.outcome import Outcome, Rejected, Sent, Unknown
from functions.mail.envelope import Envelope
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.audience.records import SuppressionReason
from functions.service.audience.suppress import suppress
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.campaigns.lifecycle import archive, pause, resume
from functions.service.campaigns.records import CampaignStatus
from functions.service.errors import CallerError
from functions.service.execution.records import StoredLead
from functions.service.jobs.records import JobState, StoredJob
from functions.service.leads import failed_leads, retry_failed_leads
from functions.service.leads.failed_leads import Chosen, Group, Obstacle, count_failed_leads
from functions.service.leads.retry_failed_leads import retry_failed_leads as retry
from functions.service.leads.retry_failed_leads import retry_page
from functions.service.sending.records import MessageState
from harness.fakes.scenes import email, flow, in_world
from harness.fakes.world import FakeWorld

FLOW = flow([email("a"), email("b")], "a>b")
DENIED = "5.7.1 <{}>: Relay access denied"
FULL = "4.2.2 mailbox {} full"


def refusing(world: FakeWorld, answers: dict[str, Outcome]) -> None:
    """By the beginning of the recipient; others are accepted."""

    async def script(envelope: Envelope) -> Outcome:
        for start, outcome in answers.items():
            if envelope.rcpt_to.startswith(start):
                if isinstance(outcome, Rejected):
                    return replace(outcome, reason=outcome.reason.format(envelope.rcpt_to))
                return outcome
        return Sent("250 taken")

    world.transport.script = script


async def failed(world: FakeWorld, people: Sequence[str], answers: dict[str, Outcome]) -> None:
    """Campaign `c`, after the mail server gave these answers. Then it accepts everything."""
    refusing(world, answers)
    await create_campaign(world.made, name="c", campaign_id="c", flow=FLOW)
    upload = Upload(world.made, "c")
    await upload.add([Row(at + 2, it, {}) for at, it in enumerate(people)])
    await upload.finish()
    await launch(world.made, "c")
    await world.settle()
    refusing(world, {})
    world.clock.advance(1)


async def job_of(world: FakeWorld, job_id: str) -> StoredJob:
    job = await world.store.jobs.find(DEFAULT_WORKSPACE, job_id)
    assert job is not None
    return job


async def statuses(world: FakeWorld) -> dict[str, str]:
    found = await world.store.leads.page("c", after_seq=0, limit=500)
    return {it.lead.email: it.lead.status for it in found}


PEOPLE = ["deny1@x.example", "deny2@x.example", "full1@x.example", "ok@x.example", "lost@x.example"]
ANSWERS: dict[str, Outcome] = {
    "deny": Rejected(554, DENIED),
    "full": Rejected(552, FULL),
    "lost": Unknown("the connection ended"),
}


@in_world
async def test_failed_leads_are_counted_by_what_they_have_in_common(world: FakeWorld) -> None:
    """Unknown ones are in no group; suppressed ones are counted, with the reason."""
    await failed(world, PEOPLE, ANSWERS)
    await suppress(world.made, "deny2@x.example", SuppressionReason.COMPLAINT, "c")
    counted = await count_failed_leads(world.made, "c", after_seq=0)
    denied = Group("a", Reason.REJECTED, "554 5.7.1 …: Relay access denied")
    full = Group("a", Reason.REJECTED, "552 4.2.2 mailbox … full")
    assert [(group, it.leads, it.can_retry) for group, it in counted.groups] == [
        (denied, 2, 1),
        (full, 1, 1),
    ]
    assert counted.groups[0][1].obstacles == {Obstacle.SUPPRESSED: 1}
    assert counted.is_complete
    assert not (await count_failed_leads(world.made, "c", after_seq=0, node_id="b")).groups


@in_world
async def test_count_is_bounded_and_continues(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In leads per call and in groups; the rest of the groups is one number."""
    monkeypatch.setattr(failed_leads, "PAGE_LEADS", 2)
    monkeypatch.setattr(failed_leads, "COUNTED_MAX", 2)
    monkeypatch.setattr(failed_leads, "GROUPS_MAX", 1)
    await failed(world, PEOPLE, ANSWERS)
    first = await count_failed_leads(world.made, "c", after_seq=0)
    assert ([it.leads for _, it in first.groups], first.is_complete) == ([2], False)
    second = await count_failed_leads(world.made, "c", after_seq=first.counted_to)
    assert ([it.leads for _, it in second.groups], second.is_complete) == ([1], True)
    monkeypatch.setattr(failed_leads, "PAGE_LEADS", 10)
    monkeypatch.setattr(failed_leads, "COUNTED_MAX", 10)
    both = await count_failed_leads(world.made, "c", after_seq=0)
    assert ([it.leads for _, it in both.groups], both.others.leads) == ([2], 1)


@in_world
async def test_chosen_group_is_retried_and_nothing_else(world: FakeWorld) -> None:
    """Each as a new message; the journal names the old one and the job. The campaign runs again."""
    await failed(world, PEOPLE[:4], ANSWERS)
    await suppress(world.made, "deny2@x.example", SuppressionReason.COMPLAINT, "c")
    (campaign,) = await world.store.campaigns.find(DEFAULT_WORKSPACE, ["c"])
    assert campaign.status is CampaignStatus.COMPLETED
    chosen = [Chosen("a", Reason.REJECTED, "554 5.7.1 …: Relay access denied")]
    job = await retry(world.made, "c", "request-1", chosen, "relay repaired")
    await world.settle()
    after = await job_of(world, job.job_id)
    assert (after.state, after.report["retried"], after.report["suppressed"]) == (
        JobState.DONE,
        1,
        1,
    )
    assert await statuses(world) == {
        "deny1@x.example": "completed",
        "deny2@x.example": "failed",
        "full1@x.example": "failed",
        "ok@x.example": "completed",
    }
    (stored, *_) = await world.store.leads.page("c", after_seq=0, limit=1)
    messages = await world.store.messages.of_lead(stored.lead.lead_id, 10)
    assert [(it.node_id, it.resend_number, it.state) for it in messages] == [
        ("a", 1, MessageState.REJECTED),
        ("a", 2, MessageState.SENT),
        ("b", 1, MessageState.SENT),
    ]
    records = await world.store.journal.of_lead(stored.lead.lead_id, 50)
    (entry,) = [it for one in records for it in one.entries if it.kind is EntryKind.RETRIED]
    assert entry.detail == {"retry_of": 1, "job": job.job_id, "words": "relay repaired"}


@in_world
async def test_unknown_leads_stay_for_a_person_to_decide(world: FakeWorld) -> None:
    await failed(world, PEOPLE, ANSWERS)
    await retry(world.made, "c", "all", [])
    await world.settle()
    assert (await statuses(world))["lost@x.example"] == "paused"
    assert world.transport.to("lost@x.example") == []


@in_world
async def test_message_that_may_have_been_sent_is_not_retried(world: FakeWorld) -> None:
    """A failed lead whose message is not stored as refused is left to a person."""
    await failed(world, ["deny1@x.example"], ANSWERS)
    find = world.store.messages.find

    async def unknown(keys: Sequence[str]) -> object:
        return [replace(it, state=MessageState.UNKNOWN) for it in await find(keys)]

    world.store.messages.find = unknown  # type: ignore[method-assign, assignment]
    job = await retry(world.made, "c", "all", [])
    after = await retry_page(world.made, job)
    assert (after.report["retried"], after.report["not_refused"]) == (0, 1)


@in_world
async def test_same_request_retries_once(world: FakeWorld) -> None:
    """And a lead that fails again after it is not retried by its repetition."""
    await failed(world, PEOPLE[:1], ANSWERS)
    refusing(world, ANSWERS)
    first = await retry(world.made, "c", "once", [])
    await world.settle()
    world.clock.advance(1)
    again = await retry(world.made, "c", "once", [])
    await world.settle()
    assert first.job_id == again.job_id
    (stored,) = await world.store.leads.page("c", after_seq=0, limit=1)
    assert (stored.lead.status, stored.lead.resend_number) == (LeadStatus.FAILED, 2)
    await retry(world.made, "c", "twice", [])
    await world.settle()
    (stored,) = await world.store.leads.page("c", after_seq=0, limit=1)
    assert stored.lead.resend_number == 3


@in_world
async def test_repeated_page_leaves_leads_that_failed_again(world: FakeWorld) -> None:
    """A worker died after the page and before it stored its cursor."""
    await failed(world, PEOPLE[:2], ANSWERS)
    refusing(world, ANSWERS)
    job = await retry(world.made, "c", "died", [])
    await world.settle()
    world.clock.advance(1)
    repeated = await retry_page(world.made, job)
    assert repeated.report["retried"] == 0
    await world.settle()
    found = await world.store.leads.page("c", after_seq=0, limit=10)
    assert [(it.lead.status, it.lead.resend_number) for it in found] == [
        (LeadStatus.FAILED, 2),
        (LeadStatus.FAILED, 2),
    ]


@in_world
async def test_job_continues_at_its_cursor(
    world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failed_leads, "PAGE_LEADS", 1)
    monkeypatch.setattr(retry_failed_leads, "PAGE_LEADS", 1)
    await failed(world, PEOPLE[:3], ANSWERS)
    job = await retry(world.made, "c", "pages", [])
    first = await retry_page(world.made, job)
    assert (first.state, first.cursor, first.report["retried"]) == (JobState.WAITING, 1, 1)
    second = await retry_page(world.made, first)
    assert (second.cursor, second.report["retried"]) == (2, 2)


@in_world
async def test_lead_that_somebody_moves_meanwhile_keeps_that_move(world: FakeWorld) -> None:
    """The job read it before."""
    await failed(world, PEOPLE[:1], ANSWERS)
    job = await retry(world.made, "c", "raced", [])
    page = world.store.leads.page
    (before,) = await page("c", after_seq=0, limit=1)
    await retry_page(world.made, job)
    moved = await page("c", after_seq=0, limit=1)

    async def stale(*_: object, **__: object) -> list[StoredLead]:
        return [before]

    world.store.leads.page = stale  # type: ignore[method-assign]
    again = await retry_page(world.made, job)
    assert again.report["retried"] == 0
    assert await page("c", after_seq=0, limit=1) == moved


@in_world
async def test_retried_leads_wait_for_room_in_the_window(world: FakeWorld) -> None:
    """No lead gets a job, or a lease, before a top-up gives it one."""
    await failed(world, PEOPLE[:2], ANSWERS)
    job = await retry(world.made, "c", "window", [])
    await retry_page(world.made, job)
    now: datetime = await world.store.now()
    found = await world.store.leads.page("c", after_seq=0, limit=10)
    assert {it.lead.status for it in found} == {LeadStatus.RUNNING}
    assert await world.store.leads.in_flight(now, 10) == 0
    await world.settle()
    assert set((await statuses(world)).values()) == {"completed"}


@in_world
async def test_campaign_reopens_in_one_write(world: FakeWorld) -> None:
    """However many of its leads are brought back."""
    await failed(world, [f"deny{number}@x.example" for number in range(20)], ANSWERS)
    job = await retry(world.made, "c", "many", [])
    (before,) = await world.store.campaigns.find(DEFAULT_WORKSPACE, ["c"])
    await retry_page(world.made, job)
    (after,) = await world.store.campaigns.find(DEFAULT_WORKSPACE, ["c"])
    assert (after.status, after.revision) == (CampaignStatus.RUNNING, before.revision + 1)


@in_world
async def test_paused_campaign_sends_when_it_is_resumed(world: FakeWorld) -> None:
    await failed(world, PEOPLE, ANSWERS)
    await pause(world.made, "c")
    await retry(world.made, "c", "paused", [])
    await world.settle()
    assert (await statuses(world))["deny1@x.example"] == "running"
    sent = len(world.transport.sent)
    await resume(world.made, "c")
    await world.settle()
    assert len(world.transport.sent) > sent
    assert (await statuses(world))["deny1@x.example"] == "completed"


@in_world
async def test_archived_campaign_is_refused(world: FakeWorld) -> None:
    await failed(world, PEOPLE[:1], ANSWERS)
    await archive(world.made, "c")
    with pytest.raises(CallerError) as caught:
        await retry(world.made, "c", "late", [])
    assert (caught.value.status, caught.value.code) == (409, "ended")
