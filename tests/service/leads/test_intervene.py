"""Interventions on one lead: what moves, what is refused, and that nothing is sent twice."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest

from functions.flow.journal import EntryKind
from functions.flow.lead import Lead, LeadStatus, State
from functions.flow.outcome import Concern, Deferred, Outcome, Rejected, Sent, Unknown
from functions.mail.envelope import Envelope
from functions.service.access.records import DEFAULT_WORKSPACE, WorkspaceId
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.campaigns.lifecycle import archive, pause, resume
from functions.service.campaigns.records import CampaignStatus
from functions.service.errors import CallerError
from functions.service.execution.records import Commit
from functions.service.jobs.records import SendJob
from functions.service.leads.intervene import move_lead, retry_lead, skip_wait
from functions.service.sending.records import Claim, MessageState
from functions.service.sending.send_email import send_emails
from harness.fakes.scenes import ANN, clicked, email, flow, in_world, launched, only_lead, wait
from harness.fakes.world import FakeWorld

DAY = 86_400
FLOW = flow(
    [email("a"), wait("w", DAY), clicked("asked", "a", 9 * DAY), email("b"), email("c")],
    "a>w",
    "w>asked",
    "asked.yes>b",
    "asked.no>c",
)


async def status(world: FakeWorld) -> CampaignStatus:
    (campaign,) = await world.store.campaigns.find(DEFAULT_WORKSPACE, ["c"])
    return campaign.status


def answering(world: FakeWorld, *outcomes: Outcome) -> None:
    """The mail server's answers, one after the other; then it accepts everything."""
    left = list(outcomes)

    async def script(_: Envelope) -> Outcome:
        return left.pop(0) if left else Sent("250 taken")

    world.transport.script = script


async def refused(act: Awaitable[Lead]) -> str:
    with pytest.raises(CallerError) as caught:
        await act
    assert caught.value.status == 409
    return caught.value.code


async def counts_hold(world: FakeWorld) -> None:
    """I9, for a campaign at rest."""
    await world.settle()
    (counts,) = await world.store.counts.find(["c"])
    recount = await world.store.leads.recount("c")
    here_and_now = ("leads/", "at/")
    counted = {k: n for k, n in counts.values.items() if n and k.startswith(here_and_now)}
    assert counted == {k: n for k, n in recount.items() if k.startswith(here_and_now)}
    sent = {k: n for k, n in counts.values.items() if n and k.endswith("/sent")}
    assert sent == {k: n for k, n in recount.items() if k.endswith("/sent")}


@in_world
async def test_skipped_wait_ends_now_and_once(world: FakeWorld) -> None:
    """A second click with the same revision changes nothing, although the lead waits again."""
    waiting = await launched(world, FLOW)
    skipped = await skip_wait(world.made, "c", waiting.lead_id, waiting.revision, "by phone")
    assert (skipped.state, skipped.current_node) == (State.WATCHING, "asked")
    again = skip_wait(world.made, "c", waiting.lead_id, waiting.revision)
    assert await refused(again) == "changed_meanwhile"
    after = await skip_wait(world.made, "c", waiting.lead_id, skipped.revision)
    assert (after.state, after.current_node) == (State.SENDING, "c"), "nobody had clicked"
    await counts_hold(world)
    assert len(world.transport.to(ANN)) == 2


@in_world
async def test_two_clicks_at_once_are_one(world: FakeWorld) -> None:
    """The second comes between the first's read and its commit."""
    waiting = await launched(world, FLOW)
    commit = world.store.leads.commit

    async def overtaken(commits: Sequence[Commit], token: str, at: object) -> frozenset[str]:
        world.store.leads.commit = commit  # type: ignore[method-assign]
        await skip_wait(world.made, "c", waiting.lead_id, waiting.revision)
        return await commit(commits, token, at)  # type: ignore[arg-type]

    world.store.leads.commit = overtaken  # type: ignore[method-assign]
    act = skip_wait(world.made, "c", waiting.lead_id, waiting.revision)
    assert await refused(act) == "changed_meanwhile"
    records = await world.store.journal.of_lead(waiting.lead_id, 50)
    kinds = [entry.kind for record in records for entry in record.entries]
    assert kinds.count(EntryKind.SKIPPED) == 1
    await counts_hold(world)


