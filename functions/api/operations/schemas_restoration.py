"""Schemas of a store that was restored from a backup."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from functions.api.http.fields import Closed
from functions.flow.lead import LeadStatus, Reason
from functions.service.campaigns.records import Choice, Restoration
from functions.service.leads.held_leads import CHOSEN_MAX, HeldLead

HeldState = Literal["none", "restoring", "held", "releasing", "over"]


class RestorationView(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "state": "held",
                    "is_held": True,
                    "backup_at": "2026-03-09T03:00:00Z",
                    "restored_at": "2026-03-09T15:20:00Z",
                    "choice": None,
                    "leads_skipped": 0,
                }
            ]
        }
    )

    state: HeldState = Field(
        description="`none`: this store was never restored. `restoring`: the restore is not "
        "complete. `held`: nothing is sent until somebody decides. `releasing`: it is decided, and "
        "the leads are being gone through. `over`: everything runs again."
    )
    is_held: bool = Field(description="Nothing is sent, launched or swept.")
    backup_at: datetime | None = Field(
        default=None, description="What happened until then is in the backup."
    )
    restored_at: datetime | None = None
    choice: Choice | None = Field(
        default=None, description="What was chosen for all leads; null before the release."
    )
    leads_skipped: int = Field(
        default=0, description="Leads with messages that now count as sent, so far."
    )

    @classmethod
    def of(cls, restoration: Restoration | None) -> "RestorationView":
        if restoration is None:
            return cls(state="none", is_held=False)
        return cls(
            state=restoration.state.value,
            is_held=restoration.is_held,
            backup_at=restoration.backup_at,
            restored_at=restoration.restored_at,
            choice=restoration.choice,
            leads_skipped=restoration.leads_skipped,
        )


class HeldEmailView(BaseModel):
    node_id: str
    subject: str = Field(description="As written, with its tags.")


class HeldLeadView(BaseModel):
    lead_id: str
    campaign_id: str
    campaign_name: str
    email: str
    status: LeadStatus
    reason: Reason | None
    node_id: str | None = Field(description="Where the lead was at the backup.")
    due_at: datetime | None = Field(description="When its pause ends or ended.")
    emails: list[HeldEmailView] = Field(description="What it may have been sent since the backup.")
    choice: Choice | None = Field(
        description="What was chosen for this lead; null: it follows the choice for all."
    )

    @classmethod
    def of(cls, held: HeldLead) -> "HeldLeadView":
        lead = held.lead
        return cls(
            lead_id=lead.lead_id,
            campaign_id=lead.campaign_id,
            campaign_name=held.campaign_name,
            email=lead.email,
            status=lead.status,
            reason=lead.reason,
            node_id=lead.current_node,
            due_at=lead.due_at,
            emails=[HeldEmailView(node_id=it, subject=held.emails[it]) for it in held.emails],
            choice=held.choice,
        )


class HeldLeadPageView(BaseModel):
    leads: list[HeldLeadView]
    next_cursor: str | None = Field(
        description="For the next page; null on the last. A page looks at a limited number of "
        "leads, so it may hold fewer than asked for although others follow."
    )


class HeldLeadsChoice(Closed):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"lead_ids": ["lead_welcome_7_1772960400"], "choice": "send"}]
        }
    )

    lead_ids: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=200)], ...],
        Field(min_length=1, max_length=CHOSEN_MAX, strict=False),
    ]
    choice: Annotated[Choice | None, Field(strict=False)] = Field(
        description="`skip`: messages that may have been sent count as sent. `send`: they are "
        "sent. null: the leads follow the choice for all."
    )


class Release(Closed):
    model_config = ConfigDict(json_schema_extra={"examples": [{"choice": "skip"}]})

    choice: Annotated[
        Choice,
        Field(
            strict=False,
            description="For all leads without a choice of their own. `skip`: messages that may "
            "have been sent count as sent; none is sent twice, and those that had not left are "
            "never sent. `send`: they are sent; none is lost, and those that had left are sent "
            "twice.",
        ),
    ]
