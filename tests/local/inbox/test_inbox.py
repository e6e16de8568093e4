"""The inbox in real SMTP conversations: what it keeps, refuses, survives and drops."""

import asyncio
import contextlib
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiosmtplib
import pytest

from harness.patience import patience, until
from local.inbox.ledger import InboxMessage
from local.inbox.server import Inbox, InboxLimits

SENDER = "sender@example.com"


def content(subject: str, body: str = "Hello") -> bytes:
    return (
        f"From: {SENDER}\r\nTo: reader@example.org\r\nSubject: {subject}\r\n"
        f"Message-ID: <{subject.replace(' ', '-')}@example.com>\r\n\r\n{body}\r\n"
    ).encode()


async def send(port: int, *messages: bytes, to: tuple[str, ...] = ("reader@example.org",)) -> None:
    """One connection, reused for every message."""
    async with aiosmtplib.SMTP(
        hostname="127.0.0.1", port=port, use_tls=False, start_tls=False
    ) as client:
        for message in messages:
            await client.sendmail(SENDER, list(to), message)


def converse(port: int, *lines: bytes) -> list[bytes]:
    """Sends a conversation word for word and disconnects; returns the server's answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=patience(10)) as connection:
        connection.sendall(b"".join(lines))
        if not lines[-1].endswith(b"QUIT\r\n"):
            connection.shutdown(socket.SHUT_WR)
        answers = b""
        while piece := connection.recv(65_536):
            answers += piece
    return answers.splitlines()


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    opened = Inbox(tmp_path / "inbox.db")
    opened.start()
    yield opened
    opened.stop()


def test_a_message_is_kept_as_it_was_sent(inbox: Inbox) -> None:
    """Envelope, decoded subject, message id, the inbox's time and every byte."""
    before_ms = time.time_ns() // 1_000_000
    raw = content("=?utf-8?q?Z=C3=BCrich_calls?=", ".dot\r\n..two\r\nplain\r\n.")
    asyncio.run(send(inbox.port, raw, to=("Ann@example.org", "bob@example.net")))
    (kept,) = inbox.messages()
    assert kept.subject == "Zürich calls"
    assert kept.mail_from == SENDER
    assert kept.rcpt_to == ("Ann@example.org", "bob@example.net")
    assert kept.message_id == "<=?utf-8?q?Z=C3=BCrich_calls?=@example.com>"  # ids are not decoded
    assert kept.raw == raw
    assert before_ms <= kept.received_at_ms <= time.time_ns() // 1_000_000


def test_messages_come_in_the_order_they_were_kept_after_a_number(inbox: Inbox) -> None:
    asyncio.run(send(inbox.port, *(content(f"Number {i}") for i in range(5))))
    assert [m.subject for m in inbox.messages()] == [f"Number {i}" for i in range(5)]
    third = [m.seq for m in inbox.messages()][2]
    assert [m.subject for m in inbox.messages(after=third)] == ["Number 3", "Number 4"]
    assert inbox.count() == 5


def test_many_connections_at_once_lose_nothing(inbox: Inbox) -> None:
    async def burst() -> None:
        await asyncio.gather(
            *(send(inbox.port, *(content(f"{c}-{i}") for i in range(20))) for c in range(10))
        )

    asyncio.run(burst())
    subjects = [message.subject for message in inbox.messages()]
    assert sorted(subjects) == sorted(f"{c}-{i}" for c in range(10) for i in range(20))


def test_mail_is_still_there_after_a_restart(tmp_path: Path) -> None:
    """The same file continues with the next number."""
    for turn in range(3):
        inbox = Inbox(tmp_path / "inbox.db")
        inbox.start()
        asyncio.run(send(inbox.port, content(f"Turn {turn}")))
        inbox.stop()
    assert [m.subject for m in Inbox(tmp_path / "inbox.db").messages()] == [
        "Turn 0",
        "Turn 1",
        "Turn 2",
    ]


