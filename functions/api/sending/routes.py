"""Messages with their outcomes, and the decision about those whose outcome is unknown."""

from typing import Annotated

from fastapi import APIRouter, Query

from functions.api.http.context import ServicesDep
from functions.api.http.parameters import PAGE_DEFAULT, PageLimit
from functions.api.leads.schemas import LeadView
from functions.api.sending.schemas import MessagePage, MessageView, ResolutionChoice
from functions.service.campaigns.change_campaign import find_campaign
from functions.service.sending.list_messages import list_messages as find_messages
from functions.service.sending.records import MessageState
from functions.service.sending.resolve_unknown import Resolution, resolve_unknown

router = APIRouter(prefix="/campaigns/{campaign_id}/messages", tags=["messages"])


@router.get("", summary="List messages by key; `state=unknown` lists those that need a decision")
async def list_messages(
    campaign_id: str,
    services: ServicesDep,
    state: MessageState | None = None,
    after: Annotated[
        str, Query(max_length=600, description="`next_after` of the page before.")
    ] = "",
    limit: PageLimit = PAGE_DEFAULT,
) -> MessagePage:
    found, returned = await find_messages(
        services, campaign_id, after_key=after, limit=limit + 1, state=state
    )
    page = found[:limit]
    return MessagePage(
        messages=[MessageView.of(it, returned) for it in page],
        next_after=page[-1].key if len(found) > limit else None,
    )


@router.post(
    "/{key:path}/resolve",
    summary="Decide about a message whose outcome is unknown",
    responses={409: {"description": "The outcome is known, or has already been decided."}},
)
async def resolve_message(
    campaign_id: str, key: str, body: ResolutionChoice, services: ServicesDep
) -> LeadView:
    """`send_again` sends a new message; `treat_as_sent` makes the lead go on."""
    await find_campaign(services, campaign_id)
    step = await resolve_unknown(services, campaign_id, key, Resolution(body.resolution))
    return LeadView.model_validate(LeadView.fields_of(step.lead))
