"""Schemas of reports of bounces and complaints."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from functions.api.http.fields import Closed
from functions.mail.bounce_kinds import kind_of_bounce
from functions.mail.read_diagnostic import reason_line, status_in
from functions.mail.reports import Bounce, Complaint, Original
from functions.service.tracking.record_return import Recorded

REPORTS_MAX = 100
ID_CHARS_MAX = 998
ADDRESS_CHARS_MAX = 320
TEXT_CHARS_MAX = 2_000


def _status(written: str) -> str:
    if written and status_in(written) != written:
        raise ValueError("must be an enhanced status code such as 5.1.1")
    return written


class FeedbackReport(Closed):
    """A message was given up (`bounce`; not one that is merely delayed), or its reader called it
    spam (`complaint`). One of `message_id` and `return_path` is needed and, for a bounce, one of
    `status` and `diagnostic`."""

    kind: Literal["bounce", "complaint"]
    recipient: Annotated[
        str, Field(max_length=ADDRESS_CHARS_MAX, description="Who the message was sent to.")
    ]
    message_id: Annotated[
        str, Field(max_length=ID_CHARS_MAX, description="The message's header Message-ID.")
    ] = ""
    return_path: Annotated[
        str, Field(max_length=ADDRESS_CHARS_MAX, description="The message's envelope sender.")
    ] = ""
    status: Annotated[
        str, AfterValidator(_status), Field(description="The enhanced status code of a bounce.")
    ] = ""
    diagnostic: Annotated[
        str, Field(max_length=TEXT_CHARS_MAX, description="The mail server's reply in a bounce.")
    ] = ""
    feedback_type: Annotated[
        Literal["abuse", "fraud", "opt-out"] | None,
        Field(description="The kind of a complaint; `abuse` if nothing is given."),
    ] = None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if not self.message_id and not self.return_path:
            raise ValueError("needs a message_id or a return_path")
        has_reason = bool(self.status or self.diagnostic.strip())
        if self.kind == "bounce":
            if not has_reason:
                raise ValueError("needs a status or a diagnostic, because it is a bounce")
            if self.feedback_type is not None:
                raise ValueError("must have no feedback_type, because it is a bounce")
        elif has_reason:
            raise ValueError("must have no status or diagnostic, because it is a complaint")
        return self

    def report(self) -> Bounce | Complaint:
        original = Original(
            message_id=self.message_id.strip("<> ") or None,
            return_path=self.return_path.strip("<> ") or None,
            recipient=self.recipient,
        )
        if self.kind == "complaint":
            return Complaint(self.feedback_type or "abuse", original)
        kind = kind_of_bounce(self.status or None, self.diagnostic)
        return Bounce(kind, reason_line(self.diagnostic or self.status), original)


Reports = Annotated[
    list[FeedbackReport],
    Field(
        max_length=REPORTS_MAX,
        examples=[
            [
                {
                    "kind": "bounce",
                    "message_id": "<0123456789abcdef0123456789abcdef.19f0a1b2c3d.2a@example.com>",
                    "recipient": "ann@example.com",
                    "status": "5.1.1",
                    "diagnostic": "550 5.1.1 no such user",
                }
            ]
        ],
    ),
]


class FeedbackTaken(BaseModel):
    """`results`: what became of each report, in their order. `recorded`: what follows is done.
    `no_message`: no such message is known. `another_message`, `another_recipient`: what the report
    says does not fit together. `no_report`: it is no bounce and no complaint. `confirmed`: the
    subscription of an SNS topic."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"results": ["recorded"]}]})

    results: list[Recorded]
