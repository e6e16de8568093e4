"""Schemas of suppressed addresses, and of addresses that were allowed again."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from functions.api.http.fields import Address, Closed, one_line
from functions.service.audience.import_suppressions import SuppressionsReport
from functions.service.audience.records import (
    Suppression,
    SuppressionReason,
    SuppressionRemoval,
)
from functions.service.audience.suppress import SOURCE_CHARS_MAX

Source = Annotated[str, Field(max_length=SOURCE_CHARS_MAX), AfterValidator(one_line)]


class SuppressionAddition(Closed):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "ann@example.com", "source": "asked by phone"}]}
    )

    email: Address
    source: Source = Field("", description="Who asked for it, or why.")


class SuppressionChoice(Closed):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"email": "ann@example.com", "reason": "wants the newsletter again"}]
        }
    )

    email: Address
    reason: Annotated[Source, Field(min_length=1, description="Who asked for it, or why.")]


class SuppressionView(BaseModel):
    email: str = Field(description="In lower case, an international domain in ASCII.")
    reason: SuppressionReason
    source: str = Field(
        description="Where it came from: the mail server's words, the name of the imported file, "
        "or what a person wrote; empty if the reader unsubscribed."
    )
    campaign_id: str | None = Field(description="The campaign that caused it; null if none did.")
    at: datetime

    @classmethod
    def of(cls, it: Suppression) -> "SuppressionView":
        return cls(
            email=it.email_key,
            reason=it.reason,
            source=it.source,
            campaign_id=it.campaign_id,
            at=it.at,
        )


class SuppressionPage(BaseModel):
    suppressions: list[SuppressionView]
    next_after: str | None = Field(description="For the next page; null on the last.")


class RejectedAddressView(BaseModel):
    line: int
    code: str
    message: str
    raw: str = Field(description="The beginning of the row.")


class SuppressionsReportView(BaseModel):
    added: int
    known: int = Field(
        description="Rows with an address that was suppressed before, or came before in the file."
    )
    rejected: int = Field(description="Rows without a valid address.")
    problems: list[RejectedAddressView] = Field(description="The first 100 rejected rows.")

    @classmethod
    def of(cls, report: SuppressionsReport) -> "SuppressionsReportView":
        problems = [
            RejectedAddressView(line=it.line, code=it.code, message=it.message, raw=it.raw)
            for it in report.problems
        ]
        return cls(
            added=report.added, known=report.known, rejected=report.rejected, problems=problems
        )


class SuppressionRemovalView(BaseModel):
    """`reason`: what the person wrote who removed it. `was` and `since`: the suppression's reason
    and time."""

    email: str
    at: datetime
    reason: str
    was: SuppressionReason
    since: datetime

    @classmethod
    def of(cls, it: SuppressionRemoval) -> "SuppressionRemovalView":
        return cls(email=it.email_key, at=it.at, reason=it.reason, was=it.was, since=it.since)


class SuppressionRemovalPage(BaseModel):
    removals: list[SuppressionRemovalView]
    next_before: str | None = Field(description="For the next page; null on the last.")