@in_world
async def test_moved_lead_gets_the_email_again(world: FakeWorld) -> None:
    """At its former node, it arrives again: another visit, another message, never the old key."""
    waiting = await launched(world, FLOW)
    moved = await move_lead(world.made, "c", waiting.lead_id, "a", waiting.revision)
    assert (moved.state, moved.visits["a"]) == (State.SENDING, 2)
    await world.settle()
    messages = await world.store.messages.of_lead(waiting.lead_id, 10)
    assert [(it.visit, it.state) for it in messages] == [
        (1, MessageState.SENT),
        (2, MessageState.SENT),
    ]
    assert len({it.message_id for it in world.transport.to(ANN)}) == 2
    await counts_hold(world)


@in_world
async def test_deferred_message_does_not_follow_a_moved_lead(world: FakeWorld) -> None:
    """It is withdrawn; a worker that was suspended meanwhile finds it so, and sends nothing."""
    answering(world, Deferred(451, "later"))
    deferred = await launched(world, FLOW)
    assert deferred.state is State.DEFERRED
    moved = await move_lead(world.made, "c", deferred.lead_id, "w", deferred.revision)
    assert moved.state is State.WAITING
    world.clock.advance(3600)
    find = world.store.leads.find

    async def asleep(lead_ids: Sequence[str]) -> object:
        """What the worker read before the message was deferred."""
        world.store.leads.find = find  # type: ignore[method-assign]
        (stored,) = await find(lead_ids)
        old = replace(deferred, status=LeadStatus.RUNNING, reason=None, wait_until=None)
        return [replace(stored, lead=old)]

    world.store.leads.find = asleep  # type: ignore[method-assign, assignment]
    await send_emails(
        world.made,
        [SendJob(lead_id=deferred.lead_id, campaign_id="c", node_id="a", visit=1, resend_number=1)],
    )
    assert world.transport.sent == []
    (message,) = await world.store.messages.of_lead(deferred.lead_id, 10)
    assert (message.state, message.outcome_reason) == (
        MessageState.SUPPRESSED,
        "withdrawn: a person moved the lead",
    )
    await counts_hold(world)


@in_world
async def test_move_that_is_lost_gives_the_message_back(world: FakeWorld) -> None:
    """The lead moved on at the same moment: its message is retried at its original time."""
    answering(world, Deferred(0, "lost at RCPT", concern=Concern.CONNECTION))
    deferred = await launched(world, FLOW)
    (before,) = await world.store.messages.of_lead(deferred.lead_id, 10)
    commit = world.store.leads.commit

    async def lost(*_: object) -> frozenset[str]:
        return frozenset()

    world.store.leads.commit = lost  # type: ignore[method-assign, assignment]
    act = move_lead(world.made, "c", deferred.lead_id, "w", deferred.revision)
    assert await refused(act) == "changed_meanwhile"
    world.store.leads.commit = commit  # type: ignore[method-assign]
    (after,) = await world.store.messages.of_lead(deferred.lead_id, 10)
    assert (after.state, after.retry_at) == (before.state, before.retry_at)
    await world.pass_time(5)
    assert len(world.transport.to(ANN)) == 1


