"""Sending while the store or the mail server misbehaves between a claim and its outcome."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest

from functions.flow.journal import EntryKind
from functions.flow.lead import Lead, Reason, State
from functions.flow.outcome import Concern, Deferred, Outcome, Phase, Rejected, Unknown
from functions.mail.envelope import Envelope
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.audience.records import SuppressionReason
from functions.service.audience.suppress import suppress
from functions.service.campaigns.change_campaign import change_campaign
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.campaigns.lifecycle import cancel, delete, pause, resume
from functions.service.jobs.records import SendJob
from functions.service.leads.remove_lead import remove_lead
from functions.service.schedule.run_jobs import run_jobs
from functions.service.sending import message_log
from functions.service.sending.records import Claim, MessageChange, MessageState
from functions.service.sending.send_email import send_emails
from harness.fakes.scenes import email, in_world
from harness.fakes.transport import FakeTransport
from harness.fakes.world import FakeWorld

RETRY_SECONDS = message_log.RETRY_SECONDS
ANN = "ann@example.com"
FLOW = {
    "nodes": [{"id": "start", "type": "start"}, email("mail")],
    "connections": [{"from_node": "start", "to_node": "mail"}],
}

Write = Callable[[Sequence[MessageChange]], Awaitable[frozenset[str]]]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_log, "RETRY_SECONDS", (0.0, 0.0))


async def launched(world: FakeWorld, *addresses: str) -> None:
    await create_campaign(world.made, name="c", campaign_id="c", flow=FLOW)
    upload = Upload(world.made, "c")
    await upload.add([Row(2 + n, it, {}) for n, it in enumerate(addresses or (ANN,))])
    await upload.finish()
    await launch(world.made, "c")


async def state(world: FakeWorld) -> tuple[State, Reason | None, list[MessageState]]:
    """The state of Ann's lead and of all messages."""
    (lead,) = await world.store.leads.page("c", after_seq=0, limit=9)
    messages = await world.store.messages.page("c", after_key="", limit=9, state=None)
    return lead.lead.state, lead.lead.reason, [it.state for it in messages]


def failing(world: FakeWorld, when: str) -> list[MessageState]:
    """From now on, the first write of each message state fails, before or after it takes effect."""
    write: Write = world.store.messages.write
    seen: list[MessageState] = []

    async def unsteady(changes: Sequence[MessageChange]) -> frozenset[str]:
        fresh = [it.state for it in changes if it.state not in seen]
        seen.extend(fresh)
        if fresh and when == "before":
            raise ConnectionError("the store is away")
        applied = await write(changes)
        if fresh:
            raise ConnectionError("the answer was lost")
        return applied

    world.store.messages.write = unsteady  # type: ignore[method-assign]
    return seen


@pytest.mark.parametrize("when", ["before", "after"])
@in_world
async def test_hiccup_of_the_store_makes_no_unknown(world: FakeWorld, when: str) -> None:
    """The mark and the outcome are written again; one mail leaves, and its lead goes on."""
    await launched(world)
    seen = failing(world, when)
    await world.settle()
    await world.pass_time(60)
    assert seen == [MessageState.SENDING, MessageState.SENT]
    assert len(world.transport.sent) == 1
    assert await state(world) == (State.COMPLETED, Reason.NO_CONNECTION, [MessageState.SENT])


@pytest.mark.parametrize(
    ("outcome", "lead", "message"),
    [
        (Unknown("gone"), (State.UNKNOWN, Reason.UNKNOWN), MessageState.UNKNOWN),
        (Rejected(550, "no"), (State.FAILED, Reason.REJECTED), MessageState.REJECTED),
        (Deferred(451, "later"), (State.DEFERRED, Reason.DEFERRED), MessageState.DEFERRED),
    ],
)
@in_world
async def test_lead_goes_where_its_message_went(
    world: FakeWorld,
    outcome: Outcome,
    lead: tuple[State, Reason],
    message: MessageState,
) -> None:
    """Only a deferred message is ever retried automatically."""
    attempts = 0

    async def script(_: Envelope) -> Outcome:
        nonlocal attempts
        attempts += 1
        return outcome

    world.transport.script = script
    await launched(world)
    await world.settle()
    assert await state(world) == (*lead, [message])
    await world.pass_time(310, step_seconds=10)
    assert (attempts > 1) == (message is MessageState.DEFERRED)


@in_world
async def test_deferred_message_is_given_up_after_three_days(world: FakeWorld) -> None:
    """It is retried under the same key, then the lead fails with the server's reply."""

    async def script(_: Envelope) -> Outcome:
        return Deferred(421, "busy")

    world.transport.script = script
    await launched(world)
    await world.settle()
    await world.pass_time(80 * 3600, step_seconds=600)
    assert await state(world) == (State.FAILED, Reason.REJECTED, [MessageState.REJECTED])


@pytest.mark.parametrize("stop", ["pause", "cancel", "unsubscribe"])
@in_world
async def test_nothing_leaves_once_it_was_stopped_before_its_mark(
    world: FakeWorld, stop: str
) -> None:
    """The stop comes between the claim and the mark; once it is acknowledged, nothing may leave."""
    await launched(world)
    claim = world.store.messages.claim

    async def stopped(claims):  # type: ignore[no-untyped-def]
        won = await claim(claims)
        if stop == "unsubscribe":
            await suppress(world.made, ANN, SuppressionReason.UNSUBSCRIBED)
        else:
            await {"pause": pause, "cancel": cancel}[stop](world.made, "c")
        return won

    world.store.messages.claim = stopped  # type: ignore[method-assign]
    await world.settle()
    world.store.messages.claim = claim  # type: ignore[method-assign]
    await world.pass_time(90)
    assert world.transport.sent == []
    if stop == "pause":
        await resume(world.made, "c")
        await world.pass_time(90)
        assert len(world.transport.sent) == 1


