"""Messages of Amazon SNS to an HTTP endpoint: their fields, and whether SNS signed them.

Role: reads the JSON of a message, says where its certificate is, and checks the signature.
Invariant: everything that is used of a message is covered by its signature, and a certificate and
the page that confirms a subscription are only at the SNS host of the topic's own region.
It must not know how a page is fetched, or what a message says.
"""

import json
import re
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast, get_args
from urllib.parse import parse_qs, urlsplit

Kind = Literal["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]

_TOPIC = re.compile(
    r"arn:(aws|aws-cn|aws-us-gov):sns:([a-z]{2}(?:-[a-z]+){1,3}-\d{1,2}):\d{12}"
    r":[A-Za-z0-9_-]{1,256}(?:\.fifo)?",
    re.ASCII,
)
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{16,64}\.pem", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        *("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    ),
}
_SIGNED["UnsubscribeConfirmation"] = _SIGNED["SubscriptionConfirmation"]
_OPTIONAL = frozenset({"Subject"})
_CONFIRMS = "SubscriptionConfirmation"


class SnsMessageError(Exception):
    """`message`: what is wrong and what would be right. `field`: the one to blame; None if it is
    the whole body."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True)
class Page:
    """A page of SNS, reached by https. `target`: path and query."""

    host: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnsMessage:
    """`text`: what was published. `signed`: the bytes that the signature covers. `subscribe`: the
    page that confirms a subscription; None for notifications. `published_at`: UTC."""

    kind: Kind
    topic_arn: str
    text: str
    published_at: datetime
    signed: bytes
    signature: bytes
    signature_version: Literal["1", "2"]
    certificate: Page
    subscribe: Page | None


def is_topic(written: str) -> bool:
    return _TOPIC.fullmatch(written) is not None


def read_sns_message(body: bytes) -> SnsMessage:
    """Raises SnsMessageError."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise SnsMessageError(
            "The body must be the JSON of an SNS message: switch raw message delivery off."
        ) from None
    if not isinstance(document, dict) or "Type" not in document:
        raise SnsMessageError(
            "The body is not an SNS message: switch raw message delivery off.", "Type"
        )
    fields: dict[str, object] = document
    kind = _text(fields, "Type")
    if kind not in get_args(Kind):
        raise SnsMessageError(f"Type must be {' or '.join(get_args(Kind))}.", "Type")
    topic_arn = _text(fields, "TopicArn")
    topic = _TOPIC.fullmatch(topic_arn)
    if topic is None:
        raise SnsMessageError("TopicArn must be the ARN of an SNS topic.", "TopicArn")
    host = f"sns.{topic[2]}.amazonaws.com{'.cn' if topic[1] == 'aws-cn' else ''}"
    version = _text(fields, "SignatureVersion")
    if version not in ("1", "2"):
        raise SnsMessageError("SignatureVersion must be 1 or 2.", "SignatureVersion")
    return SnsMessage(
        kind=cast(Kind, kind),
        topic_arn=topic_arn,
        text=_text(fields, "Message"),
        published_at=_time(fields),
        signed=_canonical(fields, _SIGNED[kind]),
        signature=_signature(fields),
        signature_version="1" if version == "1" else "2",
        certificate=_certificate(fields, host),
        subscribe=_subscribe(fields, host, topic_arn) if kind == _CONFIRMS else None,
    )


def is_signed(message: SnsMessage, certificate: bytes, now: datetime) -> bool:
    """Whether the owner of the certificate (PEM) signed the message. False also for a certificate
    that cannot be read or is not valid at this time."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256

    try:
        read = x509.load_pem_x509_certificate(certificate)
        key = read.public_key()
    except Exception:  # of several libraries, whatever the bytes are
        return False
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    if not read.not_valid_before_utc <= now <= read.not_valid_after_utc:
        return False
    # SNS defines version 1 with SHA-1 (its users choose the version of a topic).
    digest = SHA1() if message.signature_version == "1" else SHA256()  # noqa: S303
    try:
        key.verify(message.signature, message.signed, padding.PKCS1v15(), digest)
    except InvalidSignature:
        return False
    return True


def _canonical(fields: dict[str, object], names: tuple[str, ...]) -> bytes:
    """Names and values, a line each."""
    held = [it for it in names if it not in _OPTIONAL or fields.get(it) is not None]
    return "".join(f"{name}\n{_text(fields, name)}\n" for name in held).encode()


def _signature(fields: dict[str, object]) -> bytes:
    try:
        return b64decode(_text(fields, "Signature"), validate=True)
    except ValueError:
        raise SnsMessageError("Signature must be base64.", "Signature") from None


def _time(fields: dict[str, object]) -> datetime:
    written = _text(fields, "Timestamp")
    try:
        if _TIMESTAMP.fullmatch(written):
            return datetime.fromisoformat(written).astimezone(UTC)
    except ValueError:
        pass
    raise SnsMessageError("Timestamp must be a time such as 2027-01-01T09:00:00.000Z.", "Timestamp")


def _certificate(fields: dict[str, object], host: str) -> Page:
    name = "SigningCertURL" if "SigningCertURL" in fields else "SigningCertUrl"
    page = _page(fields, name, host)
    if not _CERTIFICATE.fullmatch(page.target):
        raise SnsMessageError(f"{name} must be that of a certificate of SNS.", name)
    return page


def _subscribe(fields: dict[str, object], host: str, topic_arn: str) -> Page:
    page = _page(fields, "SubscribeURL", host)
    path, _, query = page.target.partition("?")
    asked = parse_qs(query)
    is_for_topic = asked.get("TopicArn") == [topic_arn]
    if path != "/" or asked.get("Action") != ["ConfirmSubscription"] or not is_for_topic:
        message = "SubscribeURL must confirm a subscription to TopicArn."
        raise SnsMessageError(message, "SubscribeURL")
    return page


def _page(fields: dict[str, object], name: str, host: str) -> Page:
    url = _text(fields, name)
    try:
        parts = urlsplit(url)
        is_there = parts.scheme == "https" and parts.netloc == host and not parts.fragment
    except ValueError:
        is_there = False
    if not is_there or not url.isascii() or not url.isprintable() or " " in url:
        raise SnsMessageError(f"{name} must begin with https://{host}/.", name)
    return Page(host, f"{parts.path}?{parts.query}" if parts.query else parts.path)


def _text(fields: dict[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise SnsMessageError(f"{name} must be text.", name)
    return value
