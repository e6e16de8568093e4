"""The demo's readers: they find their mail in the inbox and click, open, or do nothing.

A reader knows what a person knows: the message, the text of its link, and the pictures that a mail
program would load. The code does not know how tracked addresses are built and never asks the
engine. Requests go only to the gateway, and redirects are checked but not followed, because they
lead to other machines.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

import httpx

from local.demo.script import Contact, Deed, Mail, Script, read_contacts, read_script
from local.inbox.ledger import InboxMessage
from local.inbox.reading import ReadMessage, read_message

LOOK_SECONDS = 0.1
LOOK_MESSAGES_MAX = 100
REQUESTS_MAX = 8
REQUEST_SECONDS = 10.0
RETRY_SECONDS = (0.2, 0.5, 1.0)
REDIRECTS = (302, 303, 307)


class MailSource(Protocol):
    def messages(self, after: int = 0) -> Iterator[InboxMessage]: ...


class ReadingError(Exception):
    """A reader could not act. The message says what is wrong with the mail or the gateway."""


@dataclass(slots=True)
class Readings:
    """How many readers have done what, and messages about what went wrong."""

    clicked: int = 0
    opened: int = 0
    ignored: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.clicked + self.opened + self.ignored + len(self.failures)


class Readers:
    """`play` returns when every contact's first e-mail has been read or `stop` is set."""

    def __init__(
        self,
        inbox: MailSource,
        contacts_csv: Path,
        gateway_url: str,
        *,
        script: Script | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        on_reading: Callable[[Readings], None] | None = None,
    ) -> None:
        self.readings = Readings()
        self._inbox = inbox
        self._unread = {contact.email: contact for contact in read_contacts(contacts_csv)}
        self._gateway = httpx.URL(gateway_url)
        self._script = script or read_script()
        self._transport = transport
        self._on_reading = on_reading
        self._requests = asyncio.Semaphore(REQUESTS_MAX)

    async def play(self, *, after: int = 0, stop: asyncio.Event | None = None) -> Readings:
        """Read messages numbered above `after` as they arrive."""
        stop = stop or asyncio.Event()
        async with (
            httpx.AsyncClient(
                transport=self._transport, timeout=REQUEST_SECONDS, follow_redirects=False
            ) as client,
            asyncio.TaskGroup() as group,
        ):
            while self._unread and not stop.is_set():
                arrived = await asyncio.to_thread(self._arrived, after)
                for message in arrived:
                    after = message.seq
                    for contact in self._addressed(message):
                        group.create_task(self._read(client, contact, message.raw))
                if len(arrived) < LOOK_MESSAGES_MAX:
                    await _pause(stop)
        return self.readings

    def _arrived(self, after: int) -> list[InboxMessage]:
        return list(islice(self._inbox.messages(after=after), LOOK_MESSAGES_MAX))

    def _addressed(self, message: InboxMessage) -> Iterator[Contact]:
        """The contacts for whom this is the first e-mail; none for a second copy."""
        for address in message.rcpt_to:
            contact = self._unread.get(address.lower())
            if contact is not None and self._script.mail_of(message.subject, contact) is Mail.A:
                del self._unread[contact.email]
                yield contact

    async def _read(self, client: httpx.AsyncClient, contact: Contact, raw: bytes) -> None:
        try:
            if contact.deed is Deed.CLICK:
                await self._click(client, read_message(raw))
                self.readings.clicked += 1
            elif contact.deed is Deed.OPEN:
                await self._open(client, read_message(raw))
                self.readings.opened += 1
            else:
                self.readings.ignored += 1
        except ReadingError as failure:
            self.readings.failures.append(f"{contact.email}: {failure}")
        if self._on_reading is not None:
            self._on_reading(self.readings)

    async def _click(self, client: httpx.AsyncClient, message: ReadMessage) -> None:
        """Follow the link with the given text, up to the redirect, and check its target against the
        flow.
        """
        covered = self._script.link
        url = next((link.url for link in message.links if link.text == covered.text), None)
        if url is None:
            raise ReadingError(f'the mail has no link "{covered.text}"')
        answer = await self._get(client, url)
        if answer.status_code not in REDIRECTS:
            raise ReadingError(f"the link answered {answer.status_code}, not a redirect")
        target = answer.headers.get("location")
        if target != covered.url:
            raise ReadingError(f"the link leads to {target}, not to {covered.url}")

    async def _open(self, client: httpx.AsyncClient, message: ReadMessage) -> None:
        """Load the pictures, as a mail program does. The flow has none, so each is the tracking
        pixel.
        """
        if not message.images:
            raise ReadingError("the mail has no pixel")
        for url in message.images:
            answer = await self._get(client, url)
            kind = answer.headers.get("content-type", "")
            if answer.status_code != httpx.codes.OK or not kind.startswith("image/"):
                raise ReadingError(f"the pixel answered {answer.status_code} {kind}")

    async def _get(self, client: httpx.AsyncClient, url: str) -> httpx.Response:
        """Request only from the gateway; failed connections are retried, as people do."""
        try:
            address = httpx.URL(url)
        except httpx.InvalidURL as wrong:
            raise ReadingError(f"{url} is not an address: {wrong}") from None
        if _origin(address) != _origin(self._gateway):
            raise ReadingError(f"{url} is not at the gateway {self._gateway}")
        for retry_seconds in (*RETRY_SECONDS, None):
            try:
                async with self._requests:
                    return await client.get(address)
            except httpx.TransportError as failure:
                if retry_seconds is None:
                    raise ReadingError(f"the gateway does not answer: {failure!r}") from None
            await asyncio.sleep(retry_seconds)
        raise AssertionError("the last try returns or raises")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    default = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, url.port or default


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await stop.wait()
    except TimeoutError:
        return
