"""What becomes of one returned mail, however it came here: by SMTP or from a mailbox."""

import asyncio
import logging

from functions.mail.read_returned import read_returned
from functions.mail.reports import NoReport
from functions.mail.return_path import ReturnToken, read_return_path
from functions.mail.tokens import TokenInvalid
from functions.service.services import Services
from functions.service.tracking.record_return import Recorded, record_return

logger = logging.getLogger(__name__)


async def take_returned(
    services: Services, content: bytes, sender: str, token: ReturnToken | None
) -> Recorded:
    """`sender`: the envelope's. `token`: that of the return path it came to; None if it came to
    another address, then the original message may name one. Store errors are raised."""
    report = await asyncio.to_thread(read_returned, content, sender)
    if isinstance(report, NoReport):
        logger.info("returned mail ignored: %s", report.why)
        return Recorded.NO_REPORT
    token = token or return_token(services, report.original.return_path or "")
    if token is None:
        logger.info("returned mail ignored: it names no return path")
        return Recorded.NO_MESSAGE
    recorded = await record_return(services, token, report)
    logger.info("returned mail: %s, %s", type(report).__name__.lower(), recorded.value)
    return recorded


def return_token(services: Services, address: str) -> ReturnToken | None:
    """None if the address is not a return path of this installation."""
    try:
        return read_return_path(services.keyring, services.policy.bounce_domain, address)
    except TokenInvalid:
        return None
