"""Schemas of dead letters."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from functions.api.http.fields import Closed
from functions.api.http.old_names import WithOldNames
from functions.service.operations.records import (
    NAMED_MAX,
    TEXT_BYTES_MAX,
    Cleared,
    DeadLetter,
    OpenedDeadLetter,
)

DEAD_LETTER_ID_CHARS_MAX = 100

DeadLetterId = Annotated[str, StringConstraints(min_length=1, max_length=DEAD_LETTER_ID_CHARS_MAX)]

_DEAD_LETTER: JsonDict = {
    "dead_letter_id": "5d2f0c1e9a3b4c6d7e8f9012",
    "source": "send_email",
    "reason": "rejected",
    "at": "2026-03-09T09:00:00Z",
    "kind": "send",
    "lead_id": "lead_welcome_7_1772960400",
    "campaign_id": "welcome",
    "node_id": "email-1",
    "job_id": None,
    "size_bytes": 118,
    "deliveries": None,
    "copies": 1,
}


class DeadLetterView(WithOldNames):
    OLD_NAMES: ClassVar = {"letter_id": "dead_letter_id"}

    dead_letter_id: str
    source: str | None = Field(description="The queue it died in.")
    reason: str | None = Field(
        description="As stated by the broker: `rejected` (no worker could use it), "
        "`delivery_limit` (it came back too often), or another reason."
    )
    at: datetime | None = Field(
        description="When it died. SQS does not say, so there it is when it was sent."
    )
    kind: str | None = Field(
        description="`send`, `resume`, `run_job`, or the name of an unknown task; null if it is "
        "not a job."
    )
    lead_id: str | None
    campaign_id: str | None
    node_id: str | None
    job_id: str | None
    size_bytes: int
    deliveries: int | None = Field(
        description="How often it was delivered, including to people who looked at it; null if "
        "the broker does not count."
    )
    copies: int = Field(
        description="How many identical letters share this id. What is done to one is done to all."
    )

    @classmethod
    def fields_of(cls, dead_letter: DeadLetter) -> dict[str, object]:
        names = ("lead_id", "campaign_id", "node_id", "job_id")
        own = (
            name for name in DeadLetterView.model_fields if name not in (*names, "dead_letter_id")
        )
        return {
            "dead_letter_id": dead_letter.dead_letter_id,
            **{name: getattr(dead_letter, name) for name in own},
            **{name: getattr(dead_letter.names, name) for name in names},
        }

    @classmethod
    def of(cls, dead_letter: DeadLetter) -> "DeadLetterView":
        return cls.model_validate(cls.fields_of(dead_letter))


class DeadLetterPageView(WithOldNames):
    OLD_NAMES: ClassVar = {"letters": "dead_letters"}

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"dead_letters": [_DEAD_LETTER], "next_cursor": None, "total": 1, "unseen": 0}
            ]
        }
    )

    dead_letters: list[DeadLetterView]
    next_cursor: str | None = Field(description="For the next page; null on the last.")
    total: int = Field(description="How many dead letters there are.")
    unseen: int = Field(
        description="How many of them could not be read, because there are too many or because "
        "somebody else holds them. They are on no page."
    )


class DeadLetterRead(DeadLetterView):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_DEAD_LETTER,
                    "text": '[[], {"lead_id": "lead_welcome_7_1772960400"}, {}]',
                    "is_cut": False,
                }
            ]
        }
    )

    text: str = Field(
        description=f"The first {TEXT_BYTES_MAX} bytes of the body. What is not printable is "
        "replaced by `\\x1b` and the like."
    )
    is_cut: bool = Field(description="Whether the body is longer than `text`.")

    @classmethod
    def opened(cls, opened: OpenedDeadLetter) -> "DeadLetterRead":
        fields = cls.fields_of(opened.dead_letter)
        return cls.model_validate({**fields, "text": opened.text, "is_cut": opened.is_cut})


class DeadLetterChoice(Closed):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ids": [_DEAD_LETTER["dead_letter_id"]]}, {"all": True}]}
    )

    ids: Annotated[list[DeadLetterId], Field(min_length=1, max_length=NAMED_MAX)] | None = None
    all: Literal[True] | None = Field(
        default=None, description="All dead letters, instead of `ids`."
    )


class RequeuedView(BaseModel):
    requeued: int
    left: int = Field(description="How many dead letters remain.")
    missing: list[str] = Field(
        description="Ids that were not found: already gone, or held by somebody else."
    )
    stuck: list[str] = Field(
        description="Ids of letters from an unknown queue: they can only be dropped."
    )

    @classmethod
    def of(cls, cleared: Cleared) -> "RequeuedView":
        return cls(
            requeued=cleared.count,
            left=cleared.left,
            missing=list(cleared.missing),
            stuck=list(cleared.stuck),
        )


class DroppedView(BaseModel):
    dropped: int
    left: int = Field(description="How many dead letters remain.")
    missing: list[str] = Field(
        description="Ids that were not found: already gone, or held by somebody else."
    )

    @classmethod
    def of(cls, cleared: Cleared) -> "DroppedView":
        return cls(dropped=cleared.count, left=cleared.left, missing=list(cleared.missing))
