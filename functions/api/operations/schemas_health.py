"""Schemas of health checks."""

from typing import ClassVar, Literal

from pydantic import BaseModel

from functions.api.http.old_names import WithOldNames
from functions.api.sending.schemas import BreakerView


class CheckView(WithOldNames):
    OLD_NAMES: ClassVar = {"words": "message"}

    name: str
    ok: bool
    latency_ms: int
    message: str


class ReadyView(BaseModel):
    """`breaker`: null if no send rate is set."""

    status: Literal["ready", "degraded", "away"]
    checks: list[CheckView]
    breaker: BreakerView | None = None


class LiveAnswer(BaseModel):
    status: Literal["live"] = "live"
