"""Schemas of one contact and its lead."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from functions.api.audience.schemas import ContactView, Value
from functions.api.http.fields import Address, Closed
from functions.api.http.parameters import COUNT_MAX
from functions.service.leads.contact import (
    CHANGE_MEANS,
    DELETION_MEANS,
    UNDER_WAY,
    ContactStory,
)

Revision = Annotated[
    int,
    Field(
        ge=1,
        le=COUNT_MAX,
        description="The revision of the contact that you saw. If the contact has changed since, "
        "nothing happens and the answer is 409.",
    ),
]


class LeadOfContact(BaseModel):
    lead_id: str
    status: str
    reason: str | None
    is_under_way: bool = Field(description="Whether it has not ended.")


class ContactRead(ContactView):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "seq": 1,
                    "email": "ann@example.com",
                    "attributes": {"first_name": "Ann"},
                    "suppressed": None,
                    "revision": 2,
                    "lead": {
                        "lead_id": "lead_welcome_1_1772323200",
                        "status": "paused",
                        "reason": "wait",
                        "is_under_way": True,
                    },
                    "change_means": CHANGE_MEANS,
                    "deletion_means": DELETION_MEANS,
                }
            ]
        }
    )

    lead: LeadOfContact | None = Field(description="null before the contact enters the campaign.")
    change_means: str | None = Field(
        description="What a change means for the lead; null if the lead is not under way. Then the "
        "change has to accept `under_way`."
    )
    deletion_means: str | None = Field(description="The same for a deletion.")

    @classmethod
    def of_story(cls, story: ContactStory) -> "ContactRead":
        lead = story.lead
        return cls(
            **ContactView.of(story.contact, story.suppressed).model_dump(),
            lead=None
            if lead is None
            else LeadOfContact(
                lead_id=lead.lead_id,
                status=lead.status,
                reason=lead.reason,
                is_under_way=story.is_under_way,
            ),
            change_means=CHANGE_MEANS if story.is_under_way else None,
            deletion_means=DELETION_MEANS if story.is_under_way else None,
        )


class ContactChange(Closed):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"revision": 1, "attributes": {"first_name": "Ann", "plan": None}}]
        }
    )

    revision: Revision
    email: Address | None = Field(
        None, description="Only before the contact enters the campaign: its lead keeps the address."
    )
    attributes: dict[str, Value] = Field(
        default_factory=dict,
        max_length=1000,
        description="Those to change; null removes one. Others stay as they are.",
    )
    accepts: list[Annotated[str, Field(max_length=64)]] = Field(
        default_factory=list,
        max_length=10,
        description=f"`{UNDER_WAY}`: change the contact although its lead is under way.",
    )
