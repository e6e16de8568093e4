"""How fast mail goes out, as far as that is known."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from functions.api.http.context import ServicesDep
from functions.service.sending.look_at_sending_account import look_at_sending_account
from functions.service.sending.messages_per_minute import messages_per_minute

router = APIRouter(prefix="/sending", tags=["messages"])
LOOK_SECONDS_MAX = 2.0


class ThroughputView(BaseModel):
    per_minute: float | None = Field(
        description="Messages a minute, by the rate of the sending account and by what its mail "
        "server was found to take, whichever is less; null if neither is known."
    )


@router.get("/throughput", summary="Read how fast mail goes out")
async def read_throughput(services: ServicesDep) -> ThroughputView:
    sending_account = await look_at_sending_account(services, LOOK_SECONDS_MAX)
    if sending_account is None:
        return ThroughputView(per_minute=None)
    return ThroughputView(
        per_minute=messages_per_minute(sending_account, await services.store.now())
    )
