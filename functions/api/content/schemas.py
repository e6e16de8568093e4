"""Schemas of previews and test sends."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.api.campaigns.schemas_flow import FindingView
from functions.api.http.fields import Address, Closed, Identifier
from functions.api.http.old_names import WithOldNames
from functions.flow.nodes.send_email import Purpose
from functions.flow.outcome import Deferred, Rejected, Sent, Unknown
from functions.service.sending.preview_email import Chosen, Preview, Tried

ATTRIBUTES_MAX = 500


class EmailEdits(Closed):
    """Fields of the node with unsaved edits. Fields that are left out come from the draft."""

    subject: str | None = None
    body: str | None = None
    preheader: str | None = None
    from_name: str | None = None
    from_email: str | None = None
    reply_to: str | None = None
    purpose: Purpose = "marketing"


class EmailChoice(Closed):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "node_id": "email-1",
                    "email": {"subject": "Hi {{ contact.first_name }}"},
                    "attributes": {"first_name": "Ann"},
                }
            ]
        }
    )

    node_id: Identifier
    email: Annotated[
        EmailEdits | None,
        Field(description="Unsaved edits. A node that is not in the draft yet must be sent whole."),
    ] = None
    lead_id: Annotated[
        str | None,
        Field(max_length=200, description="The lead whose attributes and address to use."),
    ] = None
    attributes: Annotated[
        dict[str, str | int | float | bool | None],
        Field(
            max_length=ATTRIBUTES_MAX,
            description="The contact's attributes. Ignored if `lead_id` is given.",
        ),
    ] = Field(default_factory=dict)
    address: Annotated[
        Address | None,
        Field(description="The contact's address. If left out, an example is used."),
    ] = None

    def chosen(self) -> Chosen:
        edits = self.email.model_dump(exclude_unset=True) if self.email is not None else None
        return Chosen(self.node_id, edits, self.lead_id, self.address, self.attributes)


class EmailTest(EmailChoice):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"node_id": "email-1", "to": "me@example.com"}]}
    )

    to: Annotated[
        Address | None,
        Field(
            description="The address that the test is sent to. If left out, it is the first of the "
            "`test_addresses` in the settings of the workspace."
        ),
    ] = None


class PreviewView(BaseModel):
    subject: str | None = Field(description="null if a problem prevents rendering it.")
    html: str | None = Field(
        description="As it would be sent, but with direct links; null as for `subject`."
    )
    text: str | None = Field(description="The plain-text part; null as for `subject`.")
    sender: str = Field(serialization_alias="from", description="As in the From header.")
    to: str = Field(description="The address of the contact it is rendered for.")
    problems: list[FindingView] = Field(description="What is wrong, by field.")

    @classmethod
    def of(cls, preview: Preview) -> "PreviewView":
        return cls(
            subject=preview.subject,
            html=preview.html,
            text=preview.text,
            sender=preview.sender,
            to=preview.to,
            problems=[FindingView.of(it) for it in preview.problems],
        )


class EmailTestView(WithOldNames):
    OLD_NAMES: ClassVar = {"words": "message"}

    outcome: Literal["sent", "rejected", "deferred", "unknown"] = Field(
        description="`sent`: the mail server accepted it. The test is never tried again."
    )
    message: str = Field(description="The mail server's reply, or why there is none.")
    to: str
    subject: str
    message_id: str

    @classmethod
    def of(cls, tried: Tried) -> "EmailTestView":
        envelope = tried.envelope
        outcome, reason = _told(tried)
        return cls(
            outcome=outcome,
            message=reason,
            to=envelope.rcpt_to,
            subject=envelope.subject,
            message_id=envelope.message_id,
        )


Told = Literal["sent", "rejected", "deferred", "unknown"]


def _told(tried: Tried) -> tuple[Told, str]:
    match tried.outcome:
        case Sent(reply=reason):
            return "sent", reason
        case Rejected(code=code, reason=reason):
            return "rejected", f"{code} {reason}".strip()
        case Deferred(code=code, reason=reason):
            return "deferred", f"{code} {reason}".strip() if code else reason
        case Unknown(reason=reason):
            return "unknown", reason
