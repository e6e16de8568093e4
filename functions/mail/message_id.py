"""The Message-ID: 32 digits of a digest of the send key, when the campaign was created, and the
contact's number, as `DIGEST.CREATED.NUMBER@DOMAIN` in hexadecimal.

Role: providers that report by webhook name a message by nothing else. Invariant: it depends on the
send key and the campaign alone. Everybody who gets the mail can read it, and it carries no seal: it
proves nothing, so it may only name a message in a report that is signed.
It must not know stores: who has a token looks for the message.
"""

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from functions.flow.keys import seq_of
from functions.mail.return_path import DIGEST_BYTES, ReturnToken

DIGITS = 32

_MESSAGE_ID = re.compile(
    r"<?([0-9a-f]{32})\.([0-9a-f]{1,12})\.([0-9a-f]{1,10})@[^@<>\s]{1,255}>?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def message_id(lead_id: str, send_key: str, campaign_created_at: datetime, domain: str) -> str:
    """In angle brackets."""
    digest = sha256(send_key.encode()).hexdigest()[:DIGITS]
    created_ms = (campaign_created_at - _EPOCH) // _MILLISECOND
    return f"<{digest}.{created_ms:x}.{seq_of(lead_id):x}@{domain}>"


def read_message_id(written: str) -> ReturnToken | None:
    """What it says about its message, like a return path. None if it is not one of ours."""
    found = _MESSAGE_ID.fullmatch(written.strip())
    if found is None:
        return None
    digest, created, seq = found.groups()
    try:
        created_at = _EPOCH + int(created, 16) * _MILLISECOND
    except OverflowError:
        return None
    return ReturnToken(created_at, int(seq, 16), bytes.fromhex(digest)[:DIGEST_BYTES])
