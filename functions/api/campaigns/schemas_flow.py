"""Schemas of flow documents, their findings, and published versions.

Flows are open documents here: the validator of the flow core checks their nodes and words the
findings.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from functions.api.http.fields import Closed, Document
from functions.api.http.old_names import WithOldNames
from functions.flow.validate import Finding
from functions.service.campaigns.records import FlowVersion

Nodes = Annotated[
    list[object],
    Field(
        description="Nodes as `{id, type, configuration}`; other keys are kept as layout. An "
        "e-mail or a wait with `disabled: true` is switched off, and leads skip it."
    ),
]
Connections = Annotated[
    list[object],
    Field(description="As `{from_node, to_node, from_port}`; `from_port` is `next` if left out."),
]

FLOW_EXAMPLE: JsonDict = {
    "nodes": [
        {"id": "start", "type": "start"},
        {
            "id": "email-1",
            "type": "sendEmail",
            "configuration": {
                "subject": "Hi {{contact.first_name}}",
                "body": '<p>See our <a href="https://example.com/pricing">pricing</a>.</p>',
            },
        },
        {
            "id": "wait-1",
            "type": "wait",
            "configuration": {"mode": "duration", "amount": 3, "unit": "days"},
        },
        {
            "id": "clicked",
            "type": "condition",
            "configuration": {
                "mode": "behaviour",
                "event": "clicked",
                "email_node": "email-1",
                "within": {"amount": 2, "unit": "days"},
                "since": "sent",
            },
        },
        {"id": "end", "type": "end", "configuration": {"reason": "finished"}},
    ],
    "connections": [
        {"from_node": "start", "to_node": "email-1"},
        {"from_node": "email-1", "to_node": "wait-1"},
        {"from_node": "wait-1", "to_node": "clicked"},
        {"from_node": "clicked", "from_port": "yes", "to_node": "end"},
    ],
}


class FlowDocument(Closed):
    """A flow in the current spelling or an older one. Keys that only a canvas needs become
    layout."""

    model_config = ConfigDict(json_schema_extra={"examples": [FLOW_EXAMPLE]})

    nodes: Nodes | None = None
    connections: Connections | None = None
    zone: str | None = None
    layout: Document | None = None
    viewport: Document | None = None
    workflow: Annotated[
        Document | None,
        Field(description="Older spelling: may contain nodes, connections and `start_node`."),
    ] = None
    start_node: str | None = None

    def flow(self) -> Document | None:
        """The document for the flow core. None if the request contains no flow."""
        keys = ("nodes", "connections", "zone", "layout", "workflow", "start_node")
        document: Document = {
            key: value for key in keys if (value := getattr(self, key)) is not None
        }
        if self.viewport is not None:
            document["layout"] = {**(self.layout or {}), "viewport": self.viewport}
        return document or None


class FindingView(WithOldNames):
    OLD_NAMES: ClassVar = {"words": "message"}

    severity: Literal["error", "warning"]
    code: str
    node_id: str | None
    field: str | None
    line: int | None = Field(
        default=None,
        description="In the text of that field, from 1; null if the finding is not about one line.",
    )
    message: str

    @classmethod
    def of(cls, finding: Finding) -> "FindingView":
        return cls(
            severity="error" if finding.severity == "error" else "warning",
            code=finding.code,
            node_id=finding.node_id,
            field=finding.field,
            line=finding.line,
            message=finding.message,
        )


class FindingsView(WithOldNames):
    OLD_NAMES: ClassVar = {"sound": "valid"}

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "valid": False,
                    "findings": [
                        {
                            "severity": "error",
                            "code": "dangling_connection",
                            "node_id": None,
                            "field": "connections[2].to_node",
                            "message": "to_node names wait-9, which is no node of this flow.",
                        }
                    ],
                }
            ]
        }
    )

    valid: bool = Field(
        description="Whether there are no errors, so that the flow can be published. Warnings may "
        "remain."
    )
    findings: list[FindingView]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> "FindingsView":
        views = [FindingView.of(it) for it in findings]
        return cls(valid=all(it.severity == "warning" for it in views), findings=views)


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
