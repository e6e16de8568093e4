"""What answers say of leads, their timelines and their messages."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from functions.flow.journal import DetailValue
from functions.flow.lead import AttributeValue, Lead
from functions.service.leads.timeline import TimelineItem
from functions.service.sending.records import Message

Document = dict[str, object]


class SentEmailView(BaseModel):
    visit: int
    attempt: int
    at: datetime


class LeadView(BaseModel):
    lead_id: str
    campaign_id: str
    seq: int = Field(description="Place in the campaign, from 1 without gaps.")
    email: str
    attributes: dict[str, AttributeValue]
    status: str
    reason: str | None
    current_node: str | None
    execution_path: list[str]
    completed_tasks: list[str] = Field(description="The nodes the lead is done with, in order.")
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
                node_id: {"visit": it.visit, "attempt": it.attempt, "at": it.at}
                for node_id, it in lead.sent_emails.items()
            },
        }


_MADE = {"attributes", "execution_path", "completed_tasks", "sent_emails"}
_LEAD_FIELDS = tuple(name for name in LeadView.model_fields if name not in _MADE)


class LeadPage(BaseModel):
    leads: list[LeadView]
    next_after_seq: int | None = Field(
        description="For the next page; null on the last, and where `outcome` is asked for."
    )
    next_after: str | None = Field(
        default=None,
        description="For the next page where `outcome` is asked for; null on the last.",
    )


class TimelineView(BaseModel):
    at: datetime
    kind: str
    node_id: str | None
    words: str = Field(description="A sentence; titles stand between asterisks.")
    detail: dict[str, DetailValue]

    @classmethod
    def of(cls, item: TimelineItem) -> "TimelineView":
        detail: Mapping[str, DetailValue] = item.detail
        return cls(
            at=item.at, kind=item.kind, node_id=item.node_id, words=item.words, detail=dict(detail)
        )


class MessageView(BaseModel):
    key: str
    campaign_id: str
    lead_id: str
    node_id: str
    visit: int
    attempt: int
    recipient: str
    state: str
    changed_at: datetime
    first_try_at: datetime
    tries: int
    retry_at: datetime | None
    words: str = Field(description="The mail server's own, or why nobody knows.")
    resolution: str | None = Field(description="How a person settled an unknown one.")

    @classmethod
    def of(cls, message: Message) -> "MessageView":
        return cls.model_validate({name: getattr(message, name) for name in cls.model_fields})


class MessagePage(BaseModel):
    messages: list[MessageView]
    next_after: str | None = Field(description="For the next page; null on the last.")


class LeadRead(LeadView):
    timeline: list[TimelineView]
    next: str | None = Field(description="What the lead does next; null where it has ended.")
    messages: list[MessageView]
