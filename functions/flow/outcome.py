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


@dataclass(frozen=True, slots=True)
class Sent:
    """The server accepted responsibility for the message (250 after the final dot)."""

    reply: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A permanent refusal (5yz). `code` is the SMTP reply code, `reason` the server's text.
    `of_sending_account`: the server refuses the sending account, not this message. A refused
    connection counts as such too."""

    code: int
    reason: str
    phase: Phase = Phase.ENVELOPE
    of_sending_account: bool = False


@dataclass(frozen=True, slots=True)
class Deferred:
    """A temporary refusal (4yz) or no connection: nothing was accepted. `code` is 0 if there was
    no answer. `of_sending_account`: as in `Rejected`."""

    code: int
    reason: str
    phase: Phase = Phase.ENVELOPE
    of_sending_account: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection ended after the content began and before the server answered (RFC 1047)."""

    reason: str


Outcome = Sent | Rejected | Deferred | Unknown