@in_world
async def test_move_cut_short_delays_the_message_and_loses_nothing(world: FakeWorld) -> None:
    """The process died while holding the message: it is retried ten minutes later."""
    answering(world, Deferred(451, "later"))
    deferred = await launched(world, FLOW)
    claim = world.store.messages.claim

    async def dying(claims: Sequence[Claim]) -> frozenset[str]:
        await claim(claims)
        raise SystemExit

    world.store.messages.claim = dying  # type: ignore[method-assign]
    with pytest.raises(SystemExit):
        await move_lead(world.made, "c", deferred.lead_id, "w", deferred.revision)
    world.store.messages.claim = claim  # type: ignore[method-assign]
    await world.pass_time(60, step_seconds=10)
    assert world.transport.sent == []
    await world.pass_time(700, step_seconds=10)
    assert len(world.transport.to(ANN)) == 1


@in_world
async def test_failed_lead_tries_again_and_its_campaign_runs_again(world: FakeWorld) -> None:
    """As a new message; the campaign had completed, and completes again."""
    answering(world, Rejected(550, "no such user"))
    failed = await launched(world, FLOW)
    await world.settle()
    assert (failed.state, await status(world)) == (State.FAILED, CampaignStatus.COMPLETED)
    tried = await retry_lead(world.made, "c", failed.lead_id, failed.revision)
    assert (tried.state, tried.resend_number, await status(world)) == (
        State.SENDING,
        2,
        CampaignStatus.RUNNING,
    )
    again = retry_lead(world.made, "c", failed.lead_id, failed.revision)
    assert await refused(again) == "changed_meanwhile"
    await world.settle()
    assert len(world.transport.to(ANN)) == 1
    await world.pass_time(11 * DAY, step_seconds=DAY)
    assert (await only_lead(world)).state is State.COMPLETED
    assert await status(world) is CampaignStatus.COMPLETED
    await counts_hold(world)


@in_world
async def test_completion_that_comes_late_does_not_strand_a_lead(world: FakeWorld) -> None:
    """A sweep has found all leads ended; before it completes the campaign, one is brought back."""
    answering(world, Rejected(550, "no such user"))
    await create_campaign(world.made, name="c", campaign_id="c", flow=FLOW)
    upload = Upload(world.made, "c")
    await upload.add([Row(2, ANN, {})])
    await upload.finish()
    await launch(world.made, "c")
    page = world.store.jobs.page

    async def brought_back(workspace_id: WorkspaceId, campaign_id: str, limit: int) -> object:
        jobs = await page(workspace_id, campaign_id, limit)
        found = await only_lead(world) if limit == 500 else None
        if found is not None and found.state is State.FAILED:
            world.store.jobs.page = page  # type: ignore[method-assign]
            await retry_lead(world.made, "c", found.lead_id, found.revision)
        return jobs

    world.store.jobs.page = brought_back  # type: ignore[method-assign, assignment]
    await world.settle()
    assert world.store.jobs.page is page, "the sweep has looked"
    assert await status(world) is CampaignStatus.RUNNING
    assert len(world.transport.to(ANN)) == 1


@in_world
async def test_retry_cut_short_reopens_its_campaign_all_the_same(world: FakeWorld) -> None:
    """The process died right after the lead was committed: the sweep finishes the work."""
    answering(world, Rejected(550, "no such user"))
    failed = await launched(world, FLOW)
    await world.settle()
    replace_campaign = world.store.campaigns.replace

    async def dying(_: object) -> bool:
        raise SystemExit

    world.store.campaigns.replace = dying  # type: ignore[method-assign, assignment]
    with pytest.raises(SystemExit):
        await retry_lead(world.made, "c", failed.lead_id, failed.revision)
    world.store.campaigns.replace = replace_campaign  # type: ignore[method-assign]
    assert await status(world) is CampaignStatus.COMPLETED
    await world.pass_time(40)
    assert len(world.transport.to(ANN)) == 1
    await counts_hold(world)


