"""How one try at handing a message to a mail server ended.

Invariant: an outcome never guesses. Whatever the server said before the message was on its
way is `Deferred` or `Rejected`; once bytes of the message may have reached it and no answer
came back, the outcome is `Unknown`, and no policy turns it into another try.
This module must not know how mail is sent.
"""

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """How far the SMTP conversation had come when it ended."""

    CONNECT = "connect"
    ENVELOPE = "envelope"
    """MAIL FROM, RCPT TO or DATA was refused: the server holds no part of the message."""
    CONTENT = "content"
    """The message was on its way, or the final dot was waiting for its answer."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The server took responsibility for the message (250 after the final dot)."""

    words: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A permanent refusal (5yz). `code` is the SMTP reply code, `words` the server's text.
    `of_account`: the server refuses us, whatever the message; so does any refusal to connect."""

    code: int
    words: str
    phase: Phase = Phase.ENVELOPE
    of_account: bool = False


@dataclass(frozen=True, slots=True)
class Deferred:
    """A temporary refusal (4yz) or no connection; nothing was accepted. `code` 0: no answer.
    `of_account`: as of `Rejected`."""

    code: int
    words: str
    phase: Phase = Phase.ENVELOPE
    of_account: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection ended after the content began and before its answer (RFC 1047)."""

    words: str


Outcome = Sent | Rejected | Deferred | Unknown
