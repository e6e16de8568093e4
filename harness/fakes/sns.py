"""Amazon SNS: a certificate, the pages that its messages name, and messages signed like real ones.

A test can change any field of a message before or after it is signed.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from functions.mail.sns_message import Page
from functions.service.tracking.ports import SnsUnreachableError

TOPIC = "arn:aws:sns:eu-west-1:123456789012:ses-feedback"
HOST = "sns.eu-west-1.amazonaws.com"
CERTIFICATE = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"

Fields = dict[str, str]


class FakeSns:
    """Implements `SnsPages`. `visited`: the pages of confirmations. `is_away`: no page answers."""

    def __init__(self, now: datetime) -> None:
        self._key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        self.now = now
        self.pem = certificate(self._key, HOST, now)
        self.asked: list[Page] = []
        self.visited: list[Page] = []
        self.is_away = False

    async def certificate(self, page: Page) -> bytes:
        self.asked.append(page)
        if self.is_away:
            raise SnsUnreachableError(HOST)
        return self.pem

    async def confirm(self, page: Page) -> None:
        self.visited.append(page)

    def notification(self, text: str, *, version: str = "2", **changes: str) -> Fields:
        """`changes`: fields of the message that is signed."""
        return self.signed(
            {"Type": "Notification", "Message": text, **_common(self.now, version), **changes}
        )

    def subscription(self, *, version: str = "2", **changes: str) -> Fields:
        asked = {"Action": "ConfirmSubscription", "TopicArn": TOPIC, "Token": "2336412f37"}
        fields = {
            "Type": "SubscriptionConfirmation",
            "Token": asked["Token"],
            "Message": "You have chosen to subscribe …",
            "SubscribeURL": f"https://{HOST}/?{urlencode(asked)}",
            **_common(self.now, version),
            **changes,
        }
        return self.signed(fields)

    def signed(self, fields: Mapping[str, str]) -> Fields:
        names = ["Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token"]
        if fields["Type"] == "Notification":
            names = ["Message", "MessageId", "Subject", "Timestamp"]
        names += ["TopicArn", "Type"]
        text = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
        digest = SHA1() if fields["SignatureVersion"] == "1" else SHA256()
        signature = self._key.sign(text.encode(), padding.PKCS1v15(), digest)
        return {**fields, "Signature": b64encode(signature).decode()}


def certificate(key: rsa.RSAPrivateKey, host: str, now: datetime) -> bytes:
    """Signed by its own key; valid from the day before for two days."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    day = timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM)


def bounce_event(mail_from: str, recipient: str, **bounced: str) -> str:
    """What SES publishes about a message: the event of a configuration set. `bounced`: fields of
    the bounced recipient."""
    return json.dumps(
        {
            "eventType": "Bounce",
            "bounce": {
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [
                    {
                        "emailAddress": recipient,
                        "action": "failed",
                        "status": "5.1.1",
                        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                        **bounced,
                    }
                ],
                "timestamp": "2027-03-01T09:00:00.000Z",
                "feedbackId": "0102018b-0000",
            },
            "mail": _mail(mail_from, recipient),
        }
    )


def complaint_notification(message_id: str, recipient: str) -> str:
    """What SES publishes about an identity, in the older shape."""
    return json.dumps(
        {
            "notificationType": "Complaint",
            "complaint": {
                "complainedRecipients": [{"emailAddress": recipient}],
                "complaintFeedbackType": "abuse",
                "timestamp": "2027-03-01T09:00:00.000Z",
            },
            "mail": {**_mail("hello@example.com", recipient), **_headers(message_id)},
        }
    )


def _mail(mail_from: str, recipient: str) -> dict[str, object]:
    return {
        "timestamp": "2027-03-01T08:59:00.000Z",
        "source": mail_from,
        "messageId": "0102018b0c8e8b5a-00000000-0000-0000-0000-000000000000-000000",
        "destination": [recipient],
    }


def _headers(message_id: str) -> dict[str, object]:
    return {"commonHeaders": {"messageId": message_id, "subject": "Hi"}}


def _common(now: datetime, version: str) -> Fields:
    return {
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Timestamp": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "SignatureVersion": version,
        "SigningCertURL": f"https://{HOST}{CERTIFICATE}",
    }
