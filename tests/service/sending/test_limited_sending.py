"""Sending under limits: messages over the limit wait without using up an attempt; the breaker, end
to end.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.flow.lead import Lead, Reason, State
from functions.flow.outcome import Concern, Deferred, Outcome, Phase, Rejected, Sent
from functions.mail.address import domain_of
from functions.mail.envelope import Envelope
from functions.service.access.records import DEFAULT_WORKSPACE, WorkspaceId
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.audience.records import SuppressionReason
from functions.service.audience.suppress import suppress
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.jobs.records import ResumeJob, SendJob
from functions.service.leads.next_step import next_step
from functions.service.leads.resume_lead import resume_leads
from functions.service.leads.timeline import timeline
from functions.service.rates import parse_rate
from functions.service.sending.breaker import BreakerRule, BreakerState
from functions.service.sending.connections import Pool
from functions.service.sending.limiter import CROWDED, Clock, Limiter, Permit, Unlimited
from functions.service.sending.message_rules import message_of
from functions.service.sending.rates import Limits, parse_domain_rates
from functions.service.sending.records import Claim, Message, MessageState, SendingAccountState
from functions.service.sending.send_email import send_emails
from functions.service.sending.token_bucket import OWN, Deferral
from harness.fakes.clock import BEGINNING, stopped_at
from harness.fakes.scenes import email, in_world
from harness.fakes.world import FakeWorld

FLOW = {
    "nodes": [{"id": "start", "type": "start"}, email("mail", "Hello")],
    "connections": [{"from_node": "start", "to_node": "mail"}],
}
NO_CONNECTION = Deferred(0, "no route to host", Phase.CONNECT, Concern.CONNECTION)
CLOSING = Deferred(421, "4.7.0 too much mail", concern=Concern.SENDING_ACCOUNT)


def limited(
    world: FakeWorld, own: str = "", domains: str = "", rule: BreakerRule | None = None
) -> Limiter:
    limits = Limits(parse_rate(own) if own else None, parse_domain_rates(domains))
    limiter = Limiter(DEFAULT_WORKSPACE, "server:25", limits, world.store.sending_accounts, rule)
    world.made = replace(world.made, limiter=limiter)
    return limiter


async def launched(world: FakeWorld, addresses: list[str]) -> None:
    await create_campaign(world.made, name="c", campaign_id="c", flow=FLOW)
    upload = Upload(world.made, "c")
    await upload.add([Row(n + 2, address, {}) for n, address in enumerate(addresses)])
    await upload.finish()
    await launch(world.made, "c")


def people(count: int, domain: str = "example.com") -> list[str]:
    return [f"p{n:03}@{domain}" for n in range(count)]


async def leads(world: FakeWorld) -> list[Lead]:
    return [it.lead for it in await world.store.leads.page("c", after_seq=0, limit=500)]


async def messages(world: FakeWorld) -> list[Message]:
    return await world.store.messages.page("c", after_key="", limit=500, state=None)


async def tokens(world: FakeWorld, limiter: Limiter, name: str = OWN) -> int:
    sending_account = await limiter.look(await world.store.now())
    assert sending_account is not None
    return sending_account.levels[name].tokens


async def breaker_state(world: FakeWorld, limiter: Limiter) -> BreakerState:
    sending_account = await limiter.look(await world.store.now())
    assert sending_account is not None
    return sending_account.breaker.state


@in_world
async def test_message_without_a_token_is_deferred(world: FakeWorld) -> None:
    """Lead and message wait until their own time, with a reason, without an attempt."""
    limited(world, "2/s")
    await launched(world, people(5))
    await world.settle()
    assert len(world.transport.sent) == 2
    put_off = [it for it in await messages(world) if it.state is not MessageState.SENT]
    assert [(it.state, it.delivery_attempts) for it in put_off] == [(MessageState.DEFERRED, 0)] * 3
    waiting = [it for it in await leads(world) if it.state is State.DEFERRED]
    assert [it.reason for it in waiting] == [Reason.DEFERRED] * 3
    times = [it.wait_until for it in waiting]
    assert times == [it.retry_at for it in put_off]
    assert times == [BEGINNING + timedelta(seconds=n) for n in (0.5, 1.0, 1.5)]
    flow = (await world.made.flows.load(waiting[0])).executor.flow
    records = await world.store.journal.of_lead(waiting[0].lead_id, 9)
    item, step = timeline({1: flow}, waiting[0], records)[-1], next_step(flow, waiting[0])
    assert item.code == "deferred"
    assert item.parameters["node"]["title"] == "Hello"
    assert item.parameters["reason"] == "limit of 2 a second from this account"
    assert step is not None
    assert step.code == "tries_again"
    assert item.parameters["until"] == step.parameters["until"] == times[0]


@in_world
async def test_all_are_sent_in_the_end_at_the_rate(world: FakeWorld) -> None:
    """Each once, without an extra attempt, and in no second more than permitted."""
    limited(world, "5/s", "slow.example=1/s")
    times: list[tuple[datetime, str]] = []

    async def script(envelope: Envelope) -> Outcome:
        times.append((world.clock(), envelope.rcpt_to))
        return Sent("250 ok")

    world.transport.script = script
    await launched(world, [*people(20), *people(10, "slow.example")])
    await world.settle()
    await world.pass_time(20, 0.5)
    assert sorted(address for _, address in times) == sorted(
        [*people(20), *people(10, "slow.example")]
    )
    assert {(it.state, it.delivery_attempts) for it in await messages(world)} == {
        (MessageState.SENT, 0)
    }
    for at, _ in times:
        within = [it for it in times if at <= it[0] < at + timedelta(seconds=1)]
        assert len(within) <= 5 + 5
        assert sum(domain_of(it[1]) == "slow.example" for it in within) <= 1 + 1
    # Not much slower than that either.
    assert (times[-1][0] - times[0][0]).total_seconds() <= 14


@in_world
async def test_suppressed_and_ended_messages_take_no_token(world: FakeWorld) -> None:
    """Of three, one is suppressed and one was sent by a worker that then died."""
    limiter = limited(world, "1/h burst 9")
    await launched(world, people(3))
    await suppress(world.made, people(1)[0], SuppressionReason.UNSUBSCRIBED, None)
    await world.sweep()
    await world.sweep()
    resumes = [job for _, job in world.dispatcher.waiting if isinstance(job, ResumeJob)]
    assert await resume_leads(world.made, resumes) == {}
    sends = [job for _, job in world.dispatcher.waiting if isinstance(job, SendJob)]
    now = await world.store.now()
    sent = message_of(
        world.made.policy,
        sends[1],
        people(2)[1],
        None,
        state=MessageState.SENT,
        token="of-a-dead-worker",
        now=now,
    )
    await world.store.messages.claim([Claim(sent, None)])
    assert await send_emails(world.made, sends) == {}
    assert [it.rcpt_to for it in world.transport.sent] == [people(3)[2]]
    assert await tokens(world, limiter) == 8


@in_world
async def test_two_workers_share_the_bucket(world: FakeWorld) -> None:
    """Each with its own services, with batches at the same instant."""
    limited(world, "1/h burst 7")
    one = world.made
    limited(world, "1/h burst 7")
    other = world.made
    await launched(world, people(20))
    await world.settle(1)
    policy = replace(one.policy, window_jobs_max=5)
    one, other = replace(one, policy=policy), replace(other, policy=policy)
    for services in (one, other, one, other):
        world.made = services
        await world.sweep()
        await world.dispatcher.pump(services)
    assert len(world.transport.sent) == 7


@dataclass
class _Contested:
    """Other workers always win the compare-and-set."""

    saves: int = 0

    async def find(
        self, workspace_id: WorkspaceId, sending_account: str
    ) -> SendingAccountState | None:
        return SendingAccountState(workspace_id=workspace_id, account=sending_account, revision=7)

    async def save(self, state: SendingAccountState) -> bool:
        self.saves += 1
        return False

    async def close(self) -> None: ...


@in_world
async def test_loser_of_too_many_rounds_puts_its_messages_back(world: FakeWorld) -> None:
    """For about a second; nothing is sent without a decision."""
    contested = _Contested()
    limiter = Limiter(DEFAULT_WORKSPACE, "server:25", Limits(parse_rate("9/s")), contested)
    world.made = replace(world.made, limiter=limiter)
    await launched(world, people(3))
    await world.settle()
    assert contested.saves == 10
    assert world.transport.sent == []
    assert {it.state for it in await messages(world)} == {MessageState.DEFERRED}
    waits = [it.wait_until for it in await leads(world)]
    assert all(it and 1 <= (it - BEGINNING).total_seconds() < 2 for it in waits)
    records = await world.store.journal.of_lead((await leads(world))[0].lead_id, 9)
    reasons = [it.detail.get("words") for record in records for it in record.entries]
    assert reasons[-1] == CROWDED


@in_world
async def test_worker_that_slept_does_not_make_the_bucket_forget(world: FakeWorld) -> None:
    """It slept for a minute during its request, and others took every token meanwhile; with its old
    time, their debt would look like the effect of a clock that was set back.
    """
    awake = limited(world, "1/s burst 2")
    find = world.store.sending_accounts.find

    async def slow(workspace_id: WorkspaceId, sending_account: str) -> SendingAccountState | None:
        world.clock.advance(66)
        world.store.sending_accounts.find = find  # type: ignore[method-assign]
        assert not (await awake.ask(recipients("a", "b"), world.store.now)).deferrals
        return await find(workspace_id, sending_account)

    world.store.sending_accounts.find = slow  # type: ignore[method-assign]
    slept = await awake.ask(recipients("c"), world.store.now)
    after = await awake.ask(recipients("d", "e"), world.store.now)
    assert [*slept.deferrals, *after.deferrals] == ["c", "d", "e"]


def recipients(*keys: str) -> dict[str, str]:
    return {key: f"{key}@example.com" for key in keys}


class _Overtaken(Unlimited):
    """While the first decision is "no", another worker claims the same messages."""

    def __init__(self, claim: Callable[[], Awaitable[object]]) -> None:
        self._claim = claim
        self.asked = 0

    async def ask(
        self, recipients: Mapping[str, str], clock: Clock, pool: Pool | None = None
    ) -> Permit:
        self.asked += 1
        if self.asked > 1:
            return await super().ask(recipients, clock, pool)
        await self._claim()
        now = await clock()
        return Permit({key: Deferral(now + timedelta(hours=1), "full") for key in recipients})


@in_world
async def test_lead_does_not_wait_while_another_worker_sends_its_message(world: FakeWorld) -> None:
    """A job came twice: the worker without a token loses against the claim of the other."""

    async def claim() -> None:
        for it in await leads(world):
            job = SendJob(
                lead_id=it.lead_id,
                campaign_id="c",
                node_id="mail",
                visit=it.visit,
                resend_number=it.resend_number,
            )
            state, now = MessageState.CLAIMED, await world.store.now()
            other = message_of(
                world.made.policy, job, it.email, None, state=state, token="other", now=now
            )
            await world.store.messages.claim([Claim(other, None)])

    world.made = replace(world.made, limiter=_Overtaken(claim))
    await launched(world, people(2))
    await world.settle()
    assert {it.state for it in await leads(world)} == {State.SENDING}
    await world.pass_time(60)
    assert {it.state for it in await leads(world)} == {State.COMPLETED}


@in_world
async def test_breaker_opens_waits_probes_and_closes(world: FakeWorld) -> None:
    """The rest of the batch is deferred untried; one message probes; then all go."""
    limiter = limited(world, "1000/s")
    delivery_attempts: list[datetime] = []
    answer: Outcome = CLOSING

    async def script(_: Envelope) -> Outcome:
        delivery_attempts.append(world.clock())
        return answer

    world.transport.script = script
    await launched(world, people(40))
    await world.settle()
    assert 10 <= len(delivery_attempts) < 10 + world.transport.connections_max
    assert await breaker_state(world, limiter) is BreakerState.OPEN
    assert {(it.state, it.delivery_attempts) for it in await messages(world)} == {
        (MessageState.DEFERRED, 0)
    }
    opens_at = BEGINNING + timedelta(seconds=30)
    waits = Counter(it.wait_until == opens_at for it in await leads(world))
    # Those that were refused before it opened ask again earlier, and then wait as well.
    assert waits[False] < 10

    before = len(delivery_attempts)
    await world.pass_time(29)
    assert len(delivery_attempts) == before
    await world.pass_time(5)
    assert len(delivery_attempts) == before + 1
    assert await breaker_state(world, limiter) is BreakerState.OPEN
    await world.pass_time(50)
    assert len(delivery_attempts) == before + 1
    answer = Sent("250 ok")
    await world.pass_time(30)
    assert await breaker_state(world, limiter) is BreakerState.CLOSED
    await world.pass_time(600)
    assert {it.state for it in await messages(world)} == {MessageState.SENT}
    assert {it.state for it in await leads(world)} == {State.COMPLETED}
    assert {it.delivery_attempts for it in await messages(world)} == {0}


@in_world
async def test_refusals_in_a_row_count_over_batches_and_answers_reset_them(
    world: FakeWorld,
) -> None:
    """A reply about one recipient counts as an answer."""
    limiter = limited(world, "1000/s", rule=BreakerRule(refusals_max=4))
    answers: dict[str, Outcome] = {
        **dict.fromkeys(people(7), NO_CONNECTION),
        people(8)[3]: Rejected(550, "no such user"),
    }

    async def script(envelope: Envelope) -> Outcome:
        return answers.get(envelope.rcpt_to, Sent("ok"))

    world.transport.script = script
    world.made = replace(world.made, policy=replace(world.made.policy, window_jobs_max=1))
    await launched(world, people(7))
    refusals = []
    for _ in range(7):
        await world.sweep()
        await world.sweep()
        await world.dispatcher.pump(world.made)
        sending_account = await limiter.look(await world.store.now())
        assert sending_account is not None
        refusals.append(sending_account.breaker.refusals)
    assert refusals == [1, 2, 3, 0, 1, 2, 3]
    assert await breaker_state(world, limiter) is BreakerState.CLOSED


@in_world
async def test_permanent_refusal_of_the_account_fails_no_lead(world: FakeWorld) -> None:
    """530 at MAIL says nothing about the message: it is deferred, and goes once that is fixed."""
    limited(world, "1000/s")
    answer: Outcome = Rejected(530, "5.7.0 log in first", concern=Concern.SENDING_ACCOUNT)

    async def script(_: Envelope) -> Outcome:
        return answer

    world.transport.script = script
    await launched(world, people(1))
    await world.settle()
    (lead,) = await leads(world)
    assert (lead.state, [it.delivery_attempts for it in await messages(world)]) == (
        State.DEFERRED,
        [0],
    )
    answer = Sent("ok")
    await world.pass_time(10)
    assert [it.state for it in await messages(world)] == [MessageState.SENT]


@in_world
async def test_probe_that_was_not_sent_is_followed_by_another(world: FakeWorld) -> None:
    """Its address was suppressed between the claim and the mark."""
    limiter = limited(world, "1000/s", rule=BreakerRule(refusals_max=1))
    now = await world.store.now()
    permit = await limiter.ask({"k": "a@example.com"}, stopped_at(now))
    permit.hear(CLOSING, now)
    await limiter.report(permit, now)
    later = now + timedelta(seconds=30)
    probe = await limiter.ask({"k": "a@example.com", "l": "b@example.com"}, stopped_at(later))
    assert probe.probed_at == later
    assert probe.deferrals.keys() == {"l"}
    assert (await limiter.ask({"l": "b@example.com"}, stopped_at(later))).deferrals.keys() == {"l"}
    await limiter.report(probe, later)
    again = await limiter.ask({"l": "b@example.com"}, stopped_at(later))
    assert (again.probed_at, dict(again.deferrals)) == (later, {})


@in_world
async def test_healthy_batch_costs_one_read_and_one_write(world: FakeWorld) -> None:
    """However many messages; and nothing at all if no message is left to ask about."""
    limiter = limited(world, "1000/s", "*=50/s")
    trips: list[str] = []
    world.store.trace(trips.append)  # type: ignore[attr-defined]
    await launched(world, people(30))
    await world.settle()
    asked = [it for it in trips if it.startswith("sending_accounts.")]
    assert asked == ["sending_accounts.find", "sending_accounts.save"]
    permit = await limiter.ask({}, world.store.now)
    assert (permit.deferrals, len([it for it in trips if it.startswith("sending_accounts.")])) == (
        {},
        2,
    )
