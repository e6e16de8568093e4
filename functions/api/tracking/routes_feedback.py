"""Bounces and complaints that others report. The routes need no API token: Amazon SNS signs its
messages, and other programs sign theirs with a secret of FEEDBACK_SECRETS."""

import logging
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from functions.api.http.context import ServicesDep
from functions.api.http.paths import API_PREFIX, SES_FEEDBACK
from functions.api.tracking.schemas import FeedbackTaken, Reports
from functions.service.tracking.take_signed_reports import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    check_signature,
    take_signed_reports,
)
from functions.service.tracking.take_sns_message import take_sns_message

router = APIRouter(tags=["feedback"])

logger = logging.getLogger(__name__)


async def _signed(
    request: Request,
    services: ServicesDep,
    timestamp: Annotated[str, Header(alias=TIMESTAMP_HEADER)] = "",
    signature: Annotated[str, Header(alias=SIGNATURE_HEADER)] = "",
) -> None:
    await check_signature(services, timestamp, signature, await request.body())


@router.post(
    f"{API_PREFIX}/feedback",
    summary="Report bounces and complaints, signed",
    dependencies=[Depends(_signed)],
    responses={
        401: {"description": "The request is not signed, or was signed long ago."},
        404: {"description": "FEEDBACK_SECRETS is not set."},
    },
)
async def report_feedback(body: Reports, services: ServicesDep) -> FeedbackTaken:
    """A request may be repeated: each report acts once."""
    results = await take_signed_reports(services, [it.report() for it in body])
    logger.info("signed reports: %s", ", ".join(results))
    return FeedbackTaken(results=results)


@router.post(
    SES_FEEDBACK,
    summary="Take a message of Amazon SNS about mail that SES sent",
    responses={
        403: {"description": "The topic is not ours, the message is old or not signed by SNS."},
        404: {"description": "SES_TOPICS is not set."},
        503: {"description": "The certificate cannot be read now; send the message again."},
    },
)
async def take_ses_feedback(request: Request, services: ServicesDep) -> FeedbackTaken:
    """Confirms a subscription, or records the bounce or complaint."""
    recorded = await take_sns_message(services, await request.body())
    logger.info("message of SNS: %s", recorded.value)
    return FeedbackTaken(results=[recorded])
