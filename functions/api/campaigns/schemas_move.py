"""Schemas of moving leads to a later flow version, and of what that would do."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.api.http.fields import Closed, Identifier
from functions.flow.model import NODES_MAX
from functions.service.leads.publish_and_move import Move
from functions.service.reports.leads_by_version import VERSIONS_MAX, VersionLeads
from functions.service.reports.move_impact import MoveImpact

Waits = Literal["keep", "anew"]


class LeadsMove(Closed):
    """What happens to the leads on their way in earlier versions."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"steps": {"wait-1": "email-2", "old": None}}]}
    )

    steps: Annotated[
        dict[Identifier, Identifier | None],
        Field(
            default_factory=dict,
            max_length=NODES_MAX,
            description="For steps that the new version lacks: the step of it to which the leads "
            "there go, or null to end them. Leads on other such steps stay in their version.",
        ),
    ]
    waits: Annotated[
        Waits,
        Field(
            description="`keep`: a wait ends when it would have ended. `anew`: it ends as the new "
            "version says, counted from the arrival at it; if that is over, the lead goes on at "
            "once. The same for conditions that wait for what readers do."
        ),
    ] = "keep"

    def chosen(self) -> Move:
        return Move(self.steps, waits_anew=self.waits == "anew")


class Publication(Closed):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"move": {"steps": {"wait-1": "email-2"}}}]}
    )

    move: Annotated[
        LeadsMove | None,
        Field(
            description="Move the leads on their way to the new version. If left out, they stay in "
            "theirs."
        ),
    ] = None


class VersionLeadsView(BaseModel):
    version: int
    leads: int = Field(description="Leads on their way in this flow version, now.")

    @classmethod
    def of(cls, found: VersionLeads) -> "VersionLeadsView":
        return cls(version=found.version, leads=found.leads)


class StepImpactView(BaseModel):
    node_id: str
    version: int = Field(description="The latest flow version in which leads are at this step.")
    leads: int
    gone: int = Field(
        description="Those of them for which the new version has no such step, or one of another "
        "type: choose what happens to them."
    )


class MoveImpactView(BaseModel):
    """Counted from the counts; leads go on meanwhile."""

    version: int | None = Field(
        description="The version to move to; null: the draft, which is not published yet."
    )
    leads: int = Field(description="Leads on their way in earlier versions.")
    can_move: int = Field(description="Those that can go on where they are.")
    pending: int = Field(description="Of them, those that have not taken their first step.")
    sending: int = Field(
        description="Leads whose message is being sent: they move once it has settled."
    )
    undecided: int = Field(
        description="Leads on steps that are gone whose message has an unknown outcome: they stay "
        "until somebody has decided about it, unless they end."
    )
    steps: list[StepImpactView] = Field(description="With the most leads first.")
    versions: list[VersionLeadsView] = Field(
        description=f"The {VERSIONS_MAX} newest versions with leads on their way."
    )

    @classmethod
    def of(cls, found: MoveImpact) -> "MoveImpactView":
        return cls(
            version=found.version,
            leads=found.leads,
            can_move=found.leads - found.gone,
            pending=found.pending,
            sending=found.sending,
            undecided=found.undecided,
            steps=[
                StepImpactView(node_id=it.node_id, version=it.version, leads=it.leads, gone=it.gone)
                for it in found.steps
            ],
            versions=[VersionLeadsView.of(it) for it in found.versions[:VERSIONS_MAX]],
        )
