"""Pipelining the envelope if the server supports it, and replies in any form."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from functions.adapters.smtp import SmtpTransport
from functions.adapters.smtp_settings import SmtpSettings
from functions.flow.outcome import Concern, Deferred, Outcome, Phase, Rejected, Sent, Unknown
from tests.adapters.smtp_scene import SENT, SLOW_SECONDS, envelope, run, send
from tests.adapters.smtp_server import Act, ScriptedServer

PIPELINING = ("8BITMIME", "PIPELINING")


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def sent_to(serve: Serve, *, times: int = 1) -> list[Outcome]:
    """The outcomes of messages to a server that is defined by `serve`."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    settings = SmtpSettings(
        "127.0.0.1",
        server.sockets[0].getsockname()[1],
        command_timeout_seconds=SLOW_SECONDS,
        content_timeout_seconds=SLOW_SECONDS,
    )
    transport = SmtpTransport(settings)
    try:
        return await send(transport, *[envelope()] * times)
    finally:
        await transport.close()
        server.close()


async def conversed(
    replies: Sequence[bytes], finals: Sequence[bytes] = (), *, times: int = 1
) -> tuple[list[Outcome], bytes]:
    """The outcomes of messages to a server that writes `replies` piece by piece once all commands
    of an envelope have arrived, and `finals` once the content has; and what arrived.
    """
    came = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came
        await _greet(reader, writer, b"PIPELINING")
        await reader.readuntil(b"DATA\r\n")
        await _write(writer, replies)
        try:
            came += await reader.readuntil(b"\r\n.\r\n")
            await _write(writer, finals)
        except asyncio.IncompleteReadError as broken:
            came += broken.partial
        writer.close()

    return await sent_to(serve, times=times), came


async def _greet(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, extension: bytes
) -> None:
    writer.write(b"220 ready\r\n")
    await reader.readline()
    writer.write(b"250-raw\r\n250 " + extension + b"\r\n")


async def _write(writer: asyncio.StreamWriter, pieces: Sequence[bytes]) -> None:
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        # A packet of its own, as far as one can be asked for.
        await asyncio.sleep(0.005)


OK = b"250 ok\r\n"
GO_ON = b"354 go on\r\n"
TAKEN = b"250-taken\r\n250 as 7\r\n"
AT_ONCE = OK + OK + GO_ON


@pytest.mark.parametrize(
    ("replies", "finals"),
    [
        ([AT_ONCE], [TAKEN]),
        ([OK, OK, GO_ON], [TAKEN]),
        ([OK + b"25", b"0 ok\r", b"\n354-go\r\n354 o", b"n\r\n"], [TAKEN[:11], TAKEN[11:]]),
        ([bytes([it]) for it in AT_ONCE], [bytes([it]) for it in TAKEN]),
    ],
    ids=["together", "one by one", "cut anywhere", "byte by byte"],
)
def test_replies_are_told_apart_however_they_come(
    replies: Sequence[bytes], finals: Sequence[bytes]
) -> None:
    """A server that answers only once all three commands have come is answered at all."""
    outcomes, _ = asyncio.run(conversed(replies, finals))
    assert outcomes == [Sent("taken as 7")]


def test_without_the_extension_nothing_is_sent_ahead() -> None:
    """A server that does not name PIPELINING waits for its turn, and so do we."""
    came = b""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came
        await _greet(reader, writer, b"8BITMIME")
        came = await reader.read(1000)
        writer.close()

    asyncio.run(sent_to(serve))
    assert came == b"MAIL FROM:<ada@example.com>\r\n"


@pytest.mark.parametrize("answers", [b"550 no\r\n250 ok\r\n", b"250 ok\r\n550 no\r\n"])
def test_content_of_a_refused_envelope_never_leaves(answers: bytes) -> None:
    """If the server still asks for it, the connection is closed: there is nothing to deliver."""
    outcomes, came = asyncio.run(conversed([answers + GO_ON]))
    (outcome,) = outcomes
    assert isinstance(outcome, Rejected)
    assert (outcome.code, outcome.reason, outcome.phase) == (550, "no", Phase.ENVELOPE)
    assert came == b""


def test_first_refusal_is_the_one_that_counts() -> None:
    """Later commands are refused because of it."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        first, second = await send(transport, envelope(), envelope())
        assert first == Deferred(451, "later", Phase.ENVELOPE, Concern.RATE)
        assert second == SENT
        assert [it.split(" ")[0] for it in server.commands] == [
            *("EHLO", "MAIL", "RCPT", "DATA", "RSET"),
            *("MAIL", "RCPT", "DATA"),
        ]

    run(test, ScriptedServer({"MAIL": [Act("451 later")]}, ehlo=PIPELINING))


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (OK + b"no reply at all\r\n", "Malformed"),
        (OK + b"25\xb2 ok\r\n", "Malformed"),
        (b"250-" + b"x" * 40_000, "without end"),
        (b"250-x\r\n" * 6_000, "without end"),
        (AT_ONCE + b"250 too early\r\n", "Unexpected reply"),
    ],
    ids=["words", "odd digit", "no end of line", "no end of lines", "unasked for"],
)
def test_invalid_reply_ends_the_conversation(reply: bytes, message: str) -> None:
    """Bounded, and never taken for the reply of something else."""
    (outcome,), _ = asyncio.run(conversed([reply], [TAKEN]))
    assert isinstance(outcome, Deferred)
    assert message in outcome.reason


def test_invalid_reply_to_the_content_leaves_it_unknown() -> None:
    """The server may have taken the message."""
    (outcome,), _ = asyncio.run(conversed([AT_ONCE], [b"x" * 40_000]))
    assert isinstance(outcome, Unknown)


def test_a_server_that_says_goodbye_in_between_is_left() -> None:
    """An unexpected reply belongs to no message; the next message uses a new connection."""
    goodbye = b"421 closing for the night\r\n"
    outcomes, _ = asyncio.run(conversed([AT_ONCE], [TAKEN + goodbye], times=2))
    assert outcomes == [Sent("taken as 7"), Sent("taken as 7")]
