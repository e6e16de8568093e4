"""Schemas of leads and their timelines."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, StringConstraints

from functions.api.http.fields import Closed, Document, Identifier, one_line
from functions.api.http.old_names import WithOldNames
from functions.api.leads.english import sentence
from functions.api.sending.schemas import MessageView
from functions.flow.journal import DetailValue
from functions.flow.lead import AttributeValue, Lead
from functions.service.audience.records import Suppression, SuppressionReason
from functions.service.leads.next_step import NextStep
from functions.service.leads.timeline import TimelineItem
from functions.service.leads.timeline_codes import NextCode, TimelineCode, TimelineParameters

Remark = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    AfterValidator(one_line),
    Field(
        validation_alias=AliasChoices("reason", "words"),
        description="Who did it or why, for the lead's timeline.",
    ),
]


class Removal(Closed):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "asked by phone"}]})

    reason: Remark = ""


class LeadIntervention(Closed):
    model_config = ConfigDict(json_schema_extra={"examples": [{"revision": 7}]})

    revision: Annotated[
        int,
        Field(
            ge=0,
            le=2**53,
            description="The revision of the lead that you saw. If the lead has changed since, "
            "nothing happens and the answer is 409. So a second click does nothing.",
        ),
    ]
    reason: Remark = ""


class LeadMove(LeadIntervention):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"revision": 7, "node_id": "email-2"}]}
    )

    node_id: Annotated[
        Identifier, Field(description="The target, in the flow version that the lead walks.")
    ]


class SentEmailView(WithOldNames):
    OLD_NAMES: ClassVar = {"attempt": "resend_number"}

    visit: int
    resend_number: int
    at: datetime


class LeadView(BaseModel):
    """One contact's walk through the campaign. `reason`: why the lead pauses or has ended; null
    otherwise. `current_node`: null before the first step. `execution_path`: the nodes in the order
    of arrival. `sent_emails`: the latest message that a mail server accepted, by node.
    `wait_until`: set while the lead pauses until a time. `revision`: grows with every step."""

    lead_id: str
    campaign_id: str
    seq: int = Field(
        description="Number in the campaign, from 1. Those of contacts deleted before they "
        "entered are missing."
    )
    email: str
    attributes: dict[str, AttributeValue]
    status: str
    reason: str | None
    current_node: str | None
    execution_path: list[str]
    completed_tasks: list[str] = Field(description="The nodes that the lead has left, in order.")
    sent_emails: dict[str, SentEmailView]
    wait_until: datetime | None
    scheduled_task_id: str | None
    flow_version: int
    enrolled_at: datetime
    revision: int

    @classmethod
    def fields_of(cls, lead: Lead) -> Document:
        path = list(lead.execution_path)
        is_there = lead.status in ("pending", "running", "paused")
        return {
            **{name: getattr(lead, name) for name in _LEAD_FIELDS},
            "attributes": dict(lead.attributes),
            "execution_path": path,
            "completed_tasks": path[:-1] if is_there else path,
            "sent_emails": {
                node_id: {"visit": it.visit, "resend_number": it.resend_number, "at": it.at}
                for node_id, it in lead.sent_emails.items()
            },
        }


_MADE = {"attributes", "execution_path", "completed_tasks", "sent_emails"}

_LEAD_FIELDS = tuple(name for name in LeadView.model_fields if name not in _MADE)


class LeadPage(BaseModel):
    leads: list[LeadView]
    next_after_seq: int | None = Field(
        description="For the next page; null on the last, and with `metric`."
    )
    next_after: str | None = Field(
        default=None,
        description="For the next page with `metric`; null on the last.",
    )


class TimelineView(BaseModel):
    at: datetime
    kind: str
    node_id: str | None
    code: TimelineCode = Field(description="What happened; the parameters give the details.")
    parameters: TimelineParameters
    words: str = Field(
        deprecated=True,
        description="The same as an English sentence, in UTC. Titles are between asterisks.",
    )
    detail: dict[str, DetailValue]

    @classmethod
    def of(cls, item: TimelineItem, now: datetime) -> "TimelineView":
        return cls(
            at=item.at,
            kind=item.kind,
            node_id=item.node_id,
            code=item.code,
            parameters=item.parameters,
            words=sentence(item.code, item.parameters, now),
            detail=dict(item.detail),
        )


class NextStepView(BaseModel):
    code: NextCode
    parameters: TimelineParameters

    @classmethod
    def of(cls, step: NextStep) -> "NextStepView":
        return cls(code=step.code, parameters=step.parameters)


class SuppressedView(BaseModel):
    """Why the contact's address is not written to. `source`: who or what said so, such as a mail
    server's words."""

    reason: SuppressionReason
    at: datetime
    source: str

    @classmethod
    def of(cls, suppression: Suppression) -> "SuppressedView":
        return cls(reason=suppression.reason, at=suppression.at, source=suppression.source)


class LeadRead(LeadView):
    timeline: list[TimelineView]
    next_step: NextStepView | None = Field(description="null if the lead has ended.")
    next: str | None = Field(
        deprecated=True, description="The same as an English sentence, in UTC."
    )
    messages: list[MessageView]
    suppressed: SuppressedView | None = Field(
        description="null if the contact's address may be written to."
    )
