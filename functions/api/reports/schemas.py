"""Schemas of counts and of the overview."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from functions.api.sending.schemas import BreakerView
from functions.flow.lead import State
from functions.service.reports.leads_by_version import VERSIONS_MAX, VersionLeads
from functions.service.reports.overview import Overview, Troubled
from functions.service.reports.records import Counts


class NodeCounts(BaseModel):
    """The leads at a node now, by state, and what has happened there so far. Zeros are omitted."""

    model_config = ConfigDict(extra="allow")

    took: dict[str, int] = Field(
        default_factory=dict, description="How many leads left the node, by port."
    )


class CountsView(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "revision": 12,
                    "leads": {"running": 2, "paused": 40, "completed": 458},
                    "nodes": {
                        "email-1": {
                            "sending": 2,
                            "entered": 500,
                            "sent": 498,
                            "bounced": 3,
                            "complained": 1,
                            "took": {},
                        },
                        "clicked": {"watching": 40, "entered": 498, "took": {"yes": 120}},
                    },
                    "lateness_ms": {"250": 430, "1000": 28},
                }
            ]
        }
    )

    revision: int = Field(description="The revision of the counts: send it to `live` as `since`.")
    leads: dict[str, int] = Field(description="Leads by status, now.")
    nodes: dict[str, NodeCounts]
    lateness_ms: dict[str, int] = Field(
        description="How late pauses ended: a histogram. The keys are upper bounds."
    )

    @classmethod
    def of(cls, counts: Counts, since: int | None = None) -> "CountsView":
        """`since`: only counts that a later revision has changed, including zeros."""
        leads: dict[str, int] = {}
        lateness: dict[str, int] = {}
        nodes: dict[str, dict[str, object]] = {}
        for key, value in counts.values.items():
            if since is None and not value:
                continue
            if since is not None and counts.changed.get(key, 0) <= since:
                continue
            section, *rest = key.split("/")
            match section, rest:
                case "leads", [status]:
                    leads[status] = value
                case "late", [bound]:
                    lateness[bound] = value
                case (("at" | "total"), [node_id, what]):
                    _put(nodes.setdefault(node_id, {}), what, value)
        return cls(
            revision=counts.revision,
            leads=leads,
            nodes={key: NodeCounts.model_validate(values) for key, values in nodes.items()},
            lateness_ms=lateness,
        )


def _put(node: dict[str, object], what: str, value: int) -> None:
    name, _, port = what.partition(":")
    if not port:
        node[what] = value
        return
    ports = node.setdefault(name, {})
    assert isinstance(ports, dict)
    ports[port] = value


class VersionCountsView(BaseModel):
    """Leads on their way in one flow version, now."""

    version: int
    leads: int
    nodes: dict[str, dict[State, int]] | None = Field(
        description="By node and state, if this version was asked for; otherwise null."
    )

    @classmethod
    def of(cls, found: VersionLeads, asked: int | None) -> "VersionCountsView":
        nodes = None
        if found.version == asked:
            nodes = {key: dict(states) for key, states in found.nodes.items() if key is not None}
        return cls(version=found.version, leads=found.leads, nodes=nodes)


class LiveView(BaseModel):
    revision: int = Field(description="Send it as `since` next time.")
    status: str
    pause_reason: str | None = Field(
        description="Why the product paused the campaign by itself; null if it did not."
    )
    changed: CountsView = Field(
        description="Only the counts that have changed: merge them into those that you have."
    )
    versions: list[VersionCountsView] = Field(
        description=f"The {VERSIONS_MAX} newest flow versions with leads on their way, newest "
        "first, and the one that was asked for."
    )
    older_leads: int = Field(description="Leads on their way in versions that are not listed.")


class NextDueView(BaseModel):
    campaign_id: str
    name: str | None
    at: datetime


class TroubledView(BaseModel):
    campaign_id: str
    name: str
    status: str
    pause_reason: str | None = Field(
        description="Why the product paused it by itself; null if it did not."
    )
    failed: int = Field(description="Leads that failed: list them with `status=failed`.")
    unknown: int = Field(
        description="Leads whose message has an unknown outcome and needs a decision: list the "
        "messages with `state=unknown`."
    )
    deferred: int = Field(description="Leads whose message a mail server or a limit has deferred.")

    @classmethod
    def of(cls, troubled: Troubled) -> "TroubledView":
        campaign = troubled.campaign
        return cls(
            campaign_id=campaign.campaign_id,
            name=campaign.name,
            status=campaign.status,
            pause_reason=campaign.pause_reason,
            failed=troubled.failed,
            unknown=troubled.unknown,
            deferred=troubled.deferred,
        )


class OverviewView(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "at": "2027-03-01T09:30:00Z",
                    "campaigns": {"draft": 2, "running": 1},
                    "sent_today": 480,
                    "sent_by_hour": [*[0] * 22, 300, 180],
                    "next_due": {
                        "campaign_id": "welcome",
                        "name": "Welcome",
                        "at": "2027-03-01T09:31:00Z",
                    },
                    "overdue_seconds": 0,
                    "troubled": [
                        {
                            "campaign_id": "welcome",
                            "name": "Welcome",
                            "status": "running",
                            "pause_reason": None,
                            "failed": 2,
                            "unknown": 1,
                            "deferred": 0,
                        }
                    ],
                    "breaker": None,
                    "dead_letters": None,
                    "is_whole": True,
                }
            ]
        }
    )

    at: datetime = Field(description="Now, by the store's clock.")
    campaigns: dict[str, int] = Field(description="Campaigns by status; zeros are omitted.")
    sent_today: int = Field(description="Messages sent on the UTC day of `at`.")
    sent_by_hour: list[int] = Field(
        description="Messages sent in the last 24 UTC hours, oldest first, including the current "
        "hour."
    )
    next_due: NextDueView | None = Field(
        description="The earliest due time of the leads of running campaigns. If it is in the "
        "past, the lead is late."
    )
    overdue_seconds: float = Field(description="How late that lead is; 0 if it is not late.")
    troubled: list[TroubledView] = Field(
        description="Campaigns that need attention, the worst first: active ones, and those whose "
        "mail was accepted or refused in the last 24 hours."
    )
    breaker: BreakerView | None = Field(
        description="null if no send rate is set, or if the state cannot be read now."
    )
    dead_letters: int | None = Field(
        description="null if they were not requested, or if the broker does not answer."
    )
    is_whole: bool = Field(description="false if some campaigns were left out.")

    @classmethod
    def of(
        cls, seen: Overview, breaker: BreakerView | None, dead_letters: int | None
    ) -> "OverviewView":
        due = seen.next_due
        return cls(
            at=seen.at,
            campaigns={status.value: number for status, number in seen.campaigns.items()},
            sent_today=seen.sent_today,
            sent_by_hour=list(seen.sent_by_hour),
            next_due=NextDueView(campaign_id=due.campaign_id, name=seen.next_due_name, at=due.at)
            if due is not None
            else None,
            overdue_seconds=seen.overdue_seconds,
            troubled=[TroubledView.of(it) for it in seen.troubled],
            breaker=breaker,
            dead_letters=dead_letters,
            is_whole=seen.is_whole,
        )
