"""Sending, where the store or the mail server misbehaves between a claim and its outcome."""

from collections.abc import Awaitable, Callable, Sequence

import pytest

from functions.flow.lead import Reason, State
from functions.flow.outcome import Deferred, Outcome, Rejected, Unknown
from functions.mail.envelope import Envelope
from functions.service import message_log
from functions.service.campaigns import cancel, create_campaign, launch, pause, resume
from functions.service.contact_rows import Row
from functions.service.import_contacts import Upload
from functions.service.record_hit import suppress
from functions.service.records import MessageChange, MessageState
from tests.fakes.scenes import email, in_world
from tests.fakes.world import FakeWorld

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


async def launched(world: FakeWorld) -> None:
    await create_campaign(world.made, name="c", campaign_id="c", flow=FLOW)
    upload = Upload(world.made, "c")
    await upload.add([Row(2, ANN, {})])
    await upload.finish()
    await launch(world.made, "c")


async def state(world: FakeWorld) -> tuple[State, Reason | None, list[MessageState]]:
    """Of Ann's lead, and of all messages there are."""
    (lead,) = await world.store.leads.page("c", after_seq=0, limit=9)
    messages = await world.store.messages.page("c", after_key="", limit=9, state=None)
    return lead.lead.state, lead.lead.reason, [it.state for it in messages]


def failing(world: FakeWorld, when: str) -> list[MessageState]:
    """From now on the first write of each message state fails, before or after it is done."""
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
    """And nothing but a deferred message is ever tried again by itself."""
    tries = 0

    async def script(_: Envelope) -> Outcome:
        nonlocal tries
        tries += 1
        return outcome

    world.transport.script = script
    await launched(world)
    await world.settle()
    assert await state(world) == (*lead, [message])
    await world.pass_time(20)
    assert (tries > 1) == (message is MessageState.DEFERRED)


@in_world
async def test_deferred_message_is_given_up_after_three_days(world: FakeWorld) -> None:
    """It is tried again and again under its one key, then the lead fails with the words."""

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
    """The stop comes between the claim and the mark; its answer is a promise."""
    await launched(world)
    claim = world.store.messages.claim

    async def stopped(claims):  # type: ignore[no-untyped-def]
        won = await claim(claims)
        if stop == "unsubscribe":
            await suppress(world.made, ANN, "unsubscribed")
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


def test_retries_end_below_every_send_lease() -> None:
    """Else a message could be taken for lost while its outcome is still being written."""
    assert sum(RETRY_SECONDS) < 3