def start_apart(path: Path) -> tuple["subprocess.Popen[str]", int]:
    inbox = subprocess.Popen(
        [sys.executable, "-m", "local.inbox", "--path", str(path), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert inbox.stdout is not None
    return inbox, int(inbox.stdout.readline().rsplit(":", 1)[1])


def test_message_answered_with_250_survives_a_kill(tmp_path: Path) -> None:
    """Killed in the middle of a burst: everything acknowledged is in the file, at most once."""
    path = tmp_path / "inbox.db"
    acknowledged: list[str] = []
    enough = asyncio.Event()

    async def pour(port: int, name: str) -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False)
        try:
            await client.connect()
            for i in range(100_000):
                await client.sendmail(SENDER, ["r@example.org"], content(f"{name} {i}"))
                acknowledged.append(f"{name} {i}")
                if len(acknowledged) == 100:
                    enough.set()
        except (aiosmtplib.SMTPException, OSError):
            client.close()

    async def until_killed(port: int, inbox: "subprocess.Popen[str]") -> None:
        pouring = asyncio.gather(*(pour(port, f"c{c}") for c in range(4)))
        await enough.wait()
        inbox.kill()
        await pouring

    apart, port = start_apart(path)
    try:
        asyncio.run(asyncio.wait_for(until_killed(port, apart), 60))
    finally:
        apart.kill()
        apart.wait()
    kept = [message.subject for message in Inbox(path).messages()]
    assert len(acknowledged) >= 100
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))
    reopened = Inbox(path)
    reopened.start()
    asyncio.run(send(reopened.port, content("After")))
    reopened.stop()
    assert reopened.count() == len(kept) + 1


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_inbox_by_itself_ends_cleanly(tmp_path: Path, ending: signal.Signals) -> None:
    path = tmp_path / "inbox.db"
    apart, port = start_apart(path)
    try:
        asyncio.run(send(port, content("Before the end")))
        apart.send_signal(ending)
        assert apart.wait(timeout=patience(15)) == 0
    finally:
        apart.kill()
        apart.wait()
    assert Inbox(path).count() == 1


