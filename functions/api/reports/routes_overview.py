"""How everything stands: for the first page."""

from typing import Annotated

from fastapi import APIRouter, Query

from functions.api.http.context import ServicesDep
from functions.api.reports.schemas import OverviewView
from functions.api.sending.schemas import BreakerView
from functions.service.operations.ports import BrokerAwayError
from functions.service.reports.overview import overview
from functions.service.sending.look_at_account import look_at_account
from functions.service.services import Services

ACCOUNT_SECONDS_MAX = 2.0

router = APIRouter(tags=["campaigns"])


@router.get("/overview", summary="How everything stands: sends, what is due, what fails")
async def read_overview(
    services: ServicesDep,
    dead_letters: Annotated[
        bool,
        Query(
            description="Count dead letters too. Whoever looks at them has hold of them for a "
            "moment, so ask for it now and then only."
        ),
    ] = False,
) -> OverviewView:
    """As last counted, which is a second ago as a rule. Cheap enough to be asked every few
    seconds."""
    seen = await overview(services)
    account = await look_at_account(services, ACCOUNT_SECONDS_MAX)
    breaker = BreakerView.of(account.breaker) if account is not None else None
    letters = await _dead_letters(services) if dead_letters else None
    return OverviewView.of(seen, breaker, letters)


async def _dead_letters(services: Services) -> int | None:
    try:
        return (await services.dead_letters.page(after=None, limit=1)).total
    except BrokerAwayError:
        return None
