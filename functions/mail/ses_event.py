"""What Amazon SES reports about a message: a bounce, a complaint, or anything else.

Role: reads the JSON of a notification of an identity (`notificationType`) or of an event of a
configuration set (`eventType`); both have the same parts. Invariant: never raises, and every report
names the original message. Pure.
It must not know how the JSON came here, or whether its sender can be trusted.
"""

import json

from functions.mail.bounce_kinds import BounceKind, kind_of_bounce
from functions.mail.read_diagnostic import after_type, reason_line, status_in
from functions.mail.reports import COMPLAINT_TYPES, Bounce, Complaint, NoReport, Original, Returned

_NEVER_SENT = frozenset({"NoEmail", "Suppressed", "OnAccountSuppressionList"})
"""Sub-types by which SES itself knows that there is no such address, or that it will not write to
it again."""
_CONTENT = frozenset({"MessageTooLarge", "ContentRejected", "AttachmentRejected"})

_Fields = dict[str, object]


def read_ses_event(text: str) -> Returned:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return NoReport("it is not an event of SES")
    event = _object(document)
    kind = _text(event, "eventType") or _text(event, "notificationType")
    part = _object(event.get(kind.lower()))
    match kind:
        case "Bounce":
            recipients = _objects(part, "bouncedRecipients")
        case "Complaint":
            recipients = _objects(part, "complainedRecipients")
        case _:
            return NoReport(f"it is about {reason_line(kind) or 'nothing'}")
    if len(recipients) != 1:
        return NoReport("each of our messages has one recipient")
    mail = _object(event.get("mail"))
    original = Original(
        message_id=_text(_object(mail.get("commonHeaders")), "messageId").strip("<> ") or None,
        return_path=_text(mail, "source").strip("<> ") or None,
        recipient=_text(recipients[0], "emailAddress").strip("<> "),
    )
    if kind == "Complaint":
        return _complaint(part, original)
    return _bounce(part, recipients[0], original)


def _bounce(bounce: _Fields, recipient: _Fields, original: Original) -> Returned:
    kind, sub_type = _text(bounce, "bounceType"), _text(bounce, "bounceSubType")
    status = status_in(_text(recipient, "status"))
    said = after_type(_text(recipient, "diagnosticCode"))
    reason = reason_line(said or " ".join(filter(None, (status, kind, sub_type))))
    by_code = kind_of_bounce(status, said)
    match kind:
        case "Permanent" if sub_type in _NEVER_SENT:
            return Bounce(BounceKind.HARD, reason, original)
        case "Permanent" if sub_type == "General" and by_code is BounceKind.OTHER:
            # SES gives such an address up, unless its server named another cause.
            return Bounce(BounceKind.HARD, reason, original)
        case "Permanent":
            return Bounce(by_code, reason, original)
        case _ if sub_type == "MailboxFull":
            return Bounce(BounceKind.FULL, reason, original)
        case _ if sub_type in _CONTENT:
            return Bounce(BounceKind.POLICY, reason, original)
        case _ if status is None and not said:
            # SES also calls automatic replies, such as those of people on holiday, bounces.
            return NoReport("it gives no reason, so it may be an automatic reply")
        case _:
            is_hard = by_code is BounceKind.HARD
            return Bounce(BounceKind.OTHER if is_hard else by_code, reason, original)


def _complaint(complaint: _Fields, original: Original) -> Returned:
    kind = _text(complaint, "complaintFeedbackType") or "abuse"
    if kind not in COMPLAINT_TYPES:
        return NoReport(f"its feedback is {reason_line(kind)}, not a complaint")
    return Complaint(kind, original)


def _object(value: object) -> _Fields:
    return value if isinstance(value, dict) else {}


def _objects(fields: _Fields, name: str) -> list[_Fields]:
    found = fields.get(name)
    return [_object(it) for it in found] if isinstance(found, list) else []


def _text(fields: _Fields, name: str) -> str:
    found = fields.get(name)
    return found.strip() if isinstance(found, str) else ""
