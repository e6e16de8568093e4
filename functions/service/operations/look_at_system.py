"""Report the state of everything that the product depends on.

Invariant: this writes nothing but what a ping writes, takes little more than `LOOK_SECONDS_MAX` and
never raises. What cannot be found out is None, and a check says why.
This module must not know what is behind the ports.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from functions.flow.journal import LATENESS_BUCKETS_MS
from functions.service.campaigns.records import CampaignStatus
from functions.service.operations.doctor import LOOK_SECONDS_MAX
from functions.service.operations.records import CheckState, Diagnosis, Lateness, SystemCheck
from functions.service.reports.due import oldest_overdue_seconds
from functions.service.reports.records import Counts
from functions.service.sending.limiter import SendingAccount
from functions.service.services import Services

MARGIN_SECONDS = 0.5
CAMPAIGNS_MAX = 200
"""How many campaigns the lateness is summed over."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SystemReport:
    """`at`: now, by the store's clock. `sending_account`: also None if no rate is set.
    `overdue_seconds`: that of the most overdue lead. `lateness`: also None before the first pause
    has ended. Each is None if it cannot be found out now."""

    diagnosis: Diagnosis
    at: datetime | None = None
    sending_account: SendingAccount | None = None
    overdue_seconds: float | None = None
    lateness: Lateness | None = None


async def look_at_system(services: Services) -> SystemReport:
    diagnosis, at, sending_account, overdue_seconds, lateness = await asyncio.gather(
        _diagnosis(services),
        _or_none(services.store.now),
        _or_none(lambda: _sending_account(services)),
        _or_none(lambda: oldest_overdue_seconds(services)),
        _or_none(lambda: _lateness(services)),
    )
    return SystemReport(diagnosis, at, sending_account, overdue_seconds, lateness)


async def _diagnosis(services: Services) -> Diagnosis:
    try:
        async with asyncio.timeout(LOOK_SECONDS_MAX + MARGIN_SECONDS):
            return await services.doctor.look()
    except Exception as problem:
        logger.warning("the doctor failed: %s", type(problem).__name__)
        message = f"The checks could not be run ({type(problem).__name__})."
        remedy = "Try again. If that does not help, see the log."
        return Diagnosis(
            checks=[
                SystemCheck(name="doctor", state=CheckState.FAILED, message=message, remedy=remedy)
            ]
        )


async def _or_none(ask: Callable[[], Awaitable[T]]) -> T | None:
    try:
        async with asyncio.timeout(LOOK_SECONDS_MAX):
            return await ask()
    except Exception:
        # The doctor's checks report what does not answer.
        return None


async def _sending_account(services: Services) -> SendingAccount | None:
    return await services.limiter.look(await services.store.now())


async def _lateness(services: Services) -> Lateness | None:
    running = await services.store.campaigns.with_status_anywhere(
        CampaignStatus.RUNNING, after_id="", limit=CAMPAIGNS_MAX
    )
    return lateness_of(await services.store.counts.find([it.campaign_id for it in running]))


def lateness_of(counts: Iterable[Counts]) -> Lateness | None:
    """Summed over these campaigns, since each began; None before the first pause has ended."""
    late = [0] * (len(LATENESS_BUCKETS_MS) + 1)
    places = {f"late/{bound}": place for place, bound in enumerate(LATENESS_BUCKETS_MS)}
    for it in counts:
        for key, value in it.values.items():
            if key.startswith("late/"):
                late[places.get(key, -1)] += value
    pauses = sum(late)
    if not pauses:
        return None
    return Lateness(pauses, _bound(late, 0.5 * pauses), _bound(late, 0.99 * pauses))


def _bound(late: Sequence[int], rank: float) -> int | None:
    """The smallest bound that at least `rank` pauses are within; None if there is none."""
    within = 0
    for bound, count in zip(LATENESS_BUCKETS_MS, late, strict=False):
        within += count
        if within >= rank:
            return bound
    return None
