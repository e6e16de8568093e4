"""The e-mail node: one message per visit, none while it is switched off.

Invariant: texts that become headers are a single line. This module must not know Liquid or MIME;
the caller of `functions.flow.validate` passes the functions that check templates and addresses.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from functions.flow.nodes.plan import PASS_ON, Here, Plan, Send, Strict, Switchable

BODY_LENGTH_MAX = 256_000


Purpose = Literal["marketing", "transactional"]


def _is_marketing(purpose: str) -> bool:
    return purpose == "marketing"


class SendEmailConfiguration(Strict):
    """Subject, body, names and preheader are Liquid templates over `contact` and `campaign`.

    `purpose`: a transactional e-mail, such as a receipt, also goes to readers who unsubscribed, and
    offers no unsubscribing. "marketing" is left out of documents, so that versions published before
    there was a choice stay equal.
    """

    subject: Annotated[str, Field(max_length=500)] = ""
    body: Annotated[str, Field(max_length=BODY_LENGTH_MAX)] | None = None
    template_id: Annotated[str, Field(max_length=64)] | None = None
    from_name: Annotated[str, Field(max_length=200)] | None = None
    from_email: Annotated[str, Field(max_length=254)] | None = None
    reply_to: Annotated[str, Field(max_length=254)] | None = None
    preheader: Annotated[str, Field(max_length=300)] | None = None
    purpose: Annotated[Purpose, Field(exclude_if=_is_marketing)] = "marketing"

    @field_validator("subject", "from_name", "from_email", "reply_to", "preheader")
    @classmethod
    def _one_line(cls, value: str | None) -> str | None:
        if value and any(character in value for character in "\r\n\0"):
            raise ValueError("must be a single line: remove the line break")
        return value

    @model_validator(mode="after")
    def _has_content(self) -> "SendEmailConfiguration":
        if self.template_id is not None:
            raise ValueError(
                "template_id names a template, but there are none: write subject and body"
            )
        if not self.subject.strip():
            raise ValueError("subject is empty: write one")
        if not (self.body or "").strip():
            raise ValueError("body is empty: write one")
        return self


_SEND = Send()


class SendEmailNode(Switchable):
    LABEL: ClassVar[str] = "Send e-mail"
    type: Literal["sendEmail"] = "sendEmail"
    configuration: SendEmailConfiguration

    def plan(self, here: Here) -> Plan:
        return PASS_ON if self.disabled else _SEND
