"""The state of the system, for people who want to know why mail is late.

If not even the services can be created, the answer says so, because that is when people look here.
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


@router.get("", summary="Read the state of the system: checks with remedies, queues, workers")
async def read_system(request: Request) -> SystemView:
    """All checks run at once, each for at most 3 seconds. They change nothing."""
    try:
        async with asyncio.timeout(LOOK_SECONDS_MAX):
            services = await services_source(request).services()
    except Exception as problem:
        logger.warning("no services to look at the system with: %s", type(problem).__name__)
        return SystemView.of(SystemReport(Diagnosis(checks=[_without_services(problem)])))
    return SystemView.of(await look_at_system(services))


def _without_services(problem: Exception) -> SystemCheck:
    # Only the type of the error, because its text may contain addresses and passwords.
    return SystemCheck(
        name="store",
        state=CheckState.FAILED,
        message=f"The store cannot be opened ({type(problem).__name__}).",
        remedy="Check that the store is running and that its address is right, and see the log.",
    )