@in_world
async def test_lead_brought_back_behind_an_archivist_is_ended(world: FakeWorld) -> None:
    """The campaign was archived between the read and the commit, so nothing would step the lead."""
    answering(world, Rejected(550, "no such user"))
    failed = await launched(world, FLOW)
    await world.settle()
    commit = world.store.leads.commit

    async def overtaken(*given: object) -> frozenset[str]:
        world.store.leads.commit = commit  # type: ignore[method-assign]
        await archive(world.made, "c")
        return await commit(*given)  # type: ignore[arg-type]

    world.store.leads.commit = overtaken  # type: ignore[method-assign, assignment]
    await retry_lead(world.made, "c", failed.lead_id, failed.revision)
    await world.pass_time(90, step_seconds=10)
    assert (await only_lead(world)).state is State.COMPLETED
    assert world.transport.sent == []


@in_world
async def test_paused_campaign_allows_interventions(world: FakeWorld) -> None:
    """They go on when it resumes, and no mail leaves before."""
    waiting = await launched(world, FLOW)
    await pause(world.made, "c")
    moved = await move_lead(world.made, "c", waiting.lead_id, "b", waiting.revision)
    assert moved.state is State.SENDING
    await world.pass_time(60, step_seconds=10)
    assert len(world.transport.sent) == 1
    await resume(world.made, "c")
    await world.pass_time(60, step_seconds=10)
    assert len(world.transport.sent) == 2


Verb = Callable[[FakeWorld, Lead], Awaitable[Lead]]
SKIP: Verb = lambda world, it: skip_wait(world.made, "c", it.lead_id, it.revision)  # noqa: E731
MOVE: Verb = lambda world, it: move_lead(world.made, "c", it.lead_id, "w", it.revision)  # noqa: E731
RETRY: Verb = lambda world, it: retry_lead(world.made, "c", it.lead_id, it.revision)  # noqa: E731


@pytest.mark.parametrize(
    ("outcome", "verb", "code"),
    [
        (Unknown("gone"), SKIP, "not_waiting"),
        (Unknown("gone"), MOVE, "decide_first"),
        (Unknown("gone"), RETRY, "not_failed"),
        (Deferred(451, "later"), SKIP, "not_waiting"),
        (Deferred(451, "later"), RETRY, "not_failed"),
        (Rejected(550, "no"), SKIP, "not_waiting"),
        (Sent(), RETRY, "not_failed"),
    ],
)
@in_world
async def test_what_does_not_apply_is_refused(
    world: FakeWorld, outcome: Outcome, verb: Verb, code: str
) -> None:
    """With a reason, and without a change."""
    answering(world, outcome)
    before = await launched(world, FLOW)
    assert await refused(verb(world, before)) == code
    assert await only_lead(world) == before


@in_world
async def test_lead_that_is_being_sent_to_or_has_ended_does_not_move(world: FakeWorld) -> None:
    """Nor do leads of a cancelled or archived campaign."""
    await create_campaign(world.made, name="c", campaign_id="c", flow=flow([email("a")]))
    upload = Upload(world.made, "c")
    await upload.add([Row(2, ANN, {})])
    await upload.finish()
    await launch(world.made, "c")
    await world.sweep()
    await world.sweep()
    sending = await only_lead(world)
    assert sending.state is State.SENDING
    act = move_lead(world.made, "c", sending.lead_id, "a", sending.revision)
    assert await refused(act) == "being_sent"
    await world.settle()
    ended = await only_lead(world)
    act = move_lead(world.made, "c", ended.lead_id, "a", ended.revision)
    assert await refused(act) == "ended"
    await archive(world.made, "c")
    act = retry_lead(world.made, "c", ended.lead_id, ended.revision)
    assert await refused(act) == "ended"


@in_world
async def test_target_must_be_a_node_of_the_leads_own_version(world: FakeWorld) -> None:
    """The draft may have other nodes by now."""
    waiting = await launched(world, FLOW)
    with pytest.raises(CallerError) as caught:
        await move_lead(world.made, "c", waiting.lead_id, "new", waiting.revision)
    assert (caught.value.status, caught.value.field) == (422, "node_id")
    assert "version 1" in caught.value.message
