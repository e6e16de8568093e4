"""Take a message of Amazon SNS: a report of SES, or the question whether we want such reports.

Invariant: nothing follows from a message unless its topic is ours, it is recent and SNS signed it;
what it says then takes the same way as a returned mail, so a message that is delivered again
changes nothing. Pages are fetched only for messages of our topics. This module must not know HTTP.
"""

from datetime import timedelta

from functions.mail.reports import NoReport
from functions.mail.ses_event import read_ses_event
from functions.mail.sns_message import SnsMessage, SnsMessageError, is_signed, read_sns_message
from functions.service.errors import CallerError
from functions.service.services import Services
from functions.service.tracking.ports import SnsPages, SnsUnreachableError
from functions.service.tracking.record_return import Recorded, record_return, token_of

AGE_MAX = timedelta(hours=2)
"""SNS delivers a message again for up to an hour."""
AHEAD_MAX = timedelta(minutes=5)


async def take_sns_message(services: Services, body: bytes) -> Recorded:
    """Raises CallerError: 404 if no topic is set, 422 if it is not a message of SNS, 403 if it is
    not to be trusted, 503 if that cannot be found out now. Store errors are raised."""
    sources = services.feedback
    if not sources.topics or sources.pages is None:
        message = "Reports of SES are not accepted here: SES_TOPICS is not set."
        raise CallerError(404, "not_set_up", message)
    try:
        sns_message = read_sns_message(body)
    except SnsMessageError as error:
        raise CallerError(422, "not_an_sns_message", error.message, error.field) from None
    if sns_message.topic_arn not in sources.topics:
        message = "TopicArn must be one of those in SES_TOPICS."
        raise CallerError(403, "topic_not_accepted", message, "TopicArn")
    try:
        await _check(services, sources.pages, sns_message)
        if sns_message.subscribe is not None:
            await sources.pages.confirm(sns_message.subscribe)
            return Recorded.CONFIRMED
    except SnsUnreachableError as error:
        message = f"A page of SNS cannot be read now: {error}. Send the message again."
        raise CallerError(503, "sns_unreachable", message) from None
    return await _record(services, sns_message)


async def _check(services: Services, pages: SnsPages, sns_message: SnsMessage) -> None:
    now = await services.store.now()
    if not now - AGE_MAX <= sns_message.published_at <= now + AHEAD_MAX:
        message = "Timestamp is too long ago, or in the future: the message is not accepted."
        raise CallerError(403, "not_recent", message, "Timestamp")
    certificate = await pages.certificate(sns_message.certificate)
    if not is_signed(sns_message, certificate, now):
        message = "Signature is not that of SNS for this message."
        raise CallerError(403, "signature_invalid", message, "Signature")


async def _record(services: Services, sns_message: SnsMessage) -> Recorded:
    report = read_ses_event(sns_message.text)
    if sns_message.kind != "Notification" or isinstance(report, NoReport):
        return Recorded.NO_REPORT
    token = token_of(services, report.original)
    return Recorded.NO_MESSAGE if token is None else await record_return(services, token, report)
