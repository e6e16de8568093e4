"""Sending while the mail server refuses connections: who works, what counts, where messages go."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from functions.flow.outcome import Concern, Deferred, Outcome, Phase
from functions.mail.envelope import Envelope
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.sending.breaker import BreakerState
from functions.service.sending.connections import Connections, Share
from functions.service.sending.limiter import Limiter
from functions.service.sending.ports import MailConnection
from functions.service.sending.rates import Limits
from functions.service.sending.records import MessageState, SendingAccountState
from harness.fakes.clock import BEGINNING
from harness.fakes.scenes import in_world
from harness.fakes.transport import FakeTransport
from harness.fakes.world import FakeWorld
from tests.service.sending.test_limited_sending import launched, messages, people

BUSY = Deferred(421, "4.7.0 too many connections", Phase.CONNECT, Concern.CONNECTION)


class LimitedTransport(FakeTransport):
    """Opens only so many connections; each sends `messages_max` messages before the next one needs
    another."""

    def __init__(self, server_takes: int, messages_max: int = 10**9) -> None:
        super().__init__(connections_max=8)
        self.server_takes = server_takes
        self.messages_max = messages_max

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[MailConnection]:
        async with self._slots:
            connection = _Connection(self)
            try:
                yield connection
            finally:
                self.connections_working -= connection.is_open


class _Connection:
    def __init__(self, transport: LimitedTransport) -> None:
        self._transport = transport
        self._left = 0
        self.is_open = False

    async def open(self) -> Deferred | None:
        if not self.is_open:
            if self._transport.connections_working >= self._transport.server_takes:
                return BUSY
            self._transport.connections_working += 1
            self.is_open, self._left = True, self._transport.messages_max
        return None

    async def send(self, envelope: Envelope) -> Outcome:
        if self._left == 0:
            self.is_open = False
            self._transport.connections_working -= 1
            return BUSY
        self._left -= 1
        return await self._transport.send(envelope)


def shared(world: FakeWorld, transport: FakeTransport) -> Limiter:
    limiter = Limiter(
        DEFAULT_WORKSPACE, "server:25", Limits(), world.store.sending_accounts, worker="me"
    )
    world.made = replace(world.made, limiter=limiter, transport=transport)
    return limiter


async def state(world: FakeWorld) -> SendingAccountState:
    found = await world.store.sending_accounts.find(DEFAULT_WORKSPACE, "server:25")
    assert found is not None
    return found


async def other_has_all(world: FakeWorld) -> None:
    """Another worker said so just now."""
    await world.store.sending_accounts.save(
        SendingAccountState(
            workspace_id=DEFAULT_WORKSPACE,
            account="server:25",
            revision=1,
            connections=Connections({"other": Share(3, 3, BEGINNING)}, limit=3),
        )
    )


@in_world
async def test_refused_connections_hand_their_messages_to_those_that_work(
    world: FakeWorld,
) -> None:
    """Three of eight senders get one; nothing waits, and the limit is stored for the others."""
    shared(world, LimitedTransport(3))
    await launched(world, people(40))
    await world.settle()
    assert {it.state for it in await messages(world)} == {MessageState.SENT}
    found = await state(world)
    assert (found.connections.limit, found.breaker.refusals) == (3, 0)
    assert found.connections.reason == "421 4.7.0 too many connections"


@in_world
async def test_worker_without_a_connection_puts_its_messages_back(world: FakeWorld) -> None:
    """While another worker has all. They wait without a delivery attempt, and the breaker stays
    closed, however often it is refused."""
    limiter = shared(world, LimitedTransport(0))
    await other_has_all(world)
    await launched(world, people(40))
    await world.settle()
    await world.pass_time(30)
    assert {(it.state, it.delivery_attempts) for it in await messages(world)} == {
        (MessageState.DEFERRED, 0)
    }
    found = await limiter.look(await world.store.now())
    assert found is not None
    assert (found.breaker.state, found.breaker.refusals) == (BreakerState.CLOSED, 0)


@in_world
async def test_server_that_takes_no_connection_from_anybody_opens_the_breaker(
    world: FakeWorld,
) -> None:
    """The other worker has not been heard of for a minute."""
    limiter = shared(world, LimitedTransport(0))
    await other_has_all(world)
    await launched(world, people(40))
    await world.pass_time(75)
    found = await limiter.look(await world.store.now())
    assert found is not None
    assert found.breaker.state is not BreakerState.CLOSED


@in_world
async def test_connection_that_the_server_ended_is_no_failure(world: FakeWorld) -> None:
    """It takes four messages in each. The message that found the connection closed waits a little,
    without a delivery attempt."""
    shared(world, LimitedTransport(2, messages_max=4))
    await launched(world, people(40))
    await world.settle()
    await world.pass_time(120)
    assert {(it.state, it.delivery_attempts) for it in await messages(world)} == {
        (MessageState.SENT, 0)
    }
    found = await state(world)
    assert (found.breaker.state, found.breaker.refusals) == (BreakerState.CLOSED, 0)
