"""Mail over real sockets, against a server that misbehaves at every step and one that works."""

import asyncio
from collections.abc import Sequence
from typing import Any

import aiosmtplib
import pytest
from aiosmtpd.smtp import SMTP as Sink  # noqa: N811 (a server, in a module about a client)
from hypothesis import given
from hypothesis import strategies as st

from functions.adapters.smtp import SmtpTransport
from functions.adapters.smtp_line import _stuffed
from functions.adapters.smtp_settings import SmtpSettings
from functions.flow.outcome import Concern, Deferred, Outcome, Phase, Rejected, Sent, Unknown
from harness.patience import patience
from tests.adapters.smtp_scene import SENT, SLOW_SECONDS, envelope, run, send
from tests.adapters.smtp_server import DROP, STALL, Act, ScriptedServer

SIZED = ("SIZE 10000000", "8BITMIME")
EHLO = {"in turn": SIZED, "at once": (*SIZED, "PIPELINING")}
either_way = pytest.mark.parametrize("ehlo", EHLO.values(), ids=EHLO)
"""The commands of an envelope one by one, or all of them at once."""


def one_outcome(
    script: dict[str, list[Act]], ehlo: Sequence[str]
) -> tuple[Outcome, ScriptedServer]:
    """Return the outcome of one message, after a second one succeeded over the same slot."""
    server = ScriptedServer({step: list(acts) for step, acts in script.items()}, ehlo)
    outcomes: list[Outcome] = []

    async def test(_: ScriptedServer, transport: SmtpTransport) -> None:
        outcomes.extend(await send(transport, envelope(), envelope(to="bo@example.org")))

    run(test, server)
    first, second = outcomes
    assert isinstance(second, Sent)
    assert server.commands.count("RCPT TO:<bo@example.org>") == 1
    assert len(server.messages) >= 1
    return first, server


BEFORE_THE_CONTENT = [
    ("connect", DROP, Phase.CONNECT, 0, 2),
    ("connect", STALL, Phase.CONNECT, 0, 2),
    ("connect", Act("421 too busy", then_drop=True), Phase.CONNECT, 421, 2),
    ("connect", Act("554 go away"), Phase.CONNECT, 554, 2),
    ("connect", Act("what?"), Phase.CONNECT, 0, 2),
    ("EHLO", DROP, Phase.CONNECT, 0, 2),
    ("EHLO", STALL, Phase.CONNECT, 0, 2),
    ("EHLO", Act("421 busy", then_drop=True), Phase.CONNECT, 421, 2),
    ("MAIL", DROP, Phase.CONNECT, 0, 2),
    ("MAIL", STALL, Phase.CONNECT, 0, 2),
    ("MAIL", Act("421 busy", then_drop=True), Phase.CONNECT, 421, 2),
    ("MAIL", Act("421 busy"), Phase.CONNECT, 421, 2),
    ("MAIL", Act("451 later"), Phase.ENVELOPE, 451, 1),
    ("MAIL", Act("what?"), Phase.CONNECT, 0, 2),
    ("MAIL", Act("354 too early"), Phase.CONNECT, 354, 2),
    ("RCPT", DROP, Phase.ENVELOPE, 0, 2),
    ("RCPT", STALL, Phase.ENVELOPE, 0, 2),
    ("RCPT", Act("421 busy"), Phase.ENVELOPE, 421, 2),
    ("RCPT", Act("450 mailbox busy"), Phase.ENVELOPE, 450, 1),
    ("RCPT", Act("452 full", then_drop=True), Phase.ENVELOPE, 452, 2),
    ("DATA", DROP, Phase.ENVELOPE, 0, 2),
    ("DATA", STALL, Phase.ENVELOPE, 0, 2),
    ("DATA", Act("421 busy"), Phase.ENVELOPE, 421, 2),
    ("DATA", Act("451 later"), Phase.ENVELOPE, 451, 1),
    ("DATA", Act("250 ok"), Phase.ENVELOPE, 250, 2),
]


@pytest.mark.parametrize(("step", "act", "phase", "code", "connections"), BEFORE_THE_CONTENT)
@either_way
def test_before_the_content_every_failure_is_deferred(
    step: str, act: Act, phase: Phase, code: int, connections: int, ehlo: Sequence[str]
) -> None:
    """The server holds no part of the message; a connection in doubt is not used again."""
    outcome, server = one_outcome({step: [act]}, ehlo)
    assert isinstance(outcome, Deferred)
    assert (outcome.phase, outcome.code) == (phase, code)
    assert outcome.reason
    assert "\n" not in outcome.reason
    assert server.connections == connections
    assert len(server.messages) == 1


