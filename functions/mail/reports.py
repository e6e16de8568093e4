"""What a returned mail may be: a report that a message was not delivered, a reader's complaint, or
nothing that says anything about a message of ours.

Invariant: immutable values. A report names the original message as far as the mail contains it.
It must not know how reports are read or what follows from them.
"""

from dataclasses import dataclass

from functions.mail.bounce_kinds import BounceKind

COMPLAINT_TYPES = frozenset({"abuse", "fraud", "opt-out"})
"""The types of feedback (RFC 5965) that say that a reader does not want the mail."""


@dataclass(frozen=True, slots=True)
class Original:
    """The message that a report is about. Each is None if the report does not contain it."""

    message_id: str | None = None
    return_path: str | None = None
    recipient: str | None = None
    """Only where a report lists recipients of the message itself, which forwarding does not
    change."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """The message was given up. `reason`: the mail server's words, on one line of a bounded
    length."""

    kind: BounceKind
    reason: str
    original: Original = Original()


@dataclass(frozen=True, slots=True)
class Complaint:
    """The reader reported the message. `reason`: what the report calls it, such as `abuse`."""

    reason: str
    original: Original = Original()


@dataclass(frozen=True, slots=True)
class NoReport:
    """Nothing follows from the mail. `why`: for the log."""

    why: str


Returned = Bounce | Complaint | NoReport
