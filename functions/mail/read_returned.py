"""Read a mail that came to a return path: is it a report, and what does it say?

Role: bounces by RFC 3464 (delivery status), complaints by RFC 5965 (ARF), and the older shapes of
bounces that flufl.bounce knows. Invariant: never raises, whatever the bytes are; what is not
clearly a report about a message of ours is `NoReport`: automatic replies, delays, successes, and
reports about reports.
It must not know who the mail was for, or stores.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, message_from_string
from email.message import Message
from email.utils import getaddresses

from flufl.bounce import all_failures

from functions.mail.bounce_kinds import kind_of_bounce, kind_of_own_reason
from functions.mail.read_diagnostic import after_type, reason_line, status_in
from functions.mail.reports import COMPLAINT_TYPES, Bounce, Complaint, NoReport, Original, Returned

PARTS_MAX = 100

_REPLY_LINE = re.compile(
    r"^.*(?:\b5\d\d[ -]|#?\b5\.\d{1,3}\.\d{1,3}\b).*$", re.ASCII | re.MULTILINE
)
_GENERAL = "5.0.0"
_DAEMONS = frozenset({"mailer-daemon", "postmaster"})
_REPLY_SUBJECT = re.compile(
    r"\s*(?:re|aw|automatic reply|auto(?:matic)? ?response|out of (?:the )?office)\b", re.IGNORECASE
)


def read_returned(content: bytes, sender: str) -> Returned:
    """`sender`: the envelope's sender, which is empty for nearly all reports (RFC 5321, 4.5.5)."""
    try:
        mail = message_from_bytes(content)
        return _read(mail, _is_daemon(sender))
    except Exception as problem:
        # The decoders of the standard library and the patterns of flufl.bounce raise all kinds of
        # errors for hostile bytes. None of them says anything about a message of ours.
        return NoReport(f"it cannot be read ({type(problem).__name__})")


def _read(mail: Message, is_from_daemon: bool) -> Returned:
    parts = list(_parts(mail))
    original = _original(parts)
    if original is not None and _is_report_itself(original):
        return NoReport("it is a report about a report")
    named = _named(original)
    for part in parts:
        match part.get_content_type():
            case "message/feedback-report":
                return _complaint(part, named)
            case "message/delivery-status":
                return _delivery_status(part, parts, named)
    if _is_automatic_reply(mail):
        return NoReport("it is an automatic reply")
    if not is_from_daemon:
        return NoReport("it is not a report")
    return _older_shape(mail, parts, named)


def _delivery_status(part: Message, parts: list[Message], original: Original) -> Returned:
    """The first recipient that failed; each of our messages has one."""
    actions = []
    for block in _blocks(part):
        action = _text(block, "Action").lower()
        if action == "failed":
            status = status_in(_text(block, "Status"))
            said = after_type(_text(block, "Diagnostic-Code"))
            if status is None and not said:
                return NoReport("it gives no reason")
            if not said and status == _GENERAL:
                said = _said_of(after_type(_text(block, "Final-Recipient")), parts)
                return Bounce(kind_of_own_reason(said), reason_line(said or status), original)
            return Bounce(kind_of_bounce(status, said), reason_line(said or status or ""), original)
        actions.append(action)
    named = next(filter(None, actions), None)
    return NoReport(f"the message was {named}, not given up" if named else "it names no recipient")


def _said_of(recipient: str, parts: list[Message]) -> str:
    """The indented line below the address in the text for people, where Exim writes why it could
    not deliver to a mailbox of its own."""
    pattern = re.compile(rf"^ +{re.escape(recipient)}\r?\n {{2,}}(\S.*)$", re.MULTILINE)
    for part in parts:
        if part.get_content_type() == "text/plain" and (found := pattern.search(_body(part))):
            return found[1].strip()
    return ""


def _complaint(part: Message, original: Original) -> Returned:
    fields = next(iter(_blocks(part)), part)
    kind = _text(fields, "Feedback-Type").lower()
    if kind not in COMPLAINT_TYPES:
        return NoReport(f"its feedback is {reason_line(kind) or 'unnamed'}, not a complaint")
    if original.return_path is None:
        sender = _text(fields, "Original-Mail-From").strip("<> ")
        original = Original(original.message_id, sender or None)
    return Complaint(kind, original)


def _older_shape(mail: Message, parts: list[Message], original: Original) -> Returned:
    if not any(address for _, address in getaddresses([_text(mail, "From")])):
        return NoReport("it is not a report")  # flufl.bounce needs a sender.
    temporary, permanent = all_failures(mail)
    if not permanent:
        why = "the message was delayed, not given up" if temporary else "it is not a report"
        return NoReport(why)
    text = "\n".join(_body(part) for part in parts if part.get_content_type() == "text/plain")
    said = " ".join(_REPLY_LINE.findall(text)) or text
    return Bounce(kind_of_bounce(None, said), reason_line(said), original)


# The mail's parts


def _parts(mail: Message) -> Iterator[Message]:
    """The parts of the mail itself, without those of the original message in it."""
    left = [mail]
    for _ in range(PARTS_MAX):
        if not left:
            return
        part = left.pop(0)
        yield part
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            left = [*_blocks(part), *left]


def _blocks(part: Message) -> list[Message]:
    held = part.get_payload()
    return [it for it in held if isinstance(it, Message)] if isinstance(held, list) else []


def _original(parts: list[Message]) -> Message | None:
    """The original message, or its headers."""
    for part in parts[1:]:
        match part.get_content_type():
            case "message/rfc822":
                return next(iter(_blocks(part)), None)
            case "text/rfc822-headers" | "message/rfc822-headers":
                inner = next(iter(_blocks(part)), None)
                return inner if inner is not None else message_from_string(_body(part))
    return None


def _named(original: Message | None) -> Original:
    if original is None:
        return Original()
    message_id, sender = _text(original, "Message-ID"), _text(original, "Return-Path")
    return Original(message_id.strip("<> ") or None, sender.strip("<> ") or None)


def _is_report_itself(original: Message) -> bool:
    sender = original.get("Return-Path")
    is_null = sender is not None and str(sender).strip() == "<>"
    return is_null or original.get_content_type() == "multipart/report"


def _is_automatic_reply(mail: Message) -> bool:
    submitted = _text(mail, "Auto-Submitted").lower()
    return (
        submitted.startswith("auto-replied")
        or mail.get("X-Autoreply") is not None
        or mail.get("X-Autorespond") is not None
        or _text(mail, "Precedence").lower() == "auto_reply"
        or _REPLY_SUBJECT.match(_text(mail, "Subject")) is not None
    )


def _is_daemon(sender: str) -> bool:
    return sender.partition("@")[0].lower() in {"", *_DAEMONS}


def _body(part: Message) -> str:
    held = part.get_payload(decode=True)
    if not isinstance(held, bytes):
        return ""
    try:
        return held.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:  # an unknown charset
        return held.decode("latin-1")


def _text(message: Message, name: str) -> str:
    return str(message.get(name, "")).strip()