@in_world
async def test_claims_of_a_deleted_campaign_are_taken_back(world: FakeWorld) -> None:
    """The worker slept between reading and claiming; another one carried out the deletion
    meanwhile.
    """
    await launched(world)
    claim = world.store.messages.claim

    async def slept(claims):  # type: ignore[no-untyped-def]
        world.store.messages.claim = claim  # type: ignore[method-assign]
        await cancel(world.made, "c")
        await run_jobs(world.made)
        await delete(world.made, "c")
        await run_jobs(world.made)
        assert await world.store.campaigns.find(DEFAULT_WORKSPACE, ["c"]) == []
        return await claim(claims)

    world.store.messages.claim = slept  # type: ignore[method-assign]
    await world.settle()
    assert world.transport.sent == []
    assert await world.store.messages.page("c", after_key="", limit=9, state=None) == []


@in_world
async def test_connection_is_given_back_only_once_its_last_outcome_is_stored(
    world: FakeWorld,
) -> None:
    """Two batches share one connection. The second must not mark a message while the outcome of the
    first batch's is on its way to the store."""
    await launched(world, ANN, "bob@example.com")
    await run_jobs(world.made)
    await world.sweep()
    leads = await world.store.leads.page("c", after_seq=0, limit=9)
    jobs = [
        SendJob(lead_id=it.lead.lead_id, campaign_id="c", node_id="mail", visit=1, resend_number=1)
        for it in leads
    ]
    services = replace(world.made, transport=FakeTransport(connections_max=1))
    write = world.store.messages.write
    marks: set[str] = set()

    async def slow_to_settle(changes: Sequence[MessageChange]) -> frozenset[str]:
        marks.update(it.key for it in changes if it.state is MessageState.SENDING)
        assert len(marks) == 1
        settled = {it.key for it in changes if it.state is MessageState.SENT}
        for _ in range(100 if settled else 0):
            await asyncio.sleep(0)
        marks.difference_update(settled)
        return await write(changes)

    world.store.messages.write = slow_to_settle  # type: ignore[method-assign]
    failures = await asyncio.gather(*(send_emails(services, [job]) for job in jobs))
    assert failures == [{}, {}]


def test_retries_end_below_every_send_lease() -> None:
    """Otherwise a message could be taken for lost while its outcome is still being written."""
    assert sum(RETRY_SECONDS) < 3


async def taken_up_again(world: FakeWorld, state: MessageState) -> None:
    """A worker that slept tells Ann's lead late that its message is deferred; another worker has
    claimed the message since, and died.
    """
    await launched(world)

    async def later(_: Envelope) -> Outcome:
        return Deferred(0, "lost at DATA", Phase.ENVELOPE, Concern.CONNECTION)

    world.transport.script = later
    await world.settle()
    world.clock.advance(2)
    (message,) = await world.store.messages.page("c", after_key="", limit=9, state=None)
    lease_until = await world.store.now() + world.made.policy.send_lease
    taken = replace(message, state=state, token="of-the-dead", lease_until=lease_until)
    assert await world.store.messages.claim([Claim(taken, message)])


@pytest.mark.parametrize("end", ["cancelled", "removed"])
@pytest.mark.parametrize(
    ("found", "left"),
    [
        (MessageState.SENDING, MessageState.UNKNOWN),
        (MessageState.SENT, MessageState.SENT),
        (MessageState.CLAIMED, MessageState.SUPPRESSED),
    ],
)
@in_world
async def test_lead_ends_only_after_a_message_that_was_taken_up_again(
    world: FakeWorld, end: str, found: MessageState, left: MessageState
) -> None:
    """There must remain neither a mark that is never settled nor mail that the lead does not know
    of.
    """
    await taken_up_again(world, found)
    assert (await state(world))[0] is State.DEFERRED
    world.clock.advance(world.made.policy.send_lease_seconds + 1)
    if end == "cancelled":
        await cancel(world.made, "c")
        await world.settle()
    else:
        (lead,) = await world.store.leads.page("c", after_seq=0, limit=9)
        await remove_lead(world.made, "c", lead.lead.lead_id, "")
    # A lead that learns of its mail has nothing left to do, and ends by itself.
    reason = Reason.NO_CONNECTION if found is MessageState.SENT else Reason(end)
    assert await state(world) == (State.COMPLETED, reason, [left])
    journal = await world.store.journal.of_lead((await ann(world)).lead_id, 99)
    told = [entry.kind for record in journal for entry in record.entries]
    assert (EntryKind.SENT in told) == (found is MessageState.SENT)
    assert world.transport.sent == []


@in_world
async def test_lead_that_is_too_late_first_learns_of_a_message_taken_up_again(
    world: FakeWorld,
) -> None:
    await taken_up_again(world, MessageState.SENT)
    await change_campaign(world.made, "c", lambda it: replace(it, lateness_max_seconds=1))
    await world.pass_time(60)
    assert await state(world) == (State.COMPLETED, Reason.NO_CONNECTION, [MessageState.SENT])


async def ann(world: FakeWorld) -> Lead:
    (stored,) = await world.store.leads.page("c", after_seq=0, limit=9)
    return stored.lead
