"""Schemas of contacts, and of rows that may become contacts."""

from dataclasses import replace
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from functions.api.http.old_names import WithOldNames
from functions.service.audience.contact_columns import Columns
from functions.service.audience.import_policy import (
    Choice,
    FileReading,
    ImportPolicy,
    Kind,
    Known,
    Note,
    Question,
)
from functions.service.audience.preview_contacts import (
    ColumnPreview,
    ContactChange,
    ContactsPreview,
)
from functions.service.audience.records import Contact, SuppressionReason

Value = str | int | float | bool | None


class ContactView(BaseModel):
    seq: int = Field(
        description="Number in the campaign, from 1. The contact's lead has the same. The numbers "
        "of deleted contacts are missing."
    )
    email: str
    attributes: dict[str, Value]
    suppressed: SuppressionReason | None = Field(
        description="Why the address is not written to; null if it is."
    )
    revision: int = Field(description="From 1, grows by one with each change.")

    @classmethod
    def of(cls, contact: Contact, suppressed: SuppressionReason | None) -> "ContactView":
        return cls(
            seq=contact.seq,
            email=contact.email,
            attributes=dict(contact.attributes),
            suppressed=suppressed,
            revision=contact.revision,
        )


class ContactPage(BaseModel):
    contacts: list[ContactView]
    total: int = Field(description="How many contacts the campaign has.")
    next_after_seq: int | None = Field(
        description="For the next page; null on the last, and with `email`."
    )


class ColumnView(BaseModel):
    name: str = Field(description="The name of the attribute; `email` is the address.")
    type: Kind = Field(
        description="What most of its values are. They are stored as text; dates and numbers that "
        "could mean two things are written so that they mean one."
    )
    samples: list[Value] = Field(description="Up to 5 distinct values, cut to 100 characters.")
    filled: int = Field(description="How many valid rows have a value.")
    number: int | None = Field(description="In the file, from 1; null for a JSON list.")
    header: str | None = Field(description="The name in the file; null without a header.")
    unreadable: int = Field(description="How many values are not of the type.")
    unreadable_line: int | None = Field(description="The line of the first of these.")

    @classmethod
    def of(cls, column: ColumnPreview) -> "ColumnView":
        return cls(
            name=column.name,
            type=column.kind,
            samples=list(column.samples),
            filled=column.filled,
            number=column.number,
            header=column.header,
            unreadable=column.unreadable,
            unreadable_line=column.unreadable_line,
        )


class ChoiceView(BaseModel):
    value: str = Field(description="The value of the parameter.")
    label: str = Field(description="What the file looks like with it.")

    @classmethod
    def of(cls, choice: Choice) -> "ChoiceView":
        return cls(value=choice.value, label=choice.label)


class QuestionView(BaseModel):
    code: str
    field: str = Field(description="The parameter that answers it.")
    column: str | None = Field(description="The attribute in question, if it is about one.")
    message: str
    choices: list[ChoiceView]
    proposed: str = Field(description="The value that this preview uses.")

    @classmethod
    def of(cls, question: Question) -> "QuestionView":
        return cls(
            code=question.code,
            field=question.field,
            column=question.column,
            message=question.message,
            choices=[ChoiceView.of(it) for it in question.choices],
            proposed=question.proposed,
        )


class ImportNoteView(BaseModel):
    code: str
    line: int = Field(description="The first line that this happened to.")
    count: int = Field(description="How many lines or values this happened to.")
    message: str

    @classmethod
    def of(cls, note: Note) -> "ImportNoteView":
        return cls(code=note.code, line=note.line, count=note.count, message=note.message)


class PolicyView(BaseModel):
    """How the file is read. The parameters of an import have the same names."""

    sheet: str | None = Field(description="Of a workbook.")
    encoding: str | None = Field(description="null for a workbook.")
    delimiter: str | None = Field(description="null for a workbook.")
    header_line: int | None = Field(description="0: no line names the columns.")
    address_column: int | None
    column_types: dict[str, Kind] = Field(description="Those that change how values are stored.")
    date_orders: dict[str, str]
    known: Known = Field(description="What happens to contacts that are there already.")

    @classmethod
    def of(cls, policy: ImportPolicy) -> "PolicyView":
        return cls(
            sheet=policy.sheet,
            encoding=policy.encoding,
            delimiter=policy.delimiter,
            header_line=policy.header_line,
            address_column=policy.address_column,
            column_types=dict(policy.column_types),
            date_orders=dict(policy.date_orders),
            known=policy.known,
        )


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


class ValueChangeView(BaseModel):
    name: str
    before: Value = Field(description="null if the contact does not have the attribute.")
    after: Value


