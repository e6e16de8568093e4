"""Take bounces and complaints that a program of ours reports by HTTP, such as one that reads the
webhooks of a mail provider.

Invariant: nothing follows from a request unless it is signed with a secret that we share, lately;
what it says then takes the same way as a returned mail, so a request that is repeated changes
nothing. This module must not know HTTP.
"""

import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from functions.mail.reports import Bounce, Complaint
from functions.service.errors import CallerError
from functions.service.services import Services
from functions.service.tracking.record_return import Recorded, record_return, token_of

WINDOW = timedelta(minutes=5)

TIMESTAMP_HEADER = "X-EmailBuilder-Timestamp"
SIGNATURE_HEADER = "X-EmailBuilder-Signature"

_SECONDS = re.compile(r"\d{1,11}", re.ASCII)


async def check_signature(services: Services, timestamp: str, signature: str, body: bytes) -> None:
    """`timestamp`: Unix seconds. `signature`: HMAC-SHA256 of `TIMESTAMP.BODY` in hexadecimal, with
    any of our secrets. Raises CallerError: 404 if no secret is set, 401 if it does not fit."""
    secrets = services.feedback.secrets
    if not secrets:
        message = "Signed reports are not accepted here: FEEDBACK_SECRETS is not set."
        raise CallerError(404, "not_set_up", message)
    if not _SECONDS.fullmatch(timestamp):
        message = f"{TIMESTAMP_HEADER} must be the time of the request in Unix seconds."
        raise CallerError(401, "timestamp_invalid", message, TIMESTAMP_HEADER)
    at = datetime.fromtimestamp(int(timestamp), UTC)
    if abs(await services.store.now() - at) > WINDOW:
        message = (
            f"{TIMESTAMP_HEADER} must be within five minutes of now: sign each request when it is "
            "sent, and set the clock."
        )
        raise CallerError(401, "not_recent", message, TIMESTAMP_HEADER)
    signed = timestamp.encode() + b"." + body
    given = signature.lower().encode()
    fits = [
        hmac.compare_digest(hmac.digest(secret, signed, "sha256").hex().encode(), given)
        for secret in secrets
    ]
    if not any(fits):
        message = (
            f"{SIGNATURE_HEADER} must be the HMAC-SHA256 of the timestamp, a full stop and the "
            "body, in hexadecimal, with a secret of FEEDBACK_SECRETS."
        )
        raise CallerError(401, "signature_invalid", message, SIGNATURE_HEADER)


async def take_signed_reports(
    services: Services, reports: Sequence[Bounce | Complaint]
) -> list[Recorded]:
    """One by one, because each is about another lead. Store errors are raised; the reports before
    them are recorded, and the same request may be sent again."""
    results = []
    for report in reports:
        token = token_of(services, report.original)
        recorded = Recorded.NO_MESSAGE
        if token is not None:
            recorded = await record_return(services, token, report)
        results.append(recorded)
    return results
