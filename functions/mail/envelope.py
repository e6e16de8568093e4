"""A finished message and its recipient, as a mail transport receives it.

Invariant: every field is ASCII without control characters, except the line ends of `content`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Envelope:
    """A finished message. `content`: RFC 5322 bytes with CRLF line ends, without dot-stuffing."""

    message_id: str
    mail_from: str
    rcpt_to: str
    subject: str
    content: bytes
