"""A pool in front of a server that takes few connections, and few messages in each."""

import asyncio

from functions.adapters.smtp import SmtpConnection, SmtpTransport
from functions.flow.outcome import Deferred, Outcome, Phase, Sent
from harness.patience import until
from harness.servers.limited_mailbox import LimitedMailbox
from tests.adapters.smtp_scene import envelope


async def send_all(transport: SmtpTransport, messages: int) -> list[Outcome]:
    """As many senders as there may be connections; one that gets none leaves the rest to others."""
    queue = list(range(messages))
    outcomes: list[Outcome] = []

    async def sender() -> None:
        async with transport.connection() as connection:
            while queue:
                if await connection.open() is not None:
                    return
                if not queue:
                    return
                number = queue.pop()
                outcome = await connection.send(envelope(to=f"p{number}@example.org"))
                if isinstance(outcome, Deferred) and outcome.phase is Phase.CONNECT:
                    # The server may still count a connection that it has closed.
                    queue.append(number)
                    return
                outcomes.append(outcome)

    while queue:
        await asyncio.gather(*(sender() for _ in range(transport.connections_limit)))
    return outcomes


def test_refused_connections_cost_no_message() -> None:
    """Three of sixteen are taken; they send everything, and the pool keeps to three."""
    with LimitedMailbox(connections_max=3, seconds_per_message=0.01) as mailbox:

        async def test() -> None:
            transport = SmtpTransport(mailbox.uri, connections_max=16)
            outcomes = await send_all(transport, 60)
            assert {type(it) for it in outcomes} == {Sent}
            assert (transport.connections_limit, transport.connections_working) == (3, 3)
            assert transport.message_seconds >= 0.01
            refused = mailbox.refused
            await send_all(transport, 20)
            assert (mailbox.refused, mailbox.opened) == (refused, 3)
            await transport.close()

        asyncio.run(test())
        assert len(mailbox.accepted) == 80


def test_refusal_waits_until_it_is_known_whether_other_connections_work() -> None:
    """Else one that is open, but has not been used yet, would count as none."""
    with LimitedMailbox(connections_max=1) as mailbox:

        async def refused(transport: SmtpTransport, connection: SmtpConnection) -> int:
            assert isinstance(await connection.open(), Deferred)
            return transport.connections_working

        async def test() -> None:
            transport = SmtpTransport(mailbox.uri, connections_max=4)
            async with transport.connection() as first, transport.connection() as second:
                assert await first.open() is None
                working = asyncio.create_task(refused(transport, second))
                await asyncio.to_thread(until, lambda: mailbox.refused == 1)
                await asyncio.sleep(0.05)
                assert isinstance(await first.send(envelope()), Sent)
                assert await working == 1
            await transport.close()

        asyncio.run(test())


def test_refusal_does_not_wait_for_connections_that_nobody_uses() -> None:
    with LimitedMailbox(connections_max=1) as mailbox:

        async def test() -> None:
            transport = SmtpTransport(mailbox.uri, connections_max=4)
            async with transport.connection() as first, transport.connection() as second:
                assert await first.open() is None
                refused = asyncio.create_task(second.open())
                await asyncio.to_thread(until, lambda: mailbox.refused == 1)
                first.hand_back()
                assert isinstance(await refused, Deferred)
            await transport.close()

        asyncio.run(test())


def test_messages_per_connection_are_no_failure() -> None:
    """The server ends each connection after five messages; the sixth goes over a new one."""
    with LimitedMailbox(connections_max=2, messages_max=5) as mailbox:

        async def test() -> None:
            transport = SmtpTransport(mailbox.uri, connections_max=8)
            outcomes = await send_all(transport, 60)
            assert {type(it) for it in outcomes} == {Sent}
            await transport.close()

        asyncio.run(test())
        assert len({it.recipient for it in mailbox.accepted}) == 60
        assert 12 <= mailbox.opened <= 14


def test_several_connections_that_have_had_all_their_messages_are_no_failure() -> None:
    """The next message tries each of them, then a new one."""
    with LimitedMailbox(messages_max=1) as mailbox:

        async def test() -> None:
            transport = SmtpTransport(mailbox.uri, connections_max=3)
            async with transport.connection() as one, transport.connection() as another:
                for connection in (one, another):
                    assert isinstance(await connection.send(envelope()), Sent)
            async with transport.connection() as connection:
                assert isinstance(await connection.send(envelope()), Sent)
            await transport.close()

        asyncio.run(test())
        assert mailbox.opened == 3


def test_fewer_connections_are_closed_when_they_are_idle() -> None:
    """And handed-back ones later, so that other workers get them. More may be opened again."""
    with LimitedMailbox(seconds_per_message=0.01) as mailbox:

        async def test() -> None:
            transport = SmtpTransport(mailbox.uri, connections_max=4)
            await send_all(transport, 20)
            assert transport.connections_working == 4
            async with transport.connection() as connection:
                await connection.send(envelope())
                transport.limit_to(1)
                assert transport.connections_working == 1
            assert transport.connections_working == 1
            transport.limit_to(0)
            assert transport.connections_limit == 1
            transport.limit_to(9)
            assert transport.connections_limit == 4
            await transport.close()

        asyncio.run(test())


def test_worker_without_a_connection_does_not_ask_again_at_once() -> None:
    """While others have all, one connection is tried every two seconds."""
    with LimitedMailbox(connections_max=0) as mailbox:

        async def test() -> None:
            transport = SmtpTransport(mailbox.uri, connections_max=4)
            transport.limit_to(1)
            clock = asyncio.get_running_loop().time
            began = clock()
            for _ in range(2):
                async with transport.connection() as connection:
                    assert isinstance(await connection.open(), Deferred)
            assert clock() - began >= 2
            assert mailbox.refused == 2
            await transport.close()

        asyncio.run(test())
