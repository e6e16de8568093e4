"""Pooled connections: reused, probed, replaced, bounded, never reused when in doubt."""

import asyncio
import time

import aiosmtplib
import pytest

from functions.adapters.smtp import SmtpTransport
from functions.adapters.smtp_line import within
from functions.adapters.smtp_settings import SmtpSettings
from functions.flow.outcome import Concern, Deferred, Phase, Rejected
from harness.patience import patience
from tests.adapters.smtp_scene import SENT, envelope, run, send
from tests.adapters.smtp_server import DROP, STALL, Act, ScriptedServer


def test_connections_are_reused() -> None:
    """Within a slot and from one slot to the next."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        for _ in range(3):
            assert await send(transport, *[envelope()] * 5) == [SENT] * 5
        assert server.connections == 1
        assert len(server.messages) == 15
        assert not {"RSET", "NOOP"} & set(server.commands)

    run(test, ScriptedServer())


def test_server_is_greeted_by_the_given_name() -> None:
    """On every connection. Servers refuse names such as a container's id."""

    async def test(server: ScriptedServer, _: SmtpTransport) -> None:
        settings = SmtpSettings("127.0.0.1", server.port)
        transport = SmtpTransport(settings, own_name="mail.example.com")
        await send(transport)
        await transport.ping()
        await transport.close()
        greetings = [it for it in server.commands if it.startswith(("EHLO", "HELO"))]
        assert greetings == ["EHLO mail.example.com"] * 2

    run(test, ScriptedServer())


def test_connection_is_recycled_after_its_messages() -> None:
    """A server's limit of messages per connection is respected."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        for _ in range(6):
            assert await send(transport) == [SENT]
        assert server.connections == 3

    run(test, ScriptedServer(), messages_per_connection_max=2)


def test_long_idle_connection_is_closed() -> None:
    """After the bound a new one is opened without asking."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        await send(transport)
        await asyncio.sleep(0.05)
        await send(transport)
        assert server.connections == 2
        assert "NOOP" not in server.commands

    run(test, ScriptedServer(), idle_seconds_max=0.01)


@pytest.mark.parametrize(
    ("noop", "connections"), [(Act("250 ok"), 1), (DROP, 2), (STALL, 2), (Act("421 idle"), 2)]
)
def test_idle_connection_is_probed(noop: Act, connections: int) -> None:
    """A connection that does not answer NOOP is replaced, without affecting a message."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        await send(transport)
        assert await send(transport) == [SENT]
        assert server.commands.count("NOOP") == 1
        assert server.connections == connections

    run(test, ScriptedServer({"NOOP": [noop]}), probe_after_seconds=0.0)


@pytest.mark.parametrize(
    "at_mail", [DROP, Act("421 idle too long"), Act("421 idle too long", then_drop=True)]
)
def test_connection_closed_while_idle_costs_nothing(at_mail: Act) -> None:
    """The server had hung up between two messages: the second one goes over a new connection."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        await send(transport)
        server.script["MAIL"] = [at_mail]
        assert await send(transport) == [SENT]
        assert server.connections == 2
        assert len(server.messages) == 2

    run(test, ScriptedServer())


def test_a_busy_server_is_asked_twice_at_most() -> None:
    """If the new connection is refused as well, the message is deferred."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        await send(transport)
        server.script["MAIL"] = [Act("421 busy"), Act("421 still busy"), Act("421 no")]
        assert await send(transport) == [
            Deferred(421, "still busy", Phase.CONNECT, Concern.CONNECTION)
        ]
        assert server.connections == 2

    run(test, ScriptedServer())


def test_used_connection_that_stalls_is_not_tried_again() -> None:
    """A timeout is an outcome; another thirty seconds would be wasted."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        await send(transport)
        server.script["MAIL"] = [STALL]
        (outcome,) = await send(transport)
        assert isinstance(outcome, Deferred)
        assert server.connections == 1

    run(test, ScriptedServer())


def test_slots_are_bounded() -> None:
    """Twelve senders share three connections."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        outcomes = await asyncio.gather(*(send(transport, *[envelope()] * 3) for _ in range(12)))
        assert outcomes == [[SENT] * 3] * 12
        assert server.open_most <= 3
        assert server.connections == 3

    run(test, ScriptedServer(), connections_max=3)


@pytest.mark.parametrize("step", ["connect", "EHLO", "MAIL", "RCPT", "DATA", "content", "final"])
def test_cancelled_send_closes_its_connection(step: str) -> None:
    """Cancelled anywhere, the error goes on and the connection is never used again."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        sending = asyncio.create_task(send(transport))
        await server.event(step).wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert await send(transport, envelope(to="bo@example.org")) == [SENT]
        assert server.connections == 2

    run(test, ScriptedServer({step: [STALL]}), command_timeout_seconds=10.0)


