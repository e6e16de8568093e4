"""What health checks answer."""

from typing import Literal

from pydantic import BaseModel

from functions.api.sending.schemas import BreakerView


class CheckView(BaseModel):
    name: str
    ok: bool
    latency_ms: int
    words: str


class ReadyView(BaseModel):
    """`breaker` is null where no send rate is set."""

    status: Literal["ready", "degraded", "away"]
    checks: list[CheckView]
    breaker: BreakerView | None = None


class LiveAnswer(BaseModel):
    status: Literal["live"] = "live"
