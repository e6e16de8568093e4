"""The outcome of one attempt to hand a message to a mail server.

Invariant: an outcome never guesses. A refusal before the content was sent is `Deferred` or
`Rejected`. Once the server may have received part of the content and did not answer, the outcome is
`Unknown`, and nothing sends the message again automatically.
This module must not know how mail is sent.
"""

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """How far the SMTP conversation got before it ended."""

    CONNECT = "connect"
    ENVELOPE = "envelope"
    """MAIL FROM, RCPT TO or DATA was refused: the server has no part of the message."""
    CONTENT = "content"
    """The content was being sent, or had been sent and was not answered yet."""


class Concern(StrEnum):
    """What a refusal is about."""

    RECIPIENT = "recipient"
    """This recipient, or this message."""
    SENDING_ACCOUNT = "sending_account"
    """Who we are to the server: our login, address, quota or reputation. Any message would be
    refused."""
    RATE = "rate"
    """Mail comes too fast."""
    CONNECTION = "connection"
    """The server took no connection, or ended it."""
    UNCLEAR = "unclear"
    """A permanent refusal that may be about the message or about the account."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The server accepted responsibility for the message (250 after the final dot)."""

    reply: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A permanent refusal (5yz). `code` is the SMTP reply code, `reason` the server's text."""

    code: int
    reason: str
    phase: Phase = Phase.ENVELOPE
    concern: Concern = Concern.RECIPIENT


@dataclass(frozen=True, slots=True)
class Deferred:
    """A temporary refusal (4yz) or no connection: nothing was accepted. `code` is 0 if there was
    no answer."""

    code: int
    reason: str
    phase: Phase = Phase.ENVELOPE
    concern: Concern = Concern.RECIPIENT


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection ended after the content began and before the server answered (RFC 1047)."""

    reason: str


Outcome = Sent | Rejected | Deferred | Unknown
