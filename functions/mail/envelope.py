"""A finished message and who it goes to: what a mail transport is handed.

Invariant: every field is ASCII and free of control characters but for the line ends of `content`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Envelope:
    """A finished message. `content`: RFC 5322 bytes with CRLF line ends, not dot-stuffed."""

    message_id: str
    mail_from: str
    rcpt_to: str
    subject: str
    content: bytes
