"""The demo's readers against a fake gateway."""

import asyncio
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

import httpx
import pytest

from harness.patience import patience
from local.demo.readers import LOOK_MESSAGES_MAX, REQUESTS_MAX, Readers, Readings
from local.demo.script import Contact, Mail, read_contacts, read_script
from local.inbox.ledger import InboxMessage, Ledger, Received

GATEWAY = "http://127.0.0.1:8000"
SCRIPT = read_script()


class Gateway:
    """Answers like the tracking routes, records requests, and fails on demand."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.at_once = 0
        self.at_once_most = 0
        self.drops = 0
        self.target = SCRIPT.link.url
        self.status = 302
        self.pixel_kind = "image/gif"

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.at_once += 1
        self.at_once_most = max(self.at_once, self.at_once_most)
        await asyncio.sleep(0)
        self.at_once -= 1
        if self.drops:
            self.drops -= 1
            raise httpx.ConnectError("refused", request=request)
        self.asked.append(str(request.url))
        if "/click/" in request.url.path:
            return httpx.Response(self.status, headers={"location": self.target})
        return httpx.Response(200, headers={"content-type": self.pixel_kind}, content=b"GIF89a")


def page(contact: Contact, base: str = GATEWAY) -> str:
    """The link follows another one, its address contains an ampersand, and the pixel is last."""
    click = escape(f"{base}/click/{contact.position}?a=1&b=2")
    return (
        f'<p>Hi</p><a href="{base}/view/{contact.position}">See online</a>'
        f'<a href="{click}"><b>{SCRIPT.link.text}</b></a>'
        f'<a href="{base}/unsubscribe/{contact.position}">Unsubscribe</a>'
        f'<img src="{base}/open/{contact.position}" width="1" height="1" alt="">'
    )


def mail(contact: Contact, which: Mail = Mail.A, html: str | None = None) -> Received:
    raw = (
        "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n" + (html if html is not None else page(contact))
    ).encode()
    subject = SCRIPT.subject(which, contact)
    return Received(1, "hello@example.com", (contact.email,), "<x>", subject, raw)


@pytest.fixture
def contacts_csv(tmp_path: Path) -> Path:
    path = tmp_path / "contacts.csv"
    rows = (f"c{i}@example.com,Name{i}" for i in range(9))
    path.write_text("email,first_name\n" + "\n".join(rows) + "\n")
    return path


class Mailbox:
    """A ledger as a source of mail, with a method to add some."""

    def __init__(self, path: Path) -> None:
        self._ledger = Ledger(path)
        self._ledger.create()

    def messages(self, after: int = 0) -> Iterator[InboxMessage]:
        return self._ledger.messages(after=after)

    def put(self, *messages: Received) -> None:
        connection = self._ledger.connect()
        self._ledger.append(connection, messages)
        connection.close()


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "inbox.db")


def readers_of(
    mailbox: Mailbox,
    contacts_csv: Path,
    gateway: Gateway,
    on_reading: Callable[[Readings], None] | None = None,
) -> Readers:
    return Readers(
        mailbox,
        contacts_csv,
        GATEWAY,
        transport=httpx.MockTransport(gateway),
        on_reading=on_reading,
    )


def play(readers: Readers, after: int = 0) -> Readings:
    return asyncio.run(asyncio.wait_for(readers.play(after=after), 20))


def test_each_reader_does_its_deed_once(mailbox: Mailbox, contacts_csv: Path) -> None:
    """Every third clicks the link, every third loads the pixel, and there is no other request."""
    gateway = Gateway()
    contacts = read_contacts(contacts_csv)
    mailbox.put(*(mail(c) for c in contacts))
    mailbox.put(mail(contacts[0]))
    readings = play(readers_of(mailbox, contacts_csv, gateway))
    assert (readings.clicked, readings.opened, readings.ignored) == (3, 3, 3)
    assert readings.failures == []
    assert sorted(gateway.asked) == sorted(
        [f"{GATEWAY}/click/{i}?a=1&b=2" for i in (0, 3, 6)]
        + [f"{GATEWAY}/open/{i}" for i in (1, 4, 7)]
    )


def test_mail_is_read_as_it_arrives(mailbox: Mailbox, contacts_csv: Path) -> None:
    """Second e-mails, older mail and mail to strangers trigger nothing; progress is reported."""
    gateway = Gateway()
    contacts = read_contacts(contacts_csv)
    told: list[int] = []
    mailbox.put(mail(contacts[0]))  # number 1: of an earlier run
    readers = readers_of(
        mailbox, contacts_csv, gateway, lambda readings: told.append(readings.done)
    )

    async def arrive() -> Readings:
        playing = asyncio.create_task(readers.play(after=1))
        for contact in contacts:
            mailbox.put(mail(contact, Mail.B))
            await asyncio.sleep(0.05)
            assert readers.readings.done <= contact.position
            mailbox.put(mail(contact))
        return await asyncio.wait_for(playing, patience(20))

    readings = asyncio.run(arrive())
    assert readings.done == 9
    assert told == list(range(1, 10))
    assert len(gateway.asked) == 6


def test_reading_ends_when_told_to(mailbox: Mailbox, contacts_csv: Path) -> None:
    readers = readers_of(mailbox, contacts_csv, Gateway())
    mailbox.put(mail(read_contacts(contacts_csv)[2]))

    async def stopped() -> Readings:
        stop = asyncio.Event()
        playing = asyncio.create_task(readers.play(stop=stop))
        while not readers.readings.done:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        stop.set()
        return await asyncio.wait_for(playing, patience(20))

    readings = asyncio.run(stopped())
    assert (readings.ignored, readings.done) == (1, 1)


def test_many_mails_at_once_ask_the_gateway_little_at_a_time(
    mailbox: Mailbox, tmp_path: Path
) -> None:
    people = 3 * LOOK_MESSAGES_MAX
    contacts_csv = tmp_path / "many.csv"
    contacts_csv.write_text(
        "email,first_name\n" + "".join(f"m{i}@example.com,N{i}\n" for i in range(people))
    )
    mailbox.put(*(mail(contact) for contact in read_contacts(contacts_csv)))
    gateway = Gateway()
    readings = play(readers_of(mailbox, contacts_csv, gateway))
    assert (readings.clicked, readings.opened, readings.ignored) == (100, 100, 100)
    assert 1 < gateway.at_once_most <= REQUESTS_MAX


def test_a_gateway_that_hangs_up_is_asked_again(mailbox: Mailbox, contacts_csv: Path) -> None:
    gateway = Gateway()
    gateway.drops = 2
    mailbox.put(*(mail(contact) for contact in read_contacts(contacts_csv)))
    readings = play(readers_of(mailbox, contacts_csv, gateway))
    assert readings.failures == []
    assert readings.clicked == 3


def no_link(contact: Contact) -> str:
    return page(contact).replace(SCRIPT.link.text, "Another text")


def no_pixel(contact: Contact) -> str:
    return page(contact).replace("<img", "<hr")


def elsewhere(contact: Contact) -> str:
    return page(contact, "https://tracking.example.com")


def untracked(contact: Contact) -> str:
    return page(contact).replace(f"{GATEWAY}/click", "https://example.com/click")


@pytest.mark.parametrize(
    ("html", "change", "failed", "message"),
    [
        (no_link, {}, 3, 'no link "'),
        (no_pixel, {}, 3, "no pixel"),
        (elsewhere, {}, 6, "is not at the gateway"),
        (untracked, {}, 3, "is not at the gateway"),
        (page, {"target": "https://evil.example/"}, 3, "leads to https://evil.example/"),
        (page, {"status": 200}, 3, "answered 200, not a redirect"),
        (page, {"pixel_kind": "text/html"}, 3, "the pixel answered 200 text/html"),
        (page, {"drops": 1_000}, 6, "does not answer"),
    ],
)
def test_what_is_wrong_with_mail_or_gateway_is_reported(
    mailbox: Mailbox,
    contacts_csv: Path,
    html: Callable[[Contact], str],
    change: dict[str, object],
    failed: int,
    message: str,
) -> None:
    """Each is reported as a failure of its reader, and no request goes to another host."""
    gateway = Gateway()
    for name, value in change.items():
        setattr(gateway, name, value)
    mailbox.put(*(mail(c, html=html(c)) for c in read_contacts(contacts_csv)))
    readings = play(readers_of(mailbox, contacts_csv, gateway))
    assert len(readings.failures) == failed
    assert all(message in failure for failure in readings.failures)
    assert all(url.startswith(GATEWAY) for url in gateway.asked)
