"""The overview: the state of all campaigns, for the first page."""

from typing import Annotated

from fastapi import APIRouter, Query

from functions.api.http.context import ServicesDep
from functions.api.reports.schemas import OverviewView
from functions.api.sending.schemas import BreakerView
from functions.service.operations.ports import BrokerAwayError
from functions.service.reports.overview import overview
from functions.service.sending.look_at_sending_account import look_at_sending_account
from functions.service.services import Services

SENDING_ACCOUNT_SECONDS_MAX = 2.0

router = APIRouter(tags=["campaigns"])


@router.get("/overview", summary="Read the overview: sends, what is due, what fails")
async def read_overview(
    services: ServicesDep,
    dead_letters: Annotated[
        bool,
        Query(
            description="Also count dead letters. Counting holds them for a moment, so do not do "
            "it often."
        ),
    ] = False,
) -> OverviewView:
    """Uses the counts of the last roll-up, usually a second ago. Cheap enough to poll every few
    seconds."""
    seen = await overview(services)
    sending_account = await look_at_sending_account(services, SENDING_ACCOUNT_SECONDS_MAX)
    breaker = BreakerView.of(sending_account.breaker) if sending_account is not None else None
    number = await _dead_letters(services) if dead_letters else None
    return OverviewView.of(seen, breaker, number)


async def _dead_letters(services: Services) -> int | None:
    try:
        return (await services.dead_letters.page(after=None, limit=1)).total
    except BrokerAwayError:
        return None