def test_nothing_is_answered_250_before_it_is_on_disk(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed commit is answered with 451: the sender keeps the message."""

    def full_disk(*_: object) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(inbox.ledger, "append", full_disk)
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        asyncio.run(send(inbox.port, content("Lost?")))
    assert refused.value.code == 451
    assert "disk is full" in refused.value.message
    monkeypatch.undo()
    asyncio.run(send(inbox.port, content("Again")))
    assert [m.subject for m in inbox.messages()] == ["Again"]


def test_reading_sees_a_message_no_later_than_its_250(inbox: Inbox) -> None:
    async def alternate() -> None:
        async with aiosmtplib.SMTP(
            hostname="127.0.0.1", port=inbox.port, use_tls=False, start_tls=False
        ) as client:
            for i in range(20):
                await client.sendmail(SENDER, ["r@example.org"], content(f"{i}"))
                assert inbox.count() == i + 1

    asyncio.run(alternate())


def test_the_oldest_are_dropped_over_the_cap(tmp_path: Path) -> None:
    """By number and by bytes; the newest always stays, counts stay right."""
    inbox = Inbox(tmp_path / "inbox.db", limits=InboxLimits(messages_kept_max=3))
    inbox.start()
    for i in range(7):
        asyncio.run(send(inbox.port, content(f"N{i}")))
        assert inbox.count() == min(i + 1, 3)
    inbox.stop()
    assert [m.subject for m in inbox.messages()] == ["N4", "N5", "N6"]
    assert inbox.count() == 3
    assert [head.seq for head in inbox.ledger.page(recipient="reader@example.org", limit=9)] == [
        7,
        6,
        5,
    ]

    big = [content("Big 1", "x" * 900), content("Big 2", "x" * 900)]
    fits_bytes = sum(map(len, [content("N6"), *big]))
    small = Inbox(tmp_path / "inbox.db", limits=InboxLimits(bytes_kept_max=fits_bytes))
    small.start()
    asyncio.run(send(small.port, *big))
    assert [m.subject for m in small.messages()] == ["N6", "Big 1", "Big 2"]
    asyncio.run(send(small.port, content("Huge", ("x" * 900 + "\r\n") * 5)))
    assert [m.subject for m in small.messages()] == ["Huge"]
    small.stop()


def test_delete_all_empties_the_inbox_and_numbers_go_on(inbox: Inbox) -> None:
    asyncio.run(send(inbox.port, content("One"), content("Two")))
    assert inbox.ledger.delete_all() == 2
    assert inbox.count() == 0
    asyncio.run(send(inbox.port, content("Three")))
    assert [(m.seq, m.subject) for m in inbox.messages()] == [(3, "Three")]


def test_a_message_over_the_size_is_refused_and_the_connection_goes_on(tmp_path: Path) -> None:
    """Advertised (SIZE), refused at MAIL FROM if declared, otherwise after its end."""
    inbox = Inbox(tmp_path / "inbox.db", limits=InboxLimits(message_bytes_max=20_000))
    inbox.start()
    try:
        big = content("Big", ("x" * 900 + "\r\n") * 25)
        with pytest.raises(aiosmtplib.SMTPSenderRefused) as refused:
            asyncio.run(send(inbox.port, big))
        assert refused.value.code == 552
        envelope = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"
        answers = converse(
            inbox.port,
            b"EHLO x\r\n", envelope, big, b".\r\n", envelope, content("Small"), b".\r\n",
            b"QUIT\r\n",
        )  # fmt: skip
        codes = [answer[:3] for answer in answers]
        assert b"250-SIZE 20000" in answers
        assert codes[-8:] == [b"250", b"354", b"552", b"250", b"250", b"354", b"250", b"221"]
        assert [m.subject for m in inbox.messages()] == ["Small"]
        exact = content("Exact", "")
        exact += b"y" * 900 + b"\r\n"
        exact += (b"z" * 98 + b"\r\n") * 185
        exact += b"w" * (20_000 - len(exact) - 2) + b"\r\n"
        assert len(exact) == 20_000
        asyncio.run(send(inbox.port, exact))
        assert [m.raw for m in inbox.messages()][-1] == exact
    finally:
        inbox.stop()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b".\r\n", b""),
        (b"\r\n.\r\n", b"\r\n"),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"\r\n\r\n..a\r\n...\r\n.\r\n", b"\r\n\r\n.a\r\n..\r\n"),
        (b"a\n.\nb\r\n.\r\n", b"a\n.\nb\r\n"),
        (b"ab\r\r\n.\r\n", b"ab\r\r\n"),
        (b"x" * 998 + b"\r\n.\r\n", b"x" * 998 + b"\r\n"),
        ((b"x" * 70 + b"\r\n") * 9_000 + b".\r\n", (b"x" * 70 + b"\r\n") * 9_000),
    ],
)
def test_the_final_dot_and_doubled_dots(inbox: Inbox, sent: bytes, kept: bytes) -> None:
    """Wherever the end is, even if the next command follows in the same packet."""
    envelope = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"
    answers = converse(
        inbox.port, b"EHLO x\r\n", envelope, sent, envelope, b"S: 2\r\n\r\n.\r\nQUIT\r\n"
    )
    assert answers[-1].startswith(b"221")
    assert [m.raw for m in inbox.messages()] == [kept, b"S: 2\r\n\r\n"]


def test_wrong_commands_are_answered_and_keep_nothing(inbox: Inbox) -> None:
    answers = converse(
        inbox.port,
        b"MAIL FROM:<a@example.com>\r\n",
        b"EHLO x\r\n",
        b"DATA\r\n",
        b"MAIL FROM:<a@example.com>\r\nDATA\r\n",
        b"RCPT TO:<b@example.com>\r\nDATA now\r\n",
        b"DATA\r\n" + b"x" * 1_200 + b"\r\n.\r\n",
        b"QUIT\r\n",
    )
    codes = [answer[:3] for answer in answers if answer[3:4] == b" "]
    assert codes == [
        b"220", b"503", b"250", b"503", b"250", b"503", b"250", b"501", b"354", b"500", b"221",
    ]  # fmt: skip
    assert inbox.count() == 0


def test_a_sender_that_hangs_up_within_a_message_leaves_nothing(inbox: Inbox) -> None:
    converse(
        inbox.port,
        b"EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n",
        b"Subject: cut\r\n\r\nno end",
    )
    asyncio.run(send(inbox.port, content("Whole")))
    assert [m.subject for m in inbox.messages()] == ["Whole"]


def test_strange_headers_are_kept_and_shown_as_far_as_they_go(inbox: Inbox) -> None:
    raws = [
        b"Subject: caf\xe9\r\n\r\nlatin bytes\r\n",
        b"Subject: =?no-such-charset?q?x?=\r\n\r\n.\r\n",
        b"Subject: one\r\n two\r\n\r\nfolded\r\n",
        b"no headers at all\r\n",
        b"Subject: " + b"long " * 190 + b"\r\n " + b"long " * 190 + b"\r\n\r\n",
    ]
    asyncio.run(send(inbox.port, *raws))
    kept = list(inbox.messages())
    assert [m.subject for m in kept[1:4]] == ["=?no-such-charset?q?x?=", "one two", ""]
    assert kept[0].subject.startswith("caf")
    assert len(kept[4].subject) <= 998
    for message in kept:
        message.subject.encode()
    assert kept[0].raw == raws[0]


def test_connections_and_recipients_are_capped(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox.db", limits=InboxLimits(connections_max=2))
    inbox.start()
    try:
        held = [
            socket.create_connection(("127.0.0.1", inbox.port), timeout=patience(10))
            for _ in range(2)
        ]
        assert all(connection.recv(100).startswith(b"220") for connection in held)
        with socket.create_connection(("127.0.0.1", inbox.port), timeout=patience(10)) as third:
            assert third.recv(100).startswith(b"421")
        for connection in held:
            connection.close()
        many = b"".join(b"RCPT TO:<r%d@example.org>\r\n" % i for i in range(101))
        answers = _once_free(
            inbox.port, b"EHLO x\r\nMAIL FROM:<a@example.com>\r\n" + many + b"QUIT\r\n"
        )
        assert [answer[:3] for answer in answers[-3:]] == [b"250", b"452", b"221"]
    finally:
        inbox.stop()


def _once_free(port: int, lines: bytes) -> list[bytes]:
    """The server notices a closed connection a moment after the client closed it."""
    answers: list[bytes] = []

    def are_free() -> bool:
        with contextlib.suppress(ConnectionResetError):
            answers[:] = converse(port, lines)
            return not answers[0].startswith(b"421")
        return False

    until(are_free, told=lambda: "the connections that were closed are still counted")
    return answers


def test_reading_holds_one_message_at_a_time(inbox: Inbox) -> None:
    """A slow reader sees what arrives meanwhile, and what is deleted behind it."""
    asyncio.run(send(inbox.port, content("One"), content("Two")))
    reading = inbox.messages()
    seen: list[InboxMessage] = [next(reading)]
    asyncio.run(send(inbox.port, content("Three")))
    seen += reading
    assert [m.subject for m in seen] == ["One", "Two", "Three"]


def test_reading_where_there_is_no_inbox_makes_none(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        Inbox(tmp_path / "none.db").count()
    assert not (tmp_path / "none.db").exists()


def test_a_port_in_use_is_reported_at_the_start(inbox: Inbox, tmp_path: Path) -> None:
    second = Inbox(tmp_path / "second.db", port=inbox.port)
    with pytest.raises(OSError, match="in use"):
        second.start()
    second.stop()