@pytest.mark.parametrize("turns", range(5))
def test_cancellation_is_not_lost_to_an_answer(turns: int) -> None:
    """In whichever iteration of the loop the two coincide."""

    async def test() -> None:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        waiting = asyncio.create_task(within(1, answer))
        await asyncio.sleep(0)
        answer.set_result("250")
        for _ in range(turns):
            await asyncio.sleep(0)
        if waiting.cancel():
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(test())


def test_cancelled_content_is_not_finished() -> None:
    """Buffered data, including the final dot, is not sent after the cancellation."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        big = envelope(b"x" * 998 + b"\r\n" * 1 + (b"y" * 998 + b"\r\n") * 20_000)
        sending = asyncio.create_task(send(transport, big))
        await server.event("content").wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await asyncio.sleep(0.3)
        assert server.messages == []
        assert server.open_now == 0

    run(test, ScriptedServer({"content": [Act(after_seconds=0.1)]}))


def test_error_of_the_caller_frees_the_slot() -> None:
    """A slot left by an error is free again, and its clean connection too."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        async def fail() -> None:
            async with transport.connection() as connection:
                await connection.send(envelope())
                raise KeyError

        with pytest.raises(KeyError):
            await fail()
        assert await send(transport) == [SENT]
        assert server.connections == 1

    run(test, ScriptedServer(), connections_max=1)


def test_control_character_in_an_address_is_our_fault() -> None:
    """It raises, sends nothing and leaves no dirty connection behind."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        with pytest.raises(ValueError, match="control character"):
            await send(transport, envelope(to="ann@example.org>\r\nDATA"))
        assert "DATA" not in server.commands
        assert await send(transport) == [SENT]
        assert server.connections == 2

    run(test, ScriptedServer())


def test_ping_greets_and_leaves() -> None:
    """It says QUIT and sends nothing."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        await transport.ping()
        assert [command.split(" ")[0] for command in server.commands] == ["EHLO", "QUIT"]
        server.script["connect"] = [Act("421 busy", then_drop=True)]
        with pytest.raises(aiosmtplib.SMTPException):
            await transport.ping()

    run(test, ScriptedServer())


@pytest.mark.parametrize(
    ("script", "refused"),
    [
        ({}, None),
        (
            {"MAIL": [Act("550 5.7.1 sender rejected")]},
            ("MAIL", Rejected(550, "5.7.1 sender rejected", concern=Concern.SENDING_ACCOUNT)),
        ),
        (
            {"RCPT": [Act("554 5.7.1 <ann@example.org>: Relay access denied")]},
            (
                "RCPT",
                Rejected(
                    554,
                    "5.7.1 <ann@example.org>: Relay access denied",
                    concern=Concern.SENDING_ACCOUNT,
                ),
            ),
        ),
        (
            {"RSET": [Act("502 what")]},
            ("RSET", Deferred(502, "what", concern=Concern.CONNECTION)),
        ),
    ],
)
def test_envelope_is_tried_without_a_message(
    script: dict[str, list[Act]], refused: tuple[str, Deferred | Rejected] | None
) -> None:
    """MAIL, RCPT, RSET on a connection of its own; the refused command is named."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        assert await transport.try_envelope("us@example.com", "ann@example.org") == refused
        verbs = [it.split(" ")[0] for it in server.commands]
        assert (verbs[0], verbs[-1], "DATA" in verbs) == ("EHLO", "QUIT", False)
        assert server.messages == []

    run(test, ScriptedServer(script))


def test_close_says_goodbye() -> None:
    """Idle connections are quit at once, one in use when its slot is left."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        await send(transport)
        async with transport.connection() as connection:
            await connection.send(envelope())
            await transport.close()
        await send_nothing_and_wait(server)
        assert server.open_now == 0

    async def send_nothing_and_wait(server: ScriptedServer) -> None:
        async with asyncio.timeout(patience(10)):
            while server.open_now:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    run(test, ScriptedServer())


def test_close_does_not_wait_for_a_deaf_server() -> None:
    """QUIT has a short time."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        await send(transport)
        started = time.perf_counter()
        await transport.close()
        assert time.perf_counter() - started < patience(4)
        assert "QUIT" in server.commands

    run(test, ScriptedServer({"QUIT": [STALL]}))
