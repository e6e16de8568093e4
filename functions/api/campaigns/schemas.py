"""Schemas of campaigns.

Requests are closed: an unknown key is an error with its path and is never silently dropped.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from functions.api.campaigns.schemas_flow import FLOW_EXAMPLE, FindingView, FlowDocument
from functions.api.http.fields import (
    Address,
    Closed,
    Document,
    Identifier,
    Instant,
    one_line,
)
from functions.api.jobs.schemas import JobView
from functions.api.reports.schemas import CountsView
from functions.api.reports.schemas_results import RateView
from functions.flow.validate import Finding
from functions.service.campaigns.edit import NAME_CHARS_MAX
from functions.service.campaigns.launch import Timing
from functions.service.campaigns.records import Campaign, Ending

NAME_DEFAULT = "Untitled campaign"
LATENESS_SECONDS_MAX = 5 * 366 * 86_400

CampaignName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_CHARS_MAX),
    AfterValidator(one_line),
]
SenderName = Annotated[str, StringConstraints(max_length=200), AfterValidator(one_line)]
Lateness = Annotated[int, Field(ge=0, le=LATENESS_SECONDS_MAX)]


class ContactFile(Closed):
    content: Annotated[str, Field(description="The text of a CSV file.")]
    filename: Annotated[str, Field(max_length=255)] | None = None
    content_type: Annotated[str, Field(max_length=100)] | None = None


class CampaignCreate(FlowDocument):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Welcome",
                    **FLOW_EXAMPLE,
                    "contacts": [{"email": "ann@example.com", "first_name": "Ann"}],
                    "launch": True,
                },
                {"name": "An empty draft"},
            ]
        }
    )

    campaign_id: Annotated[
        Identifier | None, Field(description="An id of your choice. If left out, one is created.")
    ] = None
    name: CampaignName = NAME_DEFAULT
    description: Annotated[str, Field(max_length=2000)] | None = None
    from_email: Address | None = None
    from_name: SenderName | None = None
    reply_to: Address | None = None
    lateness_max_seconds: Annotated[
        Lateness | None,
        Field(
            description="After a pause, leads overdue by more than this are removed. null: never."
        ),
    ] = None
    contacts: Annotated[
        list[object] | None,
        Field(description="Objects with an `email` and attributes; at most 10,000."),
    ] = None
    contact_file: ContactFile | None = None
    launch: Annotated[
        bool, Field(description="Publish and launch at once. Needs a valid flow and contacts.")
    ] = False

    strict: Annotated[
        bool,
        Field(
            validation_alias=AliasChoices("strict", "only_sound"),
            description="Refuse a flow with errors and list them, instead of storing it as a "
            "draft. Meant for documents from elsewhere.",
        ),
    ] = False

    def flow(self) -> Document | None:
        document = super().flow()
        if document is None or self.description is None:
            return document
        layout = document.get("layout")
        kept = layout if isinstance(layout, dict) else {}
        return {**document, "layout": {**kept, "description": self.description}}


class CampaignChange(Closed):
    """Fields that are left out stay unchanged; null resets a setting to its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Welcome, second try"}]})

    name: CampaignName | None = None
    from_email: Address | None = None
    from_name: SenderName | None = None
    reply_to: Address | None = None
    lateness_max_seconds: Lateness | None = None


class Duplication(Closed):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Welcome, in French"}]})

    name: Annotated[
        CampaignName | None,
        Field(description='If left out, the name of the original with " (copy)" added.'),
    ] = None


