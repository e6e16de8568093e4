"""Reads returned mail from a mailbox, by IMAP over TLS.

A mail is marked as seen only after everything that follows from it is stored, so if this program
dies in between, the mail is read again, which changes nothing. The mailbox should get returned mail
only, because every mail in it ends up marked as seen. Everything is bounded: the size of a mail,
how many are read at once, the time that the server has for an answer.
"""

import asyncio
import contextlib
import imaplib
import logging
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses

from functions.mail.return_path import ReturnToken
from functions.service.services import Services
from local.receiver.mailbox_address import MailboxAddress
from local.receiver.take_returned import return_token, take_returned

MAIL_BYTES_MAX = 2 * 1024**2
MAILS_AT_ONCE = 20
SEARCHED_AT_ONCE = 5_000
"""Sequence numbers in one search, because the answer is one line."""
ANSWER_SECONDS_MAX = 30.0
POLL_SECONDS = 30.0
PAUSE_SECONDS_MIN, PAUSE_SECONDS_MAX = 1.0, 300.0
ADDRESSES_MAX = 50

_SIZE = re.compile(rb"UID (\d+) RFC822\.SIZE (\d+)|RFC822\.SIZE (\d+) UID (\d+)")
_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To")
"""Mail servers put the envelope's recipient into one of the first when they deliver."""

logger = logging.getLogger(__name__)


class MailboxError(Exception):
    """The server refused something. The message has no secret."""


@dataclass(frozen=True, slots=True)
class StoredMail:
    """`content`: None if it is too large to be a report."""

    uid: str
    content: bytes | None


class Mailbox:
    """One connection. Its methods block; all raise OSError, MailboxError or imaplib's errors."""

    def __init__(self, address: MailboxAddress, tls: ssl.SSLContext | None = None) -> None:
        self._address = address
        tls = tls or ssl.create_default_context()
        host, port = address.host, address.port
        if address.is_tls:
            self._client: imaplib.IMAP4 = imaplib.IMAP4_SSL(
                host, port, ssl_context=tls, timeout=ANSWER_SECONDS_MAX
            )
        else:
            self._client = imaplib.IMAP4(host, port, timeout=ANSWER_SECONDS_MAX)
            self._client.starttls(tls)
        try:
            secret = f"\0{address.user}\0{address.password}".encode()
            self._client.authenticate("PLAIN", lambda _: secret)
        except imaplib.IMAP4.error:
            self.close()
            raise MailboxError("The login was refused.") from None
        except BaseException:
            self.close()
            raise

    def unseen(self) -> Iterator[list[StoredMail]]:
        """All unseen mails, a few at a time."""
        for uids in self._unseen_uids():
            sizes = self._sizes(uids)
            yield [StoredMail(it, self._content(it, sizes.get(it, 0))) for it in uids]

    def mark_seen(self, uid: str) -> None:
        self._ask("store", uid, "+FLAGS.SILENT", r"(\Seen)")

    def check(self) -> int:
        """The number of mails in the folder, which can be read."""
        folder = '"' + self._address.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
        answer, found = self._client.select(folder)
        if answer != "OK":
            raise MailboxError(f"The folder {self._address.folder} cannot be opened.")
        return int(found[0] or 0)

    def close(self) -> None:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            self._client.logout()

    def _unseen_uids(self) -> Iterator[list[str]]:
        count = self.check()
        for first in range(1, count + 1, SEARCHED_AT_ONCE):
            last = min(first + SEARCHED_AT_ONCE - 1, count)
            found = self._ask("search", f"{first}:{last}", "UNSEEN")
            uids = [it.decode() for line in found if isinstance(line, bytes) for it in line.split()]
            for begin in range(0, len(uids), MAILS_AT_ONCE):
                yield uids[begin : begin + MAILS_AT_ONCE]

    def _sizes(self, uids: list[str]) -> dict[str, int]:
        sizes = {}
        for line in self._ask("fetch", ",".join(uids), "(UID RFC822.SIZE)"):
            held = _SIZE.search(line if isinstance(line, bytes) else b"")
            if held:
                uid, size = (held[1], held[2]) if held[1] else (held[4], held[3])
                sizes[uid.decode()] = int(size)
        return sizes

    def _content(self, uid: str, size_bytes: int) -> bytes | None:
        if size_bytes > MAIL_BYTES_MAX:
            return None
        # PEEK, because reading it otherwise marks it as seen.
        for part in self._ask("fetch", uid, "(BODY.PEEK[])"):
            if isinstance(part, tuple):
                return bytes(part[1])
        return None

    def _ask(self, command: str, *arguments: str) -> list[object]:
        answer, found = self._client.uid(command, *arguments)
        if answer != "OK":
            raise MailboxError(f"The server refused {command}.")
        return list(found)


async def read_mailbox(
    services: Services, address: MailboxAddress, tls: ssl.SSLContext | None = None
) -> int:
    """Record all unseen mail; returns how many mails there were. Raises what `Mailbox` raises, and
    store errors; what is not recorded then stays unseen."""
    mailbox = await asyncio.to_thread(Mailbox, address, tls)
    count = 0
    try:
        batches = mailbox.unseen()
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            for mail in batch:
                await _take(services, mail)
                await asyncio.to_thread(mailbox.mark_seen, mail.uid)
                count += 1
    finally:
        await asyncio.to_thread(mailbox.close)
    return count


async def poll_mailbox(
    services: Services,
    address: MailboxAddress,
    ends: asyncio.Event,
    looked: Callable[[], object] = lambda: None,
) -> None:
    """Read the mailbox again and again until `ends` is set; after an error, with growing pauses.
    `looked`: is called each time, whatever came of it."""
    pause_seconds = PAUSE_SECONDS_MIN
    while not ends.is_set():
        try:
            count = await read_mailbox(services, address)
            wait_seconds, pause_seconds = POLL_SECONDS, PAUSE_SECONDS_MIN
            if count:
                logger.info("read %d mails of the mailbox", count)
        except Exception as problem:
            # Any error, because the mail stays in the mailbox whatever went wrong.
            logger.warning("the mailbox cannot be read: %s: %s", type(problem).__name__, problem)
            wait_seconds = pause_seconds
            pause_seconds = min(2 * pause_seconds, PAUSE_SECONDS_MAX)
        looked()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ends.wait(), wait_seconds)


async def _take(services: Services, mail: StoredMail) -> None:
    if mail.content is None:
        logger.info("returned mail ignored: it is too large, or gone")
        return
    headers = BytesHeaderParser().parsebytes(mail.content)
    await take_returned(services, mail.content, _sender(headers), _token(services, headers))


def _sender(headers: Message) -> str:
    """The envelope's sender, which mail servers note when they deliver."""
    noted = headers.get("Return-Path", headers.get("From", ""))
    return next((address for _, address in getaddresses([str(noted)])), "")


def _token(services: Services, headers: Message) -> ReturnToken | None:
    """Of the return path that the mail came to. Headers prove nothing, but the path has a seal."""
    named = [str(it) for name in _TO for it in headers.get_all(name, [])]
    found = getaddresses(named[:ADDRESSES_MAX])[:ADDRESSES_MAX]
    tokens = (return_token(services, address) for _, address in found)
    return next((it for it in tokens if it is not None), None)
