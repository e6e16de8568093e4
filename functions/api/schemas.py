"""What requests may say. Closed: an unknown key is an error with its path, never dropped.

Flows stay open documents here: their nodes are judged by the flow's own validator, in its words.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from functions.flow.keys import IDENTIFIER
from functions.mail.address import normalised
from functions.service.campaigns.edit import NAME_CHARS_MAX

NAME_DEFAULT = "Untitled campaign"
LATENESS_SECONDS_MAX = 5 * 366 * 86_400


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _one_line(text: str) -> str:
    if any(not character.isprintable() for character in text):
        raise ValueError("must be a single line: take out line breaks and control characters")
    return text


def _identifier(text: str) -> str:
    if not IDENTIFIER.fullmatch(text):
        raise ValueError("must be 1 to 64 letters, digits, - _ or :")
    return text


Identifier = Annotated[str, AfterValidator(_identifier)]
CampaignName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_CHARS_MAX),
    AfterValidator(_one_line),
]
SenderName = Annotated[str, StringConstraints(max_length=200), AfterValidator(_one_line)]
Address = Annotated[str, AfterValidator(normalised)]
"""Raises AddressError, a ValueError with words."""
Lateness = Annotated[int, Field(ge=0, le=LATENESS_SECONDS_MAX)]

Nodes = Annotated[
    list[object],
    Field(
        description="Nodes as `{id, type, configuration}`; other keys are kept as layout. An "
        "e-mail or a wait with `disabled: true` is switched off: leads pass it by."
    ),
]
Connections = Annotated[
    list[object],
    Field(description="As `{from_node, to_node, from_port}`; `from_port` is `next` if left out."),
]
Document = dict[str, object]

_FLOW_EXAMPLE: JsonDict = {
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
    """A flow in today's spelling or an older one; what only a canvas needs is kept as layout."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FLOW_EXAMPLE]})

    nodes: Nodes | None = None
    connections: Connections | None = None
    zone: str | None = None
    layout: Document | None = None
    viewport: Document | None = None
    workflow: Annotated[
        Document | None,
        Field(description="Older spelling: may hold nodes and connections, names `start_node`."),
    ] = None
    start_node: str | None = None

    def flow(self) -> Document | None:
        """What the flow's own modules read. None where nothing of a flow was sent."""
        keys = ("nodes", "connections", "zone", "layout", "workflow", "start_node")
        document: Document = {
            key: value for key in keys if (value := getattr(self, key)) is not None
        }
        if self.viewport is not None:
            document["layout"] = {**(self.layout or {}), "viewport": self.viewport}
        return document or None


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
                    **_FLOW_EXAMPLE,
                    "contacts": [{"email": "ann@example.com", "first_name": "Ann"}],
                    "launch": True,
                },
                {"name": "An empty draft"},
            ]
        }
    )

    campaign_id: Annotated[
        Identifier | None, Field(description="Your own id; left out, one is made.")
    ] = None
    name: CampaignName = NAME_DEFAULT
    description: Annotated[str, Field(max_length=2000)] | None = None
    from_email: Address | None = None
    from_name: SenderName | None = None
    lateness_max_seconds: Annotated[
        Lateness | None,
        Field(description="After a pause, leads later than this are let go. null: never."),
    ] = None
    contacts: Annotated[
        list[object] | None,
        Field(description="Objects with an `email` and attributes; at most 10,000."),
    ] = None
    contact_file: ContactFile | None = None
    launch: Annotated[
        bool, Field(description="Publish and launch at once; needs a sound flow and contacts.")
    ] = False

    only_sound: Annotated[
        bool,
        Field(
            description="Refuse a flow with errors, with a list of them, instead of keeping it as "
            "a draft: for documents that come from elsewhere."
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
    """Only what is sent is changed; null takes a setting back to the workspace's own."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Welcome, second try"}]})

    name: CampaignName | None = None
    from_email: Address | None = None
    from_name: SenderName | None = None
    lateness_max_seconds: Lateness | None = None


class Duplication(Closed):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Welcome, in French"}]})

    name: Annotated[
        CampaignName | None, Field(description="Left out: as the original, called a copy.")
    ] = None


class ResolutionChoice(Closed):
    model_config = ConfigDict(json_schema_extra={"examples": [{"resolution": "treat_as_sent"}]})

    resolution: Literal["send_again", "treat_as_sent"]


class Removal(Closed):
    model_config = ConfigDict(json_schema_extra={"examples": [{"words": "asked by phone"}]})

    words: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=200),
        AfterValidator(_one_line),
        Field(description="By whom or why, for the lead's timeline."),
    ] = ""


class LeadSteering(Closed):
    model_config = ConfigDict(json_schema_extra={"examples": [{"revision": 7}]})

    revision: Annotated[
        int,
        Field(
            ge=0,
            le=2**53,
            description="The lead's, as you saw it: where it has moved on since, 409, and nothing "
            "happens. So a second click does nothing.",
        ),
    ]
    words: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=200),
        AfterValidator(_one_line),
        Field(description="By whom or why, for the lead's timeline."),
    ] = ""


class LeadMove(LeadSteering):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"revision": 7, "node_id": "email-2"}]}
    )

    node_id: Annotated[
        Identifier, Field(description="Where to, in the flow version that the lead walks.")
    ]
