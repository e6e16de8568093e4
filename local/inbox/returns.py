"""What comes back from readers that the inbox plays, so that returned mail can be tried out.

An address that begins with `bounce` does not exist, the mailbox of one that begins with `full` is
full, and the reader behind one that begins with `complain` reports every mail as spam. Pure: it
writes the mails that real servers would send, and sends nothing.
"""

from typing import NamedTuple

from functions.mail.return_path import COMPLAINTS_NAME
from local.inbox.ledger import Received

_BOUNCES = {"bounce": ("5.1.1", "550 5.1.1 nobody here"), "full": ("5.2.2", "552 5.2.2 no room")}


class ReturnedMail(NamedTuple):
    """`to`: the envelope's recipient. Its sender is empty, as that of all reports."""

    to: str
    content: bytes


def returned_by(recipient: str, received: Received) -> ReturnedMail | None:
    """What comes back of a message from this recipient; None if nothing does."""
    name = recipient.partition("@")[0].lower()
    for beginning, (status, reply) in _BOUNCES.items():
        if name.startswith(beginning):
            return ReturnedMail(received.mail_from, _bounce(recipient, received, status, reply))
    if name.startswith("complain"):
        domain = received.mail_from.rpartition("@")[2]
        return ReturnedMail(f"{COMPLAINTS_NAME}@{domain}", _complaint(recipient, received))
    return None


def _bounce(recipient: str, received: Received, status: str, reply: str) -> bytes:
    """RFC 3464."""
    fields = (
        f"Reporting-MTA: dns; inbox.localhost\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\n"
        f"Action: failed\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {reply}\r\n"
    )
    return _report("delivery-status", "Undelivered mail", fields, received)


def _complaint(recipient: str, received: Received) -> bytes:
    """RFC 5965."""
    fields = (
        "Feedback-Type: abuse\r\nUser-Agent: EmailBuilder-Inbox/1\r\nVersion: 1\r\n"
        f"Original-Mail-From: <{received.mail_from}>\r\nOriginal-Rcpt-To: <{recipient}>\r\n"
    )
    return _report("feedback-report", "Complaint about a mail", fields, received)


def _report(kind: str, subject: str, fields: str, received: Received) -> bytes:
    """A multipart/report with the headers of the original message."""
    headers = received.raw.partition(b"\r\n\r\n")[0]
    parts = (
        f"Content-Type: text/plain\r\n\r\n{subject}.\r\n".encode(),
        f"Content-Type: message/{kind}\r\n\r\n{fields}".encode(),
        b"Content-Type: text/rfc822-headers\r\n\r\n" + headers + b"\r\n",
    )
    boundary = b"=report"
    return b"".join(
        (
            b"From: Inbox <mailer-daemon@inbox.localhost>\r\n",
            f"Subject: {subject}\r\nMIME-Version: 1.0\r\n".encode(),
            f"Content-Type: multipart/report; report-type={kind}; ".encode(),
            b'boundary="' + boundary + b'"\r\n\r\n',
            *(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts),
            b"--" + boundary + b"--\r\n",
        )
    )
