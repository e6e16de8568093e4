"""Returned mail in a mailbox of a real IMAP server: read once, and marked once it is stored."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.records import SuppressionReason
from harness.fakes.scenes import ANN, email, flow, in_world, launched, wait
from harness.fakes.world import FakeWorld
from harness.patience import patience
from harness.servers.dovecot import PASSWORD, USER, Dovecot
from local.receiver import mailbox
from local.receiver.mailbox import (
    MAILS_AT_ONCE,
    Mailbox,
    MailboxError,
    poll_mailbox,
    read_mailbox,
)
from local.receiver.mailbox_address import MailboxAddress

DOMAIN = "bounces.example.com"
MAILS = Path(__file__).parents[2] / "mail" / "returned"
OTHER_MAIL = (
    b"Return-Path: <eve@example.org>\r\nFrom: eve@example.org\r\nTo: us@example.com\r\n\r\nHi\r\n"
)


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


def address(dovecot: Dovecot, scheme: str = "imaps", password: str = PASSWORD) -> MailboxAddress:
    port = dovecot.port if scheme == "imaps" else dovecot.plain_port
    return MailboxAddress.parse(
        f"{scheme}://{USER}:{quote(password, safe='')}@localhost:{port}/INBOX"
    )


class Scene:
    """Ann got an e-mail."""

    def __init__(self, world: FakeWorld) -> None:
        self.world = world
        self.path = world.transport.sent[0].mail_from
        self.message_id = world.transport.sent[0].message_id

    def mail(self, name: str, delivered: str) -> bytes:
        """A returned mail about Ann's message, with the headers that a delivery adds."""
        text = (MAILS / f"{name}.eml").read_bytes()
        text = text.replace(b"b-token@bounces.example.com", self.path.encode())
        old = b"<0123456789abcdef0123456789abcdef@example.com>"
        return delivered.encode() + text.replace(old, self.message_id.encode())

    async def reason(self) -> SuppressionReason | None:
        found = await self.world.store.suppressions.find([(DEFAULT_WORKSPACE, ANN)])
        return found[0].reason if found else None


@asynccontextmanager
async def scene(world: FakeWorld) -> AsyncIterator[Scene]:
    policy = replace(world.made.policy, bounce_domain=DOMAIN)
    world.made = replace(world.made, policy=policy)
    await launched(world, flow([email("a"), wait("w", 86_400)], "a>w"))
    yield Scene(world)


@pytest.mark.parametrize("scheme", ["imaps", "imap"])
@in_world
async def test_bounce_in_the_mailbox_suppresses_its_reader(
    world: FakeWorld, dovecot: Dovecot, scheme: str
) -> None:
    """By TLS from the beginning or by STARTTLS. Other mail changes nothing; all is seen then."""
    async with scene(world) as it:
        for _ in range(MAILS_AT_ONCE + 1):
            dovecot.deliver(OTHER_MAIL)
        noted = f"Return-Path: <>\r\nDelivered-To: {it.path.upper()}\r\n"
        dovecot.deliver(it.mail("postfix-unknown-user", noted))
        where = address(dovecot, scheme)
        assert await read_mailbox(world.made, where, dovecot.tls) == MAILS_AT_ONCE + 2
        assert await it.reason() is SuppressionReason.HARD_BOUNCE
        assert dovecot.unseen() == 0
        assert await read_mailbox(world.made, where, dovecot.tls) == 0


@in_world
async def test_mail_that_is_not_recorded_stays_unseen(world: FakeWorld, dovecot: Dovecot) -> None:
    """And so does the mail after it; both are read again."""
    async with scene(world) as it:
        dovecot.deliver(it.mail("postfix-unknown-user", "Return-Path: <>\r\n"))
        dovecot.deliver(OTHER_MAIL)
        add = world.store.suppressions.add

        async def fails(batch):  # type: ignore[no-untyped-def]
            raise ConnectionResetError

        world.store.suppressions.add = fails  # type: ignore[method-assign]
        with pytest.raises(ConnectionResetError):
            await read_mailbox(world.made, address(dovecot), dovecot.tls)
        assert dovecot.unseen() == 2
        world.store.suppressions.add = add  # type: ignore[method-assign]
        assert await read_mailbox(world.made, address(dovecot), dovecot.tls) == 2
        assert await it.reason() is SuppressionReason.HARD_BOUNCE


@in_world
async def test_mail_that_is_too_large_is_not_fetched(
    world: FakeWorld, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is marked as seen, so that nobody looks at it again."""
    async with scene(world) as it:
        mail = it.mail("postfix-unknown-user", "Return-Path: <>\r\n")
        dovecot.deliver(mail)
        monkeypatch.setattr(mailbox, "MAIL_BYTES_MAX", len(mail) - 1)
        assert await read_mailbox(world.made, address(dovecot), dovecot.tls) == 1
        assert await it.reason() is None
        assert dovecot.unseen() == 0


@in_world
async def test_report_to_a_made_up_return_path_changes_nothing(
    world: FakeWorld, dovecot: Dovecot
) -> None:
    """Whatever its headers say."""
    async with scene(world) as it:
        made_up = it.path.replace("b-", "b-x", 1)
        mail = it.mail("postfix-unknown-user", f"Return-Path: <>\r\nDelivered-To: {made_up}\r\n")
        dovecot.deliver(mail.replace(it.path.encode(), made_up.encode()))
        assert await read_mailbox(world.made, address(dovecot), dovecot.tls) == 1
        assert await it.reason() is None


def test_login_needs_a_verified_server_and_the_password(dovecot: Dovecot) -> None:
    """The error shows neither."""
    with pytest.raises(MailboxError, match="login was refused") as refused:
        Mailbox(address(dovecot, password="wrong-secret"), dovecot.tls)
    assert "wrong-secret" not in str(refused.value)
    assert PASSWORD not in repr(address(dovecot))
    for scheme in ("imap", "imaps"):
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            Mailbox(address(dovecot, scheme))


@in_world
async def test_poller_goes_on_after_errors(
    world: FakeWorld, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits longer after each failure, and ends when it is asked to."""
    asked = asyncio.Event()
    ends = asyncio.Event()
    results: list[int | Exception] = [OSError("away"), MailboxError("no"), 3]

    async def read(*_: object) -> int:
        result = results.pop(0)
        if not results:
            asked.set()
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(mailbox, "read_mailbox", read)
    monkeypatch.setattr(mailbox, "PAUSE_SECONDS_MIN", 0.01)
    polling = asyncio.create_task(poll_mailbox(world.made, address(dovecot), ends))
    async with asyncio.timeout(patience(30)):
        await asked.wait()
        ends.set()
        await polling


@pytest.mark.parametrize(
    "uri", ["http://u:p@host/", "imaps://host/INBOX", "imaps://u:p@", "imaps", "imap:///x"]
)
def test_address_is_checked(uri: str) -> None:
    """The error says how it is written."""
    with pytest.raises(ValueError, match="imaps://user:password@host/folder"):
        MailboxAddress.parse(uri)
