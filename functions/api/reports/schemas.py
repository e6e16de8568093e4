"""What answers say of counts and of how everything stands."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from functions.api.sending.schemas import BreakerView
from functions.service.reports.overview import Overview, Troubled
from functions.service.reports.records import Counts


class NodeCounts(BaseModel):
    """Leads at a node now, by state; and what happened there so far. Zeros are left out."""

    model_config = ConfigDict(extra="allow")

    took: dict[str, int] = Field(default_factory=dict, description="By port.")


class CountsView(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "revision": 12,
                    "leads": {"running": 2, "paused": 40, "completed": 458},
                    "nodes": {
                        "email-1": {"sending": 2, "entered": 500, "sent": 498, "took": {}},
                        "clicked": {"watching": 40, "entered": 498, "took": {"yes": 120}},
                    },
                    "lateness_ms": {"250": 430, "1000": 28},
                }
            ]
        }
    )

    revision: int = Field(description="Of the counts; give it to `live` as `since`.")
    leads: dict[str, int] = Field(description="Leads by status, now.")
    nodes: dict[str, NodeCounts]
    lateness_ms: dict[str, int] = Field(
        description="How late waits ended: how many within each bound, beyond the bound before."
    )

    @classmethod
    def of(cls, counts: Counts, since: int | None = None) -> "CountsView":
        """With `since`, only what a later revision changed (zeros then are news)."""
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


class LiveView(BaseModel):
    revision: int = Field(description="Give it as `since` next time.")
    status: str
    changed: CountsView = Field(description="Only what changed since; lay it over what you have.")


class NextDueView(BaseModel):
    campaign_id: str
    name: str | None
    at: datetime


class TroubledView(BaseModel):
    campaign_id: str
    name: str
    status: str
    failed: int = Field(description="Leads that failed: list them with `status=failed`.")
    unknown: int = Field(
        description="Leads whose message nobody knows of, waiting for a decision: list the "
        "messages with `state=unknown`."
    )
    deferred: int = Field(description="Leads that a mail server or a limit told to come back.")

    @classmethod
    def of(cls, troubled: Troubled) -> "TroubledView":
        campaign = troubled.campaign
        return cls(
            campaign_id=campaign.campaign_id,
            name=campaign.name,
            status=campaign.status,
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

    at: datetime = Field(description="The store's clock.")
    campaigns: dict[str, int] = Field(description="How many by status; zeros are left out.")
    sent_today: int = Field(description="On the UTC day of `at`.")
    sent_by_hour: list[int] = Field(
        description="Of the last 24 UTC hours, oldest first; the last one is under way."
    )
    next_due: NextDueView | None = Field(
        description="The earliest due time among leads of running campaigns. In the past: it is "
        "late."
    )
    overdue_seconds: float = Field(description="How late it is; 0 where nothing is.")
    troubled: list[TroubledView] = Field(
        description="Campaigns to look at, active or of the last 24 h, the worst first."
    )
    breaker: BreakerView | None = Field(
        description="null where no send rate is set, or it cannot be looked at now."
    )
    dead_letters: int | None = Field(
        description="null where they were not asked for, or the broker is away."
    )
    is_whole: bool = Field(description="false where there are more campaigns than were looked at.")

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
