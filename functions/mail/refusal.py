"""What a mail server's refusal is about, from its code and its words.

Role: one pure function over code, enhanced status (RFC 3463) and text. Servers say the same thing
at different commands (Postfix delays what it has against the sender until RCPT), so the command
decides only where the words do not. Invariant: a refusal of a recipient or a message is never taken
for one of the account, because that stops all mail; what is not clear is `Concern.UNCLEAR`.
This module must not know connections.
"""

import re
from enum import StrEnum

from functions.flow.outcome import Concern


class Step(StrEnum):
    """The part of the conversation that was refused."""

    CONNECT = "connect"
    """Greeting, EHLO, STARTTLS or login."""
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA_COMMAND = "DATA"
    CONTENT = "content"


_LOGIN = frozenset({454, 530, 534, 535, 538})
"""Authentication or encryption is missing or has failed (RFC 4954 §6, RFC 3207 §4)."""
_CLOSING = 421
_TOO_LARGE = 552

_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")


def _any_of(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.IGNORECASE)


_RECIPIENT = _any_of(
    r"recipient (address|verif\w+) ?(rejected|failed|unknown)?",
    r"(user|recipient|mailbox|address|account) (is )?(unknown|not found|unavailable|disabled)",
    r"(unknown|invalid|no such|inactive|bad) (user|recipient|mailbox|local part)",
    r"(mailbox|user|account|address|recipient)\b.{0,40}(does not|doesn't) exist",
    r"mailbox .{0,20}(full|quota|size)|over ?quota",
    r"grey-?list",
)
_SENDER = _any_of(
    r"sender (address )?(rejected|denied|refused|verif\w+|domain|not allowed|unknown)",
    r"from address|envelope from|mail from domain|return[- ]path",
    r"not (allowed|authori[sz]ed|permitted) to (send|relay|use)",
    r"send ?as ?denied|not owned by",
    r"relay(ing)?( access)? (denied|is denied|not (allowed|permitted)|prohibited)",
    r"(unable|not (allowed|permitted)) to relay|we do not relay|open relay",
    r"block ?list|black ?list|\brbl\b|dnsbl|spamhaus|barracuda|sorbs|spamcop|proofpoint",
    r"client host|your (ip|host|server|domain|network|address)\b.{0,60}"
    r"(block|reject|refus|ban|denied|reputation|listed)|poor reputation|low reputation",
    r"\b(helo|ehlo)\b",
    r"authenticat(e|ion)|auth(orization)? required|login required|must be authenticated",
    r"(daily|hourly|monthly|sending|message|messages|e-?mail|user|account)\b.{0,20}"
    r"\b(limit|quota)\b",
    r"account .{0,30}(suspended|blocked|locked|paused)|sending .{0,20}(suspended|paused)",
    r"\b(spf|dkim|dmarc)\b|reverse dns|\bptr\b|rdns",
)
_CONNECTIONS = _any_of(r"(too many|concurrent|simultaneous|number of|maximum) .{0,20}connection")
_RATE = _any_of(
    r"too (many|much) (mails?|messages?|e-?mails?|recipients|commands|requests)",
    r"too (fast|quickly|frequent)",
    r"\brate\b|throttl|slow(ing)? down|sending limit|limit exceeded|traffic",
)


def concern_of(step: Step, code: int, text: str) -> Concern:
    """`code`: 400 to 599. `text`: what the server wrote after the code, in one line."""
    status = _STATUS.match(text)
    subject, detail = (int(status[2]), int(status[3])) if status else (None, None)
    if code in _LOGIN:
        return Concern.SENDING_ACCOUNT
    if _CONNECTIONS.search(text):
        return Concern.CONNECTION
    if code < 500:
        return _temporary(step, code, text, subject, detail)
    return _permanent(step, code, text, subject, detail)


def _temporary(
    step: Step, code: int, text: str, subject: int | None, detail: int | None
) -> Concern:
    if _is_of_sender(subject, detail):
        return Concern.SENDING_ACCOUNT
    if subject == 2 or (step is not Step.CONNECT and _RECIPIENT.search(text)):
        return Concern.RECIPIENT
    if step is not Step.CONNECT and _RATE.search(text):
        return Concern.RATE
    if code == _CLOSING or step is Step.CONNECT:
        return Concern.CONNECTION
    return Concern.RATE if step is Step.MAIL else Concern.RECIPIENT


def _permanent(
    step: Step, code: int, text: str, subject: int | None, detail: int | None
) -> Concern:
    if step is Step.CONNECT or _is_of_sender(subject, detail):
        return Concern.SENDING_ACCOUNT
    if subject in (1, 2) or code == _TOO_LARGE or (subject, detail) == (3, 4):
        return Concern.RECIPIENT
    if _SENDER.search(text) and not _RECIPIENT.match(_without_address(text)):
        return Concern.SENDING_ACCOUNT
    if _RECIPIENT.search(text):
        return Concern.RECIPIENT
    return Concern.SENDING_ACCOUNT if step is Step.MAIL else Concern.UNCLEAR


def _is_of_sender(subject: int | None, detail: int | None) -> bool:
    """Bad sender's mailbox or system address (RFC 3463 §3.2), or a login (RFC 4954)."""
    return (subject, detail) in {(1, 7), (1, 8), (7, 8), (7, 9)}


def _without_address(text: str) -> str:
    """The text without its status and the address that Postfix puts before it."""
    return re.sub(r"^([245]\.\d{1,3}\.\d{1,3} )?(<[^>]*>: )?", "", text)