CONCERNS = [
    ("MAIL", DROP, Concern.CONNECTION),
    ("MAIL", STALL, Concern.CONNECTION),
    ("MAIL", Act("421 busy"), Concern.CONNECTION),
    ("MAIL", Act("454 4.7.0 no login now"), Concern.SENDING_ACCOUNT),
    ("MAIL", Act("550 5.7.1 not from you"), Concern.SENDING_ACCOUNT),
    ("MAIL", Act("451 4.7.1 later"), Concern.RATE),
    ("RCPT", DROP, Concern.CONNECTION),
    ("RCPT", Act("451 4.7.1 greylisted"), Concern.RECIPIENT),
    ("RCPT", Act("554 5.7.1 relay access denied"), Concern.SENDING_ACCOUNT),
    ("DATA", Act("554 5.7.1 no"), Concern.UNCLEAR),
    ("final", Act("421 closing"), Concern.CONNECTION),
    ("final", Act("554 5.7.1 spam"), Concern.UNCLEAR),
]


@pytest.mark.parametrize(("step", "act", "concern"), CONCERNS)
@either_way
def test_refusal_says_what_it_is_about(
    step: str, act: Act, concern: Concern, ehlo: Sequence[str]
) -> None:
    """By the step and the server's words, as `tests/mail/test_refusal.py` shows in full."""
    outcome, _ = one_outcome({step: [act]}, ehlo)
    assert isinstance(outcome, Deferred | Rejected)
    assert outcome.concern is concern


@pytest.mark.parametrize(
    ("step", "phase"), [("MAIL", Phase.CONNECT), ("RCPT", Phase.ENVELOPE), ("DATA", Phase.ENVELOPE)]
)
@pytest.mark.parametrize("act", [DROP, Act("421 4.3.2 shutting down")])
@either_way
def test_connection_that_takes_no_first_message_is_as_good_as_none(
    step: str, phase: Phase, act: Act, ehlo: Sequence[str]
) -> None:
    outcome, _ = one_outcome({step: [act]}, ehlo)
    assert isinstance(outcome, Deferred)
    assert outcome.phase is phase


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
@either_way
def test_permanent_refusal_of_the_envelope(step: str, ehlo: Sequence[str]) -> None:
    """5yz is final; RSET makes the connection fit for the next message."""
    outcome, server = one_outcome({step: [Act("550-5.1.1 no such\r\n550 mailbox")]}, ehlo)
    assert outcome == Rejected(550, "5.1.1 no such mailbox", Phase.ENVELOPE)
    assert server.connections == 1
    assert server.commands.count("RSET") == 1
    assert len(server.messages) == 1


@pytest.mark.parametrize("rset", [DROP, STALL, Act("500 what?"), Act("421 bye", then_drop=True)])
@either_way
def test_connection_that_cannot_be_reset_is_closed(rset: Act, ehlo: Sequence[str]) -> None:
    """The refusal counts, whatever becomes of the RSET."""
    outcome, server = one_outcome({"RCPT": [Act("550 no")], "RSET": [rset]}, ehlo)
    assert outcome == Rejected(550, "no", Phase.ENVELOPE, Concern.UNCLEAR)
    assert server.connections == 2


AFTER_THE_CONTENT = [
    ("content", DROP),
    ("content", STALL),
    ("final", DROP),
    ("final", STALL),
    ("final", Act("what?")),
    ("final", Act("354 go on")),
    ("final", Act("25", then_drop=True)),
    ("final", Act("250-not finished", then_drop=True)),
]


@pytest.mark.parametrize(("step", "act"), AFTER_THE_CONTENT)
@either_way
def test_after_the_content_began_no_answer_is_unknown(
    step: str, act: Act, ehlo: Sequence[str]
) -> None:
    """Only the server knows; the connection is closed."""
    outcome, server = one_outcome({step: [act]}, ehlo)
    assert isinstance(outcome, Unknown)
    assert outcome.reason
    assert server.connections == 2
    assert server.commands.count("DATA") == 2


@pytest.mark.parametrize(
    ("act", "expected", "connections"),
    [
        (Act("250 taken"), Sent("taken"), 1),
        (Act("250-taken\r\n250 as 7"), Sent("taken as 7"), 1),
        (Act("251 forwarded"), Sent("forwarded"), 1),
        (Act("250 taken", then_drop=True), Sent("taken"), 2),
        (Act("250 slowly", after_seconds=SLOW_SECONDS / 2), Sent("slowly"), 1),
        (Act("451 4.3.0 later"), Deferred(451, "4.3.0 later", Phase.CONTENT), 1),
        (Act("452 full", then_drop=True), Deferred(452, "full", Phase.CONTENT), 2),
        (Act("421 closing"), Deferred(421, "closing", Phase.CONTENT, Concern.CONNECTION), 2),
        (Act("550 spam"), Rejected(550, "spam", Phase.CONTENT, Concern.UNCLEAR), 1),
        (Act("554 spam", then_drop=True), Rejected(554, "spam", Phase.CONTENT, Concern.UNCLEAR), 2),
    ],
)
@either_way
def test_answer_to_the_content_is_final(
    act: Act, expected: Outcome, connections: int, ehlo: Sequence[str]
) -> None:
    """2yz sent, 4yz deferred, 5yz rejected; what happens to the connection then changes nothing."""
    outcome, server = one_outcome({"final": [act]}, ehlo)
    assert outcome == expected
    assert server.connections == connections


