"""One e-mail of a campaign's draft: how it looks to a contact, and a test of it."""

from fastapi import APIRouter

from functions.api.content.schemas import EmailChoice, EmailTest, EmailTestView, PreviewView
from functions.api.http.context import ServicesDep
from functions.service.sending.preview_email import preview_email, send_test

router = APIRouter(prefix="/campaigns/{campaign_id}", tags=["flows"])


@router.post("/preview", summary="Render an e-mail for a contact, as it would be sent")
async def preview(campaign_id: str, body: EmailChoice, services: ServicesDep) -> PreviewView:
    """Nothing is stored and nothing counts: links are not tracked, and nobody can unsubscribe by
    it. What is wrong with a field is a problem in the answer, beside what could be rendered."""
    return PreviewView.of(await preview_email(services, campaign_id, body.chosen()))


@router.post(
    "/test-send",
    summary="Send an e-mail once, now, to one address",
    responses={
        409: {"description": "The address must not be written to."},
        422: {"description": "The e-mail has problems, each named by its field."},
        429: {"description": "A rate limit or the breaker says later."},
    },
)
async def send_test_email(
    campaign_id: str, body: EmailTest, services: ServicesDep
) -> EmailTestView:
    """Its subject begins with `[Test]`. Neither leads nor counts nor suppressions know of it; the
    sending rate does."""
    return EmailTestView.of(await send_test(services, campaign_id, body.chosen(), body.to))
