"""The contacts and the message, which are the same for the floor and the stack."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from bench.render import SUBJECT, body
from functions.mail.compose import Recipient, compile_email
from functions.mail.tokens import Keyring
from functions.service.audience.contact_row import Row

BODY_CHARS = 3_000
"""Makes a message of about 10 KB: links become signed, and both parts are base64."""
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

EMAIL: Mapping[str, object] = {
    "id": "email-1",
    "type": "sendEmail",
    "configuration": {
        "subject": SUBJECT,
        "body": body(BODY_CHARS),
        "preheader": "News for {{ contact.city }}",
    },
}
ONE_EMAIL: Mapping[str, object] = {
    "nodes": [{"id": "start", "type": "start"}, EMAIL],
    "connections": [{"from_node": "start", "to_node": "email-1"}],
}
ONE_WAIT: Mapping[str, object] = {
    "nodes": [
        {"id": "start", "type": "start"},
        {
            "id": "wait-1",
            "type": "wait",
            "configuration": {"mode": "attribute", "attribute": "due_at"},
        },
        {"id": "end", "type": "end"},
    ],
    "connections": [
        {"from_node": "start", "to_node": "wait-1"},
        {"from_node": "wait-1", "to_node": "end"},
    ],
}
"""A wait that ends at the contact's `due_at`."""


def address(number: int) -> str:
    return f"reader{number}@example.com"


def attributes(number: int) -> dict[str, str]:
    return {
        "first_name": f"Zoë {number}",
        "plan": "pro",
        "city": "Łódź",
        "customer_id": str(number),
        "signature": "Yours, Ada & all",
    }


def rows(count: int) -> Iterator[Row]:
    for number in range(count):
        yield Row(number + 1, address(number), attributes(number))


def finished_messages(count: int) -> list[bytes]:
    """The messages that the stack sends to the first `count` contacts, composed beforehand."""
    email = compile_email(
        subject=SUBJECT,
        body=body(BODY_CHARS),
        from_name="Ann",
        from_email="ann@example.com",
        preheader="News for {{ contact.city }}",
        campaign_id="speed",
        campaign_name="speed",
        campaign_created_at=AT,
        node_id="email-1",
        public_url="http://127.0.0.1:8000",
        keyring=Keyring.parse("k1:not-a-secret-not-a-secret-not-a-secret"),
    )
    return [
        email.render(
            Recipient(
                f"lead_speed_{number + 1}_{AT.timestamp():.0f}",
                1,
                1,
                address(number),
                attributes(number),
            ),
            AT,
        ).content
        for number in range(count)
    ]
