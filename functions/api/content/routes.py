"""Preview one e-mail of a campaign's draft, and send it as a test."""

from fastapi import APIRouter

from functions.api.content.schemas import EmailChoice, EmailTest, EmailTestView, PreviewView
from functions.api.http.context import ServicesDep
from functions.service.sending.preview_email import preview_email, send_test

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["flows"])


_BUSY = "The store does not answer, or the e-mail took too long to render (`render_interrupted`)."


@router.post(
    "/preview",
    summary="Render an e-mail for a contact, as it would be sent",
    responses={503: {"description": _BUSY}},
)
async def preview(campaign_id: str, body: EmailChoice, services: ServicesDep) -> PreviewView:
    """The mail as it would be sent, but nothing is stored or counted: its links lead on without a
    record, and its unsubscribe link has no effect. If a field is wrong, the answer lists it as a
    problem, along with what could be rendered."""
    return PreviewView.of(await preview_email(services, campaign_id, body.chosen()))


@router.post(
    "/test-send",
    summary="Send an e-mail once, now, to one address",
    responses={
        409: {"description": "The address is suppressed, or the DKIM key cannot be used."},
        422: {"description": "The e-mail has problems; each names its field."},
        429: {"description": "A rate limit or the circuit breaker defers the e-mail."},
        503: {"description": _BUSY},
    },
)
async def send_test_email(
    campaign_id: str, body: EmailTest, services: ServicesDep
) -> EmailTestView:
    """The subject begins with `[Test]`. The test affects no leads, counts or suppressions, but it
    counts towards the sending rate."""
    return EmailTestView.of(await send_test(services, campaign_id, body.chosen(), body.to))