@either_way
def test_answer_before_the_end_of_the_content(ehlo: Sequence[str]) -> None:
    """A server may refuse as soon as it has seen enough."""
    outcome, server = one_outcome({"content": [Act("552 too big", then_drop=True)]}, ehlo)
    assert outcome == Rejected(552, "too big", Phase.CONTENT)
    assert server.connections == 2


def test_content_waits_longer_than_a_command() -> None:
    """The final dot has a timeout of its own (RFC 5321 §4.5.3.2.6)."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        assert await send(transport) == [Sent("late")]

    late = Act("250 late", after_seconds=2 * SLOW_SECONDS)
    run(test, ScriptedServer({"final": [late]}), content_timeout_seconds=patience(20))
    assert SmtpSettings("mail.example.com").content_timeout_seconds == 600


def test_nobody_listens() -> None:
    """A refused connection and an unknown host are deferred like a greeting of 421."""

    async def inner() -> None:
        async with ScriptedServer().serving() as server:
            port = server.port
        for host in ("127.0.0.1", "nowhere.invalid"):
            transport = SmtpTransport(SmtpSettings(host, port))
            (outcome,) = await send(transport)
            assert isinstance(outcome, Deferred)
            assert (outcome.phase, outcome.code) == (Phase.CONNECT, 0)
            with pytest.raises((aiosmtplib.SMTPException, OSError)):
                await transport.ping()

    asyncio.run(inner())


@pytest.mark.parametrize(
    ("content", "arrives", "raw"),
    [
        (b".\r\n", b".\r\n", b"..\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n"),
        (b".a\r\n..b\r\n", b".a\r\n..b\r\n", b"..a\r\n...b\r\n"),
        (b"no end", b"no end\r\n", b"no end\r\n"),
        (b"a\n.\nQUIT\r\n", b"a\r\n.\r\nQUIT\r\n", b"a\r\n..\r\nQUIT\r\n"),
        (b"a\r.\rb\n", b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n"),
        ("Grüße\r\n".encode(), "Grüße\r\n".encode(), "Grüße\r\n".encode()),
        (b"\x00\xff\r\n", b"\x00\xff\r\n", b"\x00\xff\r\n"),
    ],
)
def test_content_arrives_as_it_was(content: bytes, arrives: bytes, raw: bytes) -> None:
    """Dots are doubled on the way, bare line ends cannot end a message, 8-bit bytes pass."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        assert await send(transport, envelope(content)) == [SENT]
        assert server.messages == [arrives]
        assert server.raw_messages == [raw]

    run(test, ScriptedServer())


@given(st.lists(st.sampled_from([b".", b"\r\n", b"\r", b"\n", b"a"]), max_size=12).map(b"".join))
def test_stuffing_hides_every_end(content: bytes) -> None:
    """Whatever the content, the only line that is a lone dot is the last one."""
    stuffed = _stuffed(content)
    assert stuffed.endswith(b"\r\n.\r\n") or stuffed == b".\r\n"
    body = stuffed[: -len(b".\r\n")]
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert b"\r" not in body.replace(b"\r\n", b"")
    assert b"." not in body.split(b"\r\n")


def test_mail_names_size_and_eight_bits() -> None:
    """A server that knows the extensions can refuse before the content."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        await send(transport, envelope(b"abc\r\n"), envelope("ü\r\n".encode()))
        mails = [command for command in server.commands if command.startswith("MAIL")]
        assert mails == [
            "MAIL FROM:<ada@example.com> SIZE=5",
            "MAIL FROM:<ada@example.com> SIZE=4 BODY=8BITMIME",
        ]

    run(test, ScriptedServer())


def test_plain_server_gets_plain_commands() -> None:
    """Without extensions there are no parameters; EHLO refused falls back to HELO."""

    async def test(server: ScriptedServer, transport: SmtpTransport) -> None:
        assert await send(transport) == [SENT]
        assert [command.split(" ")[0] for command in server.commands[:2]] == ["EHLO", "HELO"]
        assert "MAIL FROM:<ada@example.com>" in server.commands

    run(test, ScriptedServer({"EHLO": [Act("502 what?")]}))


class _Sink:
    """aiosmtpd's handler: keeps what comes."""

    def __init__(self) -> None:
        self.received: dict[str, bytes] = {}

    async def handle_DATA(self, _server: object, _session: object, message: Any) -> str:  # noqa: N802
        self.received[message.rcpt_tos[0]] = message.original_content
        return "250 kept"


def test_another_server_gets_every_message() -> None:
    """200 messages over four connections into aiosmtpd, byte for byte."""
    sink = _Sink()
    contents = {
        f"c{number}@example.org": f"Subject: {number}\r\n\r\n.{'.x' * number}\r\n..\r\n".encode()
        for number in range(200)
    }

    async def inner() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Sink(sink, hostname="sink"), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        transport = SmtpTransport(f"smtp://127.0.0.1:{port}", connections_max=4)
        messages = [envelope(content, to=to) for to, content in contents.items()]
        outcomes = await asyncio.gather(*(send(transport, *messages[n::4]) for n in range(4)))
        assert outcomes == [[Sent("kept")] * 50] * 4
        await transport.close()
        server.close()

    asyncio.run(inner())
    assert sink.received == contents
