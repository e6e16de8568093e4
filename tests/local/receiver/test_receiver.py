"""The receiver of returned mail, over real sockets: what it takes, refuses and bounds."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiosmtplib
import pytest

from functions.flow.lead import Lead
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.records import SuppressionReason
from harness.fakes.scenes import ANN, email, flow, in_world, launched, wait
from harness.fakes.world import FakeWorld
from local.receiver.server import ReceiverLimits, receiving

DOMAIN = "bounces.example.com"
MAILS = Path(__file__).parents[2] / "mail" / "returned"
PATH_IN_MAILS = b"b-token@bounces.example.com"
ID_IN_MAILS = b"<0123456789abcdef0123456789abcdef@example.com>"


class Scene:
    """Ann got an e-mail, which returns to `path`."""

    def __init__(self, world: FakeWorld, lead: Lead, port: int) -> None:
        self.world = world
        self.lead = lead
        self.port = port
        self.path = world.transport.sent[0].mail_from
        self.message_id = world.transport.sent[0].message_id

    @asynccontextmanager
    async def client(self) -> AsyncIterator[aiosmtplib.SMTP]:
        made = aiosmtplib.SMTP(
            hostname="127.0.0.1",
            port=self.port,
            start_tls=False,
            local_hostname="mx.example.org",
        )
        async with made:
            yield made

    def mail(self, name: str, *, message_id: str | None = None) -> bytes:
        """One of the returned mails, about the message that Ann got."""
        text = (MAILS / f"{name}.eml").read_bytes()
        text = text.replace(PATH_IN_MAILS, self.path.encode())
        return text.replace(ID_IN_MAILS, (message_id or self.message_id).encode())

    async def send(self, mail: bytes, to: str | None = None, sender: str = "") -> str:
        async with self.client() as client:
            _, answer = await client.sendmail(sender, [to or self.path], mail)
            return answer

    async def reason(self) -> SuppressionReason | None:
        found = await self.world.store.suppressions.find([(DEFAULT_WORKSPACE, ANN)])
        return found[0].reason if found else None


@asynccontextmanager
async def scene(
    world: FakeWorld, limits: ReceiverLimits | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Scene]:
    policy = replace(world.made.policy, bounce_domain=DOMAIN)
    world.made = replace(world.made, policy=policy)
    lead = await launched(world, flow([email("a"), wait("w", 86_400)], "a>w"))
    async with receiving(world.made, host="127.0.0.1", port=0, limits=limits, tls=tls) as port:
        yield Scene(world, lead, port)


@in_world
async def test_bounce_of_our_message_suppresses_its_reader(world: FakeWorld) -> None:
    """In the spelling of a server that puts addresses in upper case."""
    async with scene(world) as it:
        mail = it.mail("postfix-unknown-user")
        assert "Recorded" in await it.send(mail, to=it.path.upper())
        assert await it.reason() is SuppressionReason.HARD_BOUNCE


@in_world
async def test_complaint_names_its_message_by_the_return_path_in_it(world: FakeWorld) -> None:
    """It comes to the address for complaints, from any sender."""
    async with scene(world) as it:
        to = f"complaints@{DOMAIN}"
        for name in ("complaint", "complaint-redacted"):
            answer = await it.send(it.mail(name), to=to, sender="fbl@mailbox.example")
            assert "Recorded" in answer
        assert await it.reason() is SuppressionReason.COMPLAINT


@pytest.mark.parametrize(
    "name", ["out-of-office", "person-replies", "postfix-delayed", "bounce-of-a-bounce", "nothing"]
)
@in_world
async def test_return_path_without_a_report_changes_nothing(world: FakeWorld, name: str) -> None:
    """The mail is taken, so that nobody brings it again."""
    async with scene(world) as it:
        assert "Nothing follows" in await it.send(it.mail(name), sender="ann@example.org")
        assert await it.reason() is None


@in_world
async def test_report_about_somebody_elses_mail_changes_nothing(world: FakeWorld) -> None:
    """To a valid return path, or to the address for complaints without one."""
    async with scene(world) as it:
        theirs = it.mail("postfix-unknown-user", message_id="<ffff@another.example>")
        await it.send(theirs)
        foreign = (MAILS / "complaint.eml").read_bytes()
        assert "Nothing follows" in await it.send(foreign, to=f"complaints@{DOMAIN}")
        assert await it.reason() is None


@in_world
async def test_unknown_recipients_are_refused(world: FakeWorld) -> None:
    """Before any content: a return path that was made up, or another domain."""
    async with scene(world) as it, it.client() as client:
        await client.mail("")
        made_up = it.path.replace("@", "x@")
        for to in (made_up, "postmaster@example.com", f"ann@{DOMAIN}", it.path + ".example"):
            with pytest.raises(aiosmtplib.SMTPRecipientRefused) as refused:
                await client.rcpt(to)
            assert (refused.value.code, refused.value.message[:5]) == (550, "5.1.1")
        await client.rcpt(it.path)
        with pytest.raises(aiosmtplib.SMTPRecipientRefused) as refused:
            await client.rcpt(it.path)
        assert refused.value.code == 452


@in_world
async def test_mail_that_cannot_be_recorded_stays_with_its_sender(world: FakeWorld) -> None:
    """And is recorded when it comes again."""
    async with scene(world) as it:
        mail = it.mail("postfix-unknown-user")
        add = world.store.suppressions.add

        async def fails(batch):  # type: ignore[no-untyped-def]
            raise ConnectionResetError

        world.store.suppressions.add = fails  # type: ignore[method-assign]
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await it.send(mail)
        assert refused.value.code == 451
        world.store.suppressions.add = add  # type: ignore[method-assign]
        assert "Recorded" in await it.send(mail)
        assert await it.reason() is SuppressionReason.HARD_BOUNCE


@in_world
async def test_receiver_speaks_lmtp(world: FakeWorld) -> None:
    """As local delivery agents do."""
    async with scene(world) as it:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)

        async def say(line: bytes, code: bytes) -> None:
            writer.write(line + b"\r\n")
            while (answer := await reader.readline())[3:4] == b"-":
                pass
            assert answer.startswith(code), answer

        assert (await reader.readline()).startswith(b"220")
        await say(b"LHLO mx.example.org", b"250")
        await say(b"MAIL FROM:<>", b"250")
        await say(f"RCPT TO:<{it.path}>".encode(), b"250")
        await say(b"DATA", b"354")
        mail = it.mail("exim-unknown-user").replace(b"\n", b"\r\n")
        await say(mail + b"\r\n.", b"250 2.0.0 Recorded")
        writer.close()
        assert await it.reason() is SuppressionReason.HARD_BOUNCE


@in_world
async def test_endless_commands_end_the_connection(world: FakeWorld) -> None:
    """A sender that only talks is disconnected."""
    limits = ReceiverLimits(commands_per_connection_max=5)
    async with scene(world, limits) as it, it.client() as client:
        await client.ehlo()
        codes = [(await client.execute_command(b"NOOP")).code for _ in range(6)]
        assert codes == [250] * 5 + [421]


@in_world
async def test_receiver_is_bounded(world: FakeWorld) -> None:
    """In size, connections and messages per second."""
    limits = ReceiverLimits(message_bytes_max=5_000, connections_max=2, messages_per_second_max=3)
    async with scene(world, limits) as it, it.client() as one, it.client():
        await one.ehlo()
        assert one.esmtp_extensions["size"] == "5000"
        with pytest.raises(aiosmtplib.SMTPConnectResponseError) as refused:
            async with it.client():
                pass
        assert refused.value.code == 421
        await one.mail("")  # without its size
        await one.rcpt(it.path)
        with pytest.raises(aiosmtplib.SMTPDataError) as too_large:
            await one.data(b"x\r\n" * 3_000)
        assert too_large.value.code == 552
        codes = []
        for _ in range(20):
            await one.rset()
            await one.mail("")
            try:
                codes.append((await one.rcpt(it.path)).code)
            except aiosmtplib.SMTPRecipientRefused as slowed:
                codes.append(slowed.code)
        assert 451 in codes
        assert 250 in codes
