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
    """`breaker`: null if no send rate is set. `blocked`: messages that came back in the last day
    because other mail servers refuse our mail. `blocked_reason`: the latest server's words; empty
    if there are none. `is_held`: the store was restored from a backup, and nothing is sent until
    somebody decides; null if that cannot be found out."""

    status: Literal["ready", "degraded", "away"]
    checks: list[CheckView]
    breaker: BreakerView | None = None
    blocked: int = 0
    blocked_reason: str = ""
    is_held: bool | None = None


class LiveAnswer(BaseModel):
    status: Literal["live"] = "live"
