"""Schemas of messages and of the sending account's circuit breaker."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.api.http.fields import Closed, Document
from functions.api.http.old_names import WithOldNames
from functions.service.sending.breaker import Breaker, BreakerState
from functions.service.sending.list_messages import Returned
from functions.service.sending.records import Message


class ResolutionChoice(Closed):
    model_config = ConfigDict(json_schema_extra={"examples": [{"resolution": "treat_as_sent"}]})

    resolution: Literal["send_again", "treat_as_sent"]


class MessageView(WithOldNames):
    """One e-mail to one lead. `visit`: how often the lead had arrived at the node. `resend_number`:
    the number of the message within that visit; above 1 if a person had it sent again.
    `changed_at`: when the message entered its state. `first_attempt_at`: when the first attempt to
    deliver it began. `delivery_attempts`: attempts after which it had to be tried again; limits do
    not count. `retry_at`: when a deferred message is tried again; otherwise null."""

    OLD_NAMES: ClassVar = {
        "attempt": "resend_number",
        "words": "reason",
        "tries": "delivery_attempts",
        "first_try_at": "first_attempt_at",
    }

    key: str
    campaign_id: str
    lead_id: str
    node_id: str
    visit: int
    resend_number: int
    recipient: str
    state: str
    changed_at: datetime
    first_attempt_at: datetime
    delivery_attempts: int
    retry_at: datetime | None
    reason: str = Field(description="The mail server's reply, or why the message ended so.")
    resolution: str | None = Field(
        description="What a person decided about an unknown message; null if nothing."
    )

    returned: Literal["bounced", "complained"] | None = Field(
        description="What came back of it: a bounce, or its reader's complaint; null if nothing."
    )

    @classmethod
    def of(cls, message: Message, returned: Returned) -> "MessageView":
        names = [name for name in cls.model_fields if name not in ("reason", "returned")]
        same: Document = {name: getattr(message, name) for name in names}
        of_message = returned.get((message.lead_id, message.node_id, message.visit))
        return cls.model_validate(
            {**same, "reason": message.outcome_reason, "returned": of_message}
        )


class MessagePage(BaseModel):
    messages: list[MessageView]
    next_after: str | None = Field(description="For the next page; null on the last.")


_MESSAGES = {
    BreakerState.CLOSED: "Mail is being sent.",
    BreakerState.OPEN: "The mail server keeps refusing mail of this account: leads wait.",
    BreakerState.PROBING: "One message tests whether mail is accepted again; the others wait.",
}


class BreakerView(WithOldNames):
    """`since`: when it entered this state; null if it was never in another. `open_until`: when mail
    is tried again, or when the present test is given up. `refusals`: in a row. `last_reason`: the
    latest refusal. The account is not named, because anybody can read this."""

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
            last_reason=breaker.last_reason,
            message=_MESSAGES[breaker.state],
        )
