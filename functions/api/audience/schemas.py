"""Schemas of contacts, and of rows that may become contacts."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from functions.api.http.old_names import WithOldNames
from functions.service.audience.contact_rows import RowReader
from functions.service.audience.preview_contacts import ColumnPreview, ContactsPreview, Kind
from functions.service.audience.records import SuppressionReason

Value = str | int | float | bool | None


class ContactView(BaseModel):
    seq: int = Field(
        description="Number in the campaign, from 1 without gaps. The contact's lead has the same."
    )
    email: str
    attributes: dict[str, Value]
    suppressed: SuppressionReason | None = Field(
        description="Why the address is not written to; null if it is."
    )


class ContactPage(BaseModel):
    contacts: list[ContactView]
    total: int = Field(description="How many contacts the campaign has.")
    next_after_seq: int | None = Field(description="For the next page; null on the last.")


class ColumnView(BaseModel):
    name: str = Field(description="The name of the attribute; `email` is the address.")
    type: Kind = Field(description="What its values look like. They are stored unchanged.")
    samples: list[Value] = Field(description="Up to 5 distinct values, cut to 100 characters.")
    filled: int = Field(description="How many valid rows have a value.")

    @classmethod
    def of(cls, column: ColumnPreview) -> "ColumnView":
        samples: list[Value] = list(column.samples)
        return cls(name=column.name, type=column.kind, samples=samples, filled=column.filled)


class RowView(BaseModel):
    line: int
    email: str
    attributes: dict[str, Value]


class RowProblemView(WithOldNames):
    OLD_NAMES: ClassVar = {"words": "message"}

    line: int
    code: str = Field(description="`duplicate`, `existing`, or why the row is invalid.")
    message: str
    raw: str = Field(description="The beginning of the row.")


class RowCounts(BaseModel):
    good: int = Field(description="Rows that would become contacts.")
    duplicate: int = Field(description="Rows with an address that came before in the file.")
    existing: int = Field(description="Rows with an address that is already a contact.")
    invalid: int = Field(description="Rows that cannot be contacts; the problems say why.")


class ContactsPreviewView(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "delimiter": ",",
                    "encoding": "utf-8",
                    "has_header": True,
                    "is_part": False,
                    "columns": [
                        {
                            "name": "email",
                            "type": "address",
                            "samples": ["ann@example.com"],
                            "filled": 1,
                        },
                        {"name": "first_name", "type": "text", "samples": ["Ann"], "filled": 1},
                    ],
                    "rows": [
                        {
                            "line": 2,
                            "email": "ann@example.com",
                            "attributes": {"first_name": "Ann"},
                        }
                    ],
                    "counts": {"good": 1, "duplicate": 0, "existing": 0, "invalid": 1},
                    "problems": [
                        {
                            "line": 3,
                            "code": "address_invalid",
                            "message": "The address has no @.",
                            "raw": "nobody,No",
                        }
                    ],
                }
            ]
        }
    )

    delimiter: str | None = Field(description="What separates the columns; null for a JSON list.")
    encoding: str | None = Field(description="null for a JSON list.")
    has_header: bool | None = Field(
        description="Whether the first row names the columns; null for a JSON list."
    )
    is_part: bool = Field(
        description="Whether this was sent with part=true, so that the counts are of a beginning."
    )
    columns: list[ColumnView] = Field(description="In the order of the file.")
    rows: list[RowView] = Field(description="The first 20 good rows.")
    counts: RowCounts
    problems: list[RowProblemView] = Field(
        description="The first 100 rows that would not become contacts."
    )

    @classmethod
    def of(
        cls, preview: ContactsPreview, reader: RowReader, *, is_part: bool
    ) -> "ContactsPreviewView":
        columns = reader.columns
        return cls(
            delimiter=reader.delimiter,
            encoding=reader.encoding if columns is not None else None,
            has_header=columns.has_header if columns is not None else None,
            is_part=is_part,
            columns=[ColumnView.of(it) for it in preview.columns],
            rows=[
                RowView(line=it.line, email=it.email, attributes=dict(it.attributes))
                for it in preview.rows
            ],
            counts=RowCounts(
                good=preview.good,
                duplicate=preview.duplicate,
                existing=preview.existing,
                invalid=preview.invalid,
            ),
            problems=[
                RowProblemView(line=it.line, code=it.code, message=it.message, raw=it.raw)
                for it in preview.problems
            ],
        )