class RowChangeView(BaseModel):
    """A row with other values than its contact has. Up to 20 `values`, cut to 100 characters."""

    line: int
    email: str
    has_entered: bool = Field(description="Whether the contact has entered the campaign.")
    values: list[ValueChangeView]

    @classmethod
    def of(cls, change: ContactChange) -> "RowChangeView":
        return cls(
            line=change.line,
            email=change.email,
            has_entered=change.has_entered,
            values=[
                ValueChangeView(name=it.name, before=it.before, after=it.after)
                for it in change.values
            ],
        )


class RowCounts(BaseModel):
    good: int = Field(description="Rows that would become contacts.")
    duplicate: int = Field(description="Rows with an address that came before in the file.")
    existing: int = Field(description="Rows with an address that is already a contact.")
    changed: int = Field(description="Those of `existing` with other values than the contact.")
    same: int = Field(description="Those of `existing` that say what the contact has already.")
    entered: int = Field(
        description="Those of `changed` that have entered the campaign. If they are updated, they "
        "go on with the values with which they entered."
    )
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
                            "number": 1,
                            "header": "E-Mail",
                            "unreadable": 0,
                            "unreadable_line": None,
                        },
                        {
                            "name": "first_name",
                            "type": "text",
                            "samples": ["Ann"],
                            "filled": 1,
                            "number": 2,
                            "header": "First name",
                            "unreadable": 0,
                            "unreadable_line": None,
                        },
                    ],
                    "rows": [
                        {
                            "line": 2,
                            "email": "ann@example.com",
                            "attributes": {"first_name": "Ann"},
                        }
                    ],
                    "counts": {
                        "good": 1,
                        "duplicate": 0,
                        "existing": 1,
                        "changed": 1,
                        "same": 0,
                        "entered": 0,
                        "invalid": 1,
                    },
                    "changes": [
                        {
                            "line": 4,
                            "email": "bob@example.com",
                            "has_entered": False,
                            "values": [{"name": "first_name", "before": "Bbo", "after": "Bob"}],
                        }
                    ],
                    "problems": [
                        {
                            "line": 3,
                            "code": "address_invalid",
                            "message": "The address has no @.",
                            "raw": "nobody,No",
                        }
                    ],
                    "policy": {
                        "sheet": None,
                        "encoding": "utf-8",
                        "delimiter": ",",
                        "header_line": 1,
                        "address_column": 1,
                        "column_types": {},
                        "date_orders": {},
                        "known": "update",
                    },
                    "questions": [],
                    "notes": [],
                    "encodings": [],
                    "sheets": [],
                }
            ]
        }
    )

    delimiter: str | None = Field(
        description="What separates the columns; null for a workbook and a JSON list."
    )
    encoding: str | None = Field(description="null for a workbook and a JSON list.")
    has_header: bool | None = Field(
        description="Whether the first row names the columns; null for a JSON list."
    )
    is_part: bool = Field(
        description="Whether the counts are of a beginning: this was sent with part=true, or is a "
        "workbook, of which rows with about 1 MB of text are read."
    )
    columns: list[ColumnView] = Field(description="In the order of the file.")
    rows: list[RowView] = Field(description="The first 20 good rows.")
    counts: RowCounts
    changes: list[RowChangeView] = Field(
        description="The first 20 rows that would change a contact, with `known=update`."
    )
    problems: list[RowProblemView] = Field(
        description="The first 100 rows that would have no effect, without those that say what the "
        "contact has already."
    )
    policy: PolicyView
    questions: list[QuestionView] = Field(
        description="What the file does not show. An import without the answers is refused."
    )
    notes: list[ImportNoteView] = Field(description="What was done so that rows can be used.")
    encodings: list[ChoiceView] = Field(
        description="How the file reads in other encodings, the likeliest first; empty if it is "
        "Unicode."
    )

    sheets: list[ChoiceView] = Field(
        description="Of a workbook, the sheets with contents, each with its first row."
    )

    @classmethod
    def of(
        cls,
        preview: ContactsPreview,
        columns: Columns | None,
        reading: FileReading | None,
        *,
        is_part: bool,
    ) -> "ContactsPreviewView":
        reading = reading or FileReading(preview.policy)
        policy = replace(
            reading.policy,
            column_types=preview.policy.column_types,
            date_orders=preview.policy.date_orders,
        )
        return cls(
            policy=PolicyView.of(policy),
            questions=[QuestionView.of(it) for it in (*reading.questions, *preview.questions)],
            notes=[ImportNoteView.of(it) for it in (*reading.notes, *preview.notes)],
            encodings=[ChoiceView.of(it) for it in reading.encodings],
            sheets=[ChoiceView.of(it) for it in reading.sheets],
            delimiter=policy.delimiter if columns is not None else None,
            encoding=policy.encoding if columns is not None else None,
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
                existing=preview.changed + preview.same,
                changed=preview.changed,
                same=preview.same,
                entered=preview.entered,
                invalid=preview.invalid,
            ),
            changes=[RowChangeView.of(it) for it in preview.changes],
            problems=[
                RowProblemView(line=it.line, code=it.code, message=it.message, raw=it.raw)
                for it in preview.problems
            ],
        )
