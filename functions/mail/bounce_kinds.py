"""What a mail server's refusal says about an address, by the enhanced status codes of RFC 3463.

Invariant: pure. An address counts as unknown only if the server says so by a code that is about
the mailbox, or by a 550 without a useful code in words that leave no doubt: a wrong guess here
means that a person is never written to again.
It must not know where a refusal was read: in a conversation or in a returned mail.
"""

import re
from enum import StrEnum


class BounceKind(StrEnum):
    HARD = "hard"
    """There is no such address, or it is closed."""
    FULL = "full"
    """The mailbox takes nothing more, for now."""
    POLICY = "policy"
    """The server refuses the sender or the content; this says nothing about the address."""
    OTHER = "other"


_HARD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""Unknown mailbox, unknown system, no valid address, moved, a domain without mail, disabled."""

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])", re.ASCII)
_REPLY = re.compile(r"(?<!\d)(5\d\d)[ -]", re.ASCII)
_CONVERSATION = re.compile(r"5\d\d[ -](5\.\d{1,3}\.\d{1,3})(?![\d.])", re.ASCII)
_NO_MAILBOX = (
    r"no such (?:user|mailbox|recipient|person|address|account)"
    r"|(?:user|mailbox|recipient|account) (?:is )?(?:unknown|not found|does(?: not|n't) exist)"
    r"|unknown (?:user|mailbox|recipient|local part)"
)
_NO_MAILBOX_TEXT = re.compile(rf"\b(?:{_NO_MAILBOX})\b", re.IGNORECASE)
_UNKNOWN_TEXT = re.compile(
    rf"\b(?:{_NO_MAILBOX}|unrouteable address|mailbox unavailable or not local)\b", re.IGNORECASE
)
_FULL_TEXT = re.compile(
    r"\b(?:mailbox (?:is )?full|(?:over|exceeded|exceeds)(?: the| its| storage)* quota"
    r"|quota (?:is )?exceeded)\b",
    re.IGNORECASE,
)


def kind_of_status(status: str) -> BounceKind:
    """`status`: such as `5.1.1`."""
    if status in _HARD:
        return BounceKind.HARD
    _, subject, detail = status.split(".")
    if (subject, detail) == ("2", "2"):
        return BounceKind.FULL
    return BounceKind.POLICY if subject == "7" else BounceKind.OTHER


def kind_of_bounce(status: str | None, text: str) -> BounceKind:
    """`status`: that of a report, which is often too general (`5.0.0`); then the code within the
    server's `text` counts, and without one the text itself."""
    found = _STATUS.search(text)
    for code in (status, found[1] if found else None):
        if code is not None and (kind := kind_of_status(code)) is not BounceKind.OTHER:
            return kind
    if _FULL_TEXT.search(text):
        return BounceKind.FULL
    reply = _REPLY.search(text)
    is_general = status is None or status.endswith(".0.0")
    if is_general and reply and reply[1] == "550" and _UNKNOWN_TEXT.search(text):
        return BounceKind.HARD
    return BounceKind.OTHER


def kind_of_own_reason(text: str) -> BounceKind:
    """What a server says that delivers to the mailboxes itself, and gives no code. That it found no
    route does not count, because the routes of a relay may be wrong."""
    if _FULL_TEXT.search(text):
        return BounceKind.FULL
    return BounceKind.HARD if _NO_MAILBOX_TEXT.search(text) else BounceKind.OTHER


def is_unknown_recipient(reply: str) -> bool:
    """Whether the server's reply in a conversation, such as `550 5.1.1 nobody here`, says that
    there is no such address. Only its code counts."""
    found = _CONVERSATION.match(reply)
    return found is not None and kind_of_status(found[1]) is BounceKind.HARD
