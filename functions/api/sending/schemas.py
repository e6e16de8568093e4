"""What answers say of messages and of the sending account's circuit breaker."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.api.http.fields import Closed
from functions.api.http.old_names import WithOldNames
from functions.service.sending.breaker import Breaker, BreakerState
from functions.service.sending.records import Message


class ResolutionChoice(Closed):
    model_config = ConfigDict(json_schema_extra={"examples": [{"resolution": "treat_as_sent"}]})

    resolution: Literal["send_again", "treat_as_sent"]


class MessageView(WithOldNames):
    OLD_NAMES: ClassVar = {
        "words": "reason",
        "tries": "delivery_attempts",
        "first_try_at": "first_attempt_at",
    }

    key: str
    campaign_id: str
    lead_id: str
    node_id: str
    visit: int
    attempt: int
    recipient: str
    state: str
    changed_at: datetime
    first_attempt_at: datetime
    delivery_attempts: int
    retry_at: datetime | None
    reason: str = Field(description="The mail server's own, or why nobody knows.")
    resolution: str | None = Field(description="How a person settled an unknown one.")

    @classmethod
    def of(cls, message: Message) -> "MessageView":
        renamed = {
            "reason": message.words,
            "delivery_attempts": message.tries,
            "first_attempt_at": message.first_try_at,
        }
        same = cls.model_fields.keys() - renamed.keys()
        return cls.model_validate({**{name: getattr(message, name) for name in same}, **renamed})


class MessagePage(BaseModel):
    messages: list[MessageView]
    next_after: str | None = Field(description="For the next page; null on the last.")


_MESSAGES = {
    BreakerState.CLOSED: "Mail goes out.",
    BreakerState.OPEN: "The mail server refused mail of this account again and again: leads wait.",
    BreakerState.PROBING: "One message finds out whether mail is taken again; the others wait.",
}


class BreakerView(WithOldNames):
    """`since`: when it came to this state, null if it never was in another. `open_until`: when
    mail is tried again, or the present try is given up. `last_reason`: of the latest refusal.
    Whose it is stays in the figures: anybody may read this."""

    OLD_NAMES: ClassVar = {"words": "message", "last_words": "last_reason"}

    state: BreakerState
    since: datetime | None
    open_until: datetime | None
    refusals: int
    last_reason: str
    message: str

    @classmethod
    def of(cls, breaker: Breaker) -> "BreakerView":
        return cls(
            state=breaker.state,
            since=breaker.since,
            open_until=breaker.open_until,
            refusals=breaker.refusals,
            last_reason=breaker.words,
            message=_MESSAGES[breaker.state],
        )
