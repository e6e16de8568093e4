"""Measures how many messages per second one core composes:

`python -m bench.render`. The message is typical: a body of about 4.6 KB with six merge tags, one of
them in a link, five tracked links, a pixel, a preheader, and the text part made from it. It
measures the processor time of this process, so that a busy machine does not distort it.
"""

import argparse
import statistics
import sys
import time
from datetime import UTC, datetime

from functions.mail.compose import CompiledEmail, Recipient, compile_email
from functions.mail.tokens import Keyring

BODY_CHARS = 4_600
SUBJECT = "{{ contact.first_name }}, your week"
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

_HEAD = """<!doctype html>
<html><head><meta charset="utf-8"><title>News</title></head>
<body style="margin:0;background:#f4f4f7;font-family:Inter,Arial,sans-serif">
<table role="presentation" width="100%"><tr><td align="center">
<h1>Hello {{ contact.first_name }},</h1>
<p>your {{ contact.plan | default: "free" }} plan in {{ contact.city }} has news.</p>
<p><a href="https://example.com/start">Start here</a> or
<a href="https://example.com/offers?for={{ contact.customer_id }}">see your offers</a>.</p>
"""
_FILLER = """<p style="margin:0 0 16px;line-height:1.5">We packed orders, answered letters &amp;
learned a lot. It will not come back, so keep what you have and look after it well.</p>
"""
_TAIL = """<ul><li><a href="https://example.com/a">One</a></li>
<li><a href="https://example.com/b">Two</a></li><li><a href="https://example.com/c">Three</a></li>
</ul><p>{{ contact.signature }}</p>
<p><a href="{{ unsubscribe_url }}">Unsubscribe</a> {{ campaign.name }}</p>
</td></tr></table></body></html>
"""


def body(chars: int) -> str:
    """The usual body, with about this length."""
    fillers = (chars - len(_HEAD) - len(_TAIL)) // len(_FILLER)
    return _HEAD + _FILLER * fillers + _TAIL


def compiled() -> tuple[CompiledEmail, int]:
    """Return the e-mail to render, and the length of its body."""
    html = body(BODY_CHARS)
    email = compile_email(
        subject=SUBJECT,
        body=html,
        from_name="Ada from Example",
        from_email="ada@example.com",
        preheader="News for {{ contact.city }}",
        campaign_id="cmp_1",
        campaign_name="Weekly",
        campaign_created_at=AT,
        node_id="email-1",
        public_url="https://mail.example.com",
        keyring=Keyring({"k1": b"0123456789abcdef0123456789abcdef"}),
    )
    return email, len(html)


def messages_per_second(email: CompiledEmail, messages: int) -> float:
    recipients = [
        Recipient(
            lead_id=f"lead_cmp_1_{number}_1764000000",
            visit=1,
            resend_number=1,
            email=f"contact{number}@example.com",
            attributes={
                "first_name": f"Zoë {number}",
                "plan": "pro",
                "city": "Łódź",
                "customer_id": str(number),
                "signature": "Yours, Ada & all",
            },
        )
        for number in range(messages)
    ]
    started = time.process_time()
    for recipient in recipients:
        email.render(recipient, AT)
    return messages / (time.process_time() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    email, body_chars = compiled()
    messages_per_second(email, 500)
    rounds = [messages_per_second(email, arguments.messages) for _ in range(arguments.rounds)]
    sys.stdout.write(
        f"render: body_chars={body_chars} rounds={len(rounds)} "
        f"messages_per_second={statistics.median(rounds):.0f} best={max(rounds):.0f}\n"
    )


if __name__ == "__main__":
    main()
