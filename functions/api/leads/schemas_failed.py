"""Schemas of failed leads, counted and retried together."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from functions.api.http.fields import Closed, Identifier
from functions.api.leads.schemas import Remark
from functions.flow.lead import Reason
from functions.mail.answer_kind import CHARS_MAX
from functions.service.leads.failed_leads import (
    Chosen,
    FailedCount,
    Group,
    GroupCount,
    Obstacle,
)
from functions.service.leads.retry_failed_leads import CHOSEN_MAX


class FailedLeadsCountView(BaseModel):
    leads: int
    can_retry: int
    obstacles: dict[Obstacle, int] = Field(
        description="How many of them are not retried, and why. `suppressed`: mail to the address "
        "is suppressed. `in_circles`: the flow led the lead round a loop too often; move it to "
        "another node. `not_refused`: its message may have been sent. `flow_unusable`: the flow "
        "version that it walks cannot be read."
    )

    @classmethod
    def of_count(cls, count: GroupCount) -> "FailedLeadsCountView":
        return cls(leads=count.leads, can_retry=count.can_retry, obstacles=dict(count.obstacles))


class FailedLeadsGroupView(FailedLeadsCountView):
    node_id: str
    reason: str = Field(description="`rejected`, `template` or `poison`.")
    answer: str = Field(
        description="What the mail server answered, or why the e-mail could not be rendered, "
        "without what differs from message to message: addresses, queue ids, numbers."
    )

    @classmethod
    def of_group(cls, group: Group, count: GroupCount) -> "FailedLeadsGroupView":
        return cls(
            node_id=group.node_id,
            reason=group.reason,
            answer=group.answer,
            leads=count.leads,
            can_retry=count.can_retry,
            obstacles=dict(count.obstacles),
        )


class FailedLeadsView(BaseModel):
    groups: list[FailedLeadsGroupView] = Field(description="The largest first.")
    others: FailedLeadsCountView = Field(description="The leads of all smaller groups.")
    next_after_seq: int | None = Field(
        description="If there are more failed leads: `after_seq` of the request that counts on. "
        "Add up the groups of all answers."
    )

    @classmethod
    def of(cls, count: FailedCount) -> "FailedLeadsView":
        return cls(
            groups=[FailedLeadsGroupView.of_group(*it) for it in count.groups],
            others=FailedLeadsCountView.of_count(count.others),
            next_after_seq=None if count.is_complete else count.counted_to,
        )


class FailedLeadsChoice(Closed):
    """Groups of failed leads. What is left out may be anything."""

    node_id: Identifier | None = None
    reason: Annotated[Reason | None, Field(strict=False)] = None
    answer: Annotated[str, StringConstraints(max_length=CHARS_MAX)] | None = None

    def chosen(self) -> Chosen:
        return Chosen(self.node_id, self.reason, self.answer)


class FailedLeadsRetry(Closed):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "groups": [
                        {
                            "node_id": "email-1",
                            "reason": "rejected",
                            "answer": "554 5.7.1 …: Relay access denied",
                        }
                    ],
                    "reason": "the relay is configured again",
                }
            ]
        }
    )

    groups: Annotated[
        tuple[FailedLeadsChoice, ...],
        Field(
            max_length=CHOSEN_MAX,
            strict=False,
            description="Which failed leads to retry; empty: all of them.",
        ),
    ] = ()
    reason: Remark = ""