class Launch(Closed):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"accepts": ["hole"]},
                {
                    "at": "2027-01-05T09:00:00+01:00",
                    "ends": "at_date",
                    "ends_at": "2027-02-01T18:00:00+01:00",
                },
            ]
        }
    )

    accepts: Annotated[
        list[Annotated[str, Field(max_length=64)]] | None,
        Field(
            max_length=100,
            description="Codes of warnings that you accept, as the validate route gives them. With "
            "any other warning, nothing is launched. If left out, all are accepted.",
        ),
    ] = None
    at: Annotated[
        Instant | None,
        Field(
            description="When it starts, with its zone; at most a year ahead. Until then it is "
            "`scheduled`. If left out, it starts now."
        ),
    ] = None
    ends: Annotated[
        Literal["when_through", "at_date", "by_hand"],
        Field(
            description="When it completes: as soon as all leads have ended; the same, but not "
            "before `ends_at`; or when somebody ends it. Until then it waits for contacts "
            "(`waiting`) whenever all leads have ended."
        ),
    ] = "when_through"
    ends_at: Annotated[
        Instant | None, Field(description="With `at_date`, and only then; with its zone.")
    ] = None

    def timing(self) -> Timing:
        return Timing(self.at, Ending(self.ends), self.ends_at)


class CampaignView(BaseModel):
    """A campaign and its settings. `from_email` and `from_name`: the sender of e-mails that name
    none; null: the installation's. `reply_to`: the same for the address that answers go to.
    `lateness_max_seconds`: after a pause, leads overdue by more than this are removed; null:
    never. `launch_at`: when it is or was to start; null: it was launched at once, or not at all.
    `launched_at`: when it started; null: not yet, or before this was recorded. `ends`: when it
    completes, as in a launch; `ends_at`: with `at_date`. `pause_reason`: why the product paused it
    by itself, such as a mail server that refuses its messages; null if it did not."""

    campaign_id: str
    name: str
    status: str
    created_at: datetime
    updated_at: datetime
    version: int = Field(description="The latest published flow version, 0 before the first.")
    revision: int = Field(description="Grows with every change; also the ETag.")
    from_email: str | None
    from_name: str | None
    reply_to: str | None
    lateness_max_seconds: int | None
    launch_at: datetime | None
    launched_at: datetime | None
    ends: str
    ends_at: datetime | None
    pause_reason: str | None

    @classmethod
    def fields_of(cls, campaign: Campaign) -> Document:
        return {name: getattr(campaign, name) for name in CampaignView.model_fields}


class CampaignListed(CampaignView):
    leads: dict[str, int] = Field(description="Leads by status, as of the last roll-up.")
    sends_by_day: list[int] = Field(
        description="Messages sent on each of the last 14 UTC days, oldest first."
    )
    opened: RateView = Field(description="Messages that were opened, of those that arrived.")
    clicked: RateView = Field(description="Messages with a click, of those that arrived.")


class CampaignPage(BaseModel):
    campaigns: list[CampaignListed]
    next_cursor: str | None = Field(description="For the next page; null on the last.")


_PUBLISHED = Field(
    description="Whether the draft equals the version that new leads walk; false before the first "
    "publication."
)


class CampaignRead(CampaignView):
    draft: Document = Field(description="The flow being edited: nodes, connections, zone, layout.")
    is_published: bool = _PUBLISHED
    counts: CountsView


class CampaignSaved(CampaignView):
    draft: Document
    is_published: bool = _PUBLISHED
    findings: list[FindingView] = Field(description="Errors and warnings of the draft.")

    @classmethod
    def of(
        cls, campaign: Campaign, findings: Iterable[Finding], *, is_published: bool = False
    ) -> "CampaignSaved":
        return cls.model_validate(
            {
                **cls.fields_of(campaign),
                "draft": campaign.draft,
                "is_published": is_published,
                "findings": [FindingView.of(it) for it in findings],
            }
        )


class CampaignCreated(CampaignSaved):
    import_job: JobView | None = None
    launch_job: JobView | None = None


class CampaignPublished(CampaignSaved):
    move_job: JobView | None = Field(
        default=None, description="The job that moves leads; null if none are to be moved."
    )


class CampaignWithJob(BaseModel):
    campaign: CampaignView
    job: JobView | None
