"""How a file of contacts is to be read: what a person decided, what is asked, and what was noted.

Role: the values that connect the preview of a file, the policy and the run. A preview proposes a
policy; a run applies it and is stored with it.
Invariant: pure. What a policy leaves open is found in the file; if the file shows it in more than
one way, there is a question, and nothing is imported.
This module must not know how files are read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What the values of a column are."""

    ADDRESS = "address"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    EMPTY = "empty"


class DateOrder(StrEnum):
    """What 03/04/2027 means."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class Known(StrEnum):
    """What an import does with rows of contacts that the campaign has already."""

    KEEP = "keep"
    """Leave the contacts as they are."""
    UPDATE = "update"
    """Give them the values of the row. An empty value changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPolicy:
    """None, or a column that is not named: the file shows it.

    `sheet`: of a workbook, by its name. `encoding`: a name that Python knows. `header_line`: the
    line of the header, from 1; 0 if there is none. `address_column`: from 1. `column_names`:
    attributes by the number of their column, from 1. `column_types` and `date_orders`: by
    attribute; `date_order`: of all others. `known`: what no file shows.
    """

    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    address_column: int | None = None
    column_names: Mapping[int, str] = field(default_factory=dict)
    column_types: Mapping[str, Kind] = field(default_factory=dict)
    date_orders: Mapping[str, DateOrder] = field(default_factory=dict)
    date_order: DateOrder | None = None
    known: Known = Known.KEEP


def packed_policy(policy: ImportPolicy) -> dict[str, object]:
    """As JSON values."""
    names = {str(number): name for number, name in policy.column_names.items()}
    return {**asdict(policy), "column_names": names}


def unpacked_policy(packed: object) -> ImportPolicy:
    """Reads what `packed_policy` made, of this version or an older one."""
    assert isinstance(packed, dict)
    order = packed.get("date_order")
    return ImportPolicy(
        sheet=packed.get("sheet"),
        encoding=packed.get("encoding"),
        delimiter=packed.get("delimiter"),
        header_line=packed.get("header_line"),
        address_column=packed.get("address_column"),
        column_names={int(it): name for it, name in packed.get("column_names", {}).items()},
        column_types={it: Kind(kind) for it, kind in packed.get("column_types", {}).items()},
        date_orders={it: DateOrder(order) for it, order in packed.get("date_orders", {}).items()},
        date_order=DateOrder(order) if order is not None else None,
        known=Known(packed.get("known", Known.KEEP)),
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """`value`: as the policy has it. `label`: what the file looks like with it, for people."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the file does not show. `field`: of the policy. `column`: the attribute in question, if
    the field has one value per column. `proposed`: the value that a preview uses."""

    code: str
    field: str
    message: str
    choices: tuple[Choice, ...]
    proposed: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What was done with rows or values so that they could be used. `line`: the first; `count`:
    how many."""

    code: str
    line: int
    count: int
    message: str


@dataclass(frozen=True, slots=True)
class FileReading:
    """How a file was read. `policy`: with all that was found in the file. `encodings`: what else
    the encoding may be; empty if the file is Unicode. `sheets`: of a workbook, those with contents.
    """

    policy: ImportPolicy
    questions: tuple[Question, ...] = ()
    notes: tuple[Note, ...] = ()
    encodings: tuple[Choice, ...] = ()
    sheets: tuple[Choice, ...] = ()


class Notes:
    """Counts notes by their code, of which there are few. Keeps the first message of each."""

    def __init__(self) -> None:
        self._notes: dict[str, Note] = {}

    def add(self, code: str, line: int, message: str, count: int = 1) -> None:
        found = self._notes.get(code)
        if found is None:
            self._notes[code] = Note(code, line, count, message)
        else:
            self._notes[code] = Note(code, found.line, found.count + count, found.message)

    def all(self) -> tuple[Note, ...]:
        return tuple(self._notes.values())


@dataclass(frozen=True, slots=True)
class FileProblem:
    """`field`: the place in the request or in the file."""

    code: str
    field: str
    message: str


class ContactFileError(ValueError):
    """The whole file is refused. `problems`: all that is wrong with it; the first is the reason."""

    def __init__(self, code: str, field: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.message = message
        self.problems: tuple[FileProblem, ...] = (FileProblem(code, field, message),)

    def add(self, questions: Iterable[Question]) -> None:
        self.problems += tuple(_problem(it) for it in questions)


def check_answered(questions: Iterable[Question]) -> None:
    """Raises ContactFileError if there is any."""
    asked = list(questions)
    if not asked:
        return
    message = (
        asked[0].message
        if len(asked) == 1
        else f"The file leaves {len(asked)} questions open; the first: {asked[0].message}"
    )
    error = ContactFileError("choice_needed", asked[0].field, message)
    error.problems = tuple(_problem(it) for it in asked)
    raise error


def _problem(question: Question) -> FileProblem:
    field = f"{question.field}.{question.column}" if question.column else question.field
    return FileProblem(question.code, field, question.message)
