"""What answers say of campaigns, counts and jobs, with examples for the OpenAPI."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.flow.validate import Finding
from functions.service.campaigns.records import Campaign, FlowVersion
from functions.service.jobs.records import JobKind, StoredJob
from functions.service.reports.records import Counts

Document = dict[str, object]


class FindingView(BaseModel):
    severity: Literal["error", "warning"]
    code: str
    node_id: str | None
    field: str | None
    words: str

    @classmethod
    def of(cls, finding: Finding) -> "FindingView":
        return cls(
            severity="error" if finding.severity == "error" else "warning",
            code=finding.code,
            node_id=finding.node_id,
            field=finding.field,
            words=finding.words,
        )


class FindingsView(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sound": False,
                    "findings": [
                        {
                            "severity": "error",
                            "code": "dangling_connection",
                            "node_id": None,
                            "field": "connections[2].to_node",
                            "words": "to_node names wait-9, which is no node of this flow.",
                        }
                    ],
                }
            ]
        }
    )

    sound: bool = Field(description="No errors: the flow can be published. Warnings may remain.")
    findings: list[FindingView]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> "FindingsView":
        views = [FindingView.of(it) for it in findings]
        return cls(sound=all(it.severity == "warning" for it in views), findings=views)


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


class CampaignView(BaseModel):
    campaign_id: str
    name: str
    status: str
    created_at: datetime
    updated_at: datetime
    version: int = Field(description="The latest published flow version, 0 before the first.")
    revision: int = Field(description="Grows with every change; the ETag.")
    from_email: str | None
    from_name: str | None
    lateness_max_seconds: int | None

    @classmethod
    def fields_of(cls, campaign: Campaign) -> Document:
        return {name: getattr(campaign, name) for name in CampaignView.model_fields}


class CampaignListed(CampaignView):
    leads: dict[str, int] = Field(description="Leads by status, as last counted.")
    sends_by_day: list[int] = Field(
        description="Messages sent on each of the last 14 UTC days, oldest first, today last."
    )


class CampaignPage(BaseModel):
    campaigns: list[CampaignListed]
    next_cursor: str | None = Field(description="For the next page; null on the last.")


_PUBLISHED = Field(description="The draft is what new leads walk; false before the first launch.")


class CampaignRead(CampaignView):
    draft: Document = Field(description="The flow being edited: nodes, connections, zone, layout.")
    is_published: bool = _PUBLISHED
    counts: CountsView


class CampaignSaved(CampaignView):
    draft: Document
    is_published: bool = _PUBLISHED
    findings: list[FindingView] = Field(description="What is wrong with the draft, if anything.")

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


class FlowVersionView(BaseModel):
    """A published flow. It never changes."""

    campaign_id: str
    version: int
    flow: Document
    published_at: datetime

    @classmethod
    def of(cls, version: FlowVersion) -> "FlowVersionView":
        return cls(
            campaign_id=version.campaign_id,
            version=version.version,
            flow=dict(version.flow),
            published_at=version.published_at,
        )


_UNITS = {
    JobKind.IMPORT: "pages",
    JobKind.ENROL: "contacts",
    JobKind.CANCEL: "leads",
    JobKind.DELETE: "leads",
}


class JobView(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job_id": "i-abcdefghijklmnopqrst",
                    "campaign_id": "welcome",
                    "kind": "import",
                    "state": "done",
                    "done": 4,
                    "total": 4,
                    "unit": "pages",
                    "report": {
                        "accepted": 3998,
                        "duplicate": 1,
                        "rejected": 1,
                        "problems": [
                            {
                                "line": 17,
                                "code": "address_invalid",
                                "words": "The address has no @.",
                            }
                        ],
                    },
                    "created_at": "2026-03-09T09:00:00Z",
                    "updated_at": "2026-03-09T09:00:04Z",
                }
            ]
        }
    )

    job_id: str
    campaign_id: str
    kind: str
    state: str = Field(description="waiting (also while it runs), done or failed.")
    done: int
    total: int | None = Field(description="null where it is not known beforehand.")
    unit: str
    report: Document
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, job: StoredJob) -> "JobView":
        return cls(
            job_id=job.job_id,
            campaign_id=job.campaign_id,
            kind=job.kind,
            state=job.state,
            done=job.cursor,
            total=job.until or None,
            unit=_UNITS[job.kind],
            report=dict(job.report),
            created_at=job.created_at,
            updated_at=job.updated_at,
        )


class JobsView(BaseModel):
    jobs: list[JobView]


class CampaignCreated(CampaignSaved):
    import_job: JobView | None = None
    launch_job: JobView | None = None


class CampaignWithJob(BaseModel):
    campaign: CampaignView
    job: JobView | None


class LiveView(BaseModel):
    revision: int = Field(description="Give it as `since` next time.")
    status: str
    changed: CountsView = Field(description="Only what changed since; lay it over what you have.")
