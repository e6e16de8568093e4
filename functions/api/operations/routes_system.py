"""How the system is: what a person looks at who wants to know why mail is late.

Where not even the services can be had, that is the answer: people come here when something is away.
"""

import asyncio
import logging

from fastapi import APIRouter, Request

from functions.api.http.context import services_source
from functions.api.operations.schemas_system import SystemView
from functions.service.operations.doctor import LOOK_SECONDS_MAX
from functions.service.operations.look_at_system import SystemReport, look_at_system
from functions.service.operations.records import CheckState, Diagnosis, SystemCheck

router = APIRouter(prefix="/system", tags=["system"])

logger = logging.getLogger(__name__)


@router.get("", summary="How the system is: checks with remedies, queues, workers")
async def read_system(request: Request) -> SystemView:
    """Everything is looked at at once, each for 3 seconds at most; looking changes nothing."""
    try:
        async with asyncio.timeout(LOOK_SECONDS_MAX):
            services = await services_source(request).services()
    except Exception as problem:
        logger.warning("no services to look at the system with: %s", type(problem).__name__)
        return SystemView.of(SystemReport(Diagnosis(checks=[_without_services(problem)])))
    return SystemView.of(await look_at_system(services))


def _without_services(problem: Exception) -> SystemCheck:
    # The kind of error only: its text may hold addresses and passwords.
    return SystemCheck(
        name="store",
        state=CheckState.FAILED,
        words=f"It cannot be opened ({type(problem).__name__}).",
        remedy="See that the store's address is right and that it runs; the log says more.",
    )
