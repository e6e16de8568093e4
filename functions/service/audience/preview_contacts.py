"""Preview contacts: show what an import would do with these rows, before anything is stored.

Invariant: the same rules apply as in the import, so a row that is good here is accepted there,
unless the audience changes in the meantime. Nothing is written.
This module must not know CSV or HTTP.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from functions.flow.comparison import as_number
from functions.flow.dates import read_date
from functions.service.audience.contact_columns import EMAIL
from functions.service.audience.contact_row import RejectedRow, Row, Scalar
from functions.service.audience.decimal_marks import DecimalMarks, rewritten
from functions.service.services import WorkspaceServices

ROWS_SHOWN_MAX = 20
SAMPLES_MAX = 5
SAMPLE_CHARS_MAX = 100
PROBLEMS_SHOWN_MAX = 100
KEYS_AT_ONCE = 1000
"""Addresses looked up in one round trip."""

DUPLICATE = "duplicate"
EXISTING = "existing"

_TRUE_OR_FALSE = frozenset({"true", "false", "yes", "no"})


class Kind(StrEnum):
    """What the values of a column look like, for people. It does not change how they are stored."""

    ADDRESS = "address"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class ColumnPreview:
    """`samples`: the first few distinct values. `filled`: how many valid rows have a value."""

    name: str
    kind: Kind
    samples: tuple[Scalar, ...]
    filled: int


@dataclass(frozen=True, slots=True)
class ContactsPreview:
    """`rows`: the first good rows. `good`, `duplicate` (in the file), `existing` (already contacts)
    and `invalid`: numbers of rows. `problems`: the first rows that would not become contacts, with
    the reason."""

    columns: tuple[ColumnPreview, ...]
    rows: tuple[Row, ...]
    good: int
    duplicate: int
    existing: int
    invalid: int
    problems: tuple[RejectedRow, ...]


@dataclass(slots=True)
class _Column:
    samples: list[Scalar] = field(default_factory=list)
    kinds: set[Kind] = field(default_factory=set)
    filled: int = 0

    def add(self, value: Scalar) -> None:
        if value is None or value == "":
            return
        self.filled += 1
        self.kinds.add(_kind_of(value))
        shown = value[:SAMPLE_CHARS_MAX] if isinstance(value, str) else value
        if len(self.samples) < SAMPLES_MAX and shown not in self.samples:
            self.samples.append(shown)

    @property
    def kind(self) -> Kind:
        """The kind that all values share, otherwise text."""
        if not self.kinds:
            return Kind.EMPTY
        return next(iter(self.kinds)) if len(self.kinds) == 1 else Kind.TEXT


async def preview_contacts(
    services: WorkspaceServices,
    campaign_id: str,
    rows: Sequence[Row | RejectedRow],
    names: Iterable[str] = (),
) -> ContactsPreview:
    """`names`: the columns in the order of the file, if it has any. Others follow in the order in
    which they appear."""
    problems: list[RejectedRow] = [it for it in rows if isinstance(it, RejectedRow)]
    first: dict[str, Row] = {}
    duplicates = []
    for row in rows:
        if isinstance(row, Row) and first.setdefault(row.email_key, row) is not row:
            duplicates.append(row)
    there = await _existing(services, campaign_id, list(first))
    problems += [
        RejectedRow(
            it.line, DUPLICATE, f"{it.email} is also in row {first[it.email_key].line}.", it.email
        )
        for it in duplicates
    ]
    problems += [
        RejectedRow(it.line, EXISTING, f"{it.email} is already a contact.", it.email)
        for key, it in first.items()
        if key in there
    ]
    problems.sort(key=lambda it: it.line)
    marks = DecimalMarks()
    for row in rows:
        if isinstance(row, Row):
            marks.add(row.attributes)
    decided = marks.decided()
    first = {
        key: it._replace(attributes=rewritten(it.attributes, decided)) for key, it in first.items()
    }
    good = [it for key, it in first.items() if key not in there]
    return ContactsPreview(
        columns=_columns(list(first.values()), names),
        rows=tuple(good[:ROWS_SHOWN_MAX]),
        good=len(good),
        duplicate=len(duplicates),
        existing=len(there),
        invalid=len(problems) - len(duplicates) - len(there),
        problems=tuple(problems[:PROBLEMS_SHOWN_MAX]),
    )


async def _existing(
    services: WorkspaceServices, campaign_id: str, keys: Sequence[str]
) -> frozenset[str]:
    found: set[str] = set()
    for start in range(0, len(keys), KEYS_AT_ONCE):
        page = keys[start : start + KEYS_AT_ONCE]
        contacts = await services.store.contacts.existing(services.workspace_id, campaign_id, page)
        found.update(it.email_key for it in contacts)
    return frozenset(found)


def _columns(rows: Sequence[Row], names: Iterable[str]) -> tuple[ColumnPreview, ...]:
    columns: dict[str, _Column] = {name: _Column() for name in names}
    address = columns.setdefault(EMAIL, _Column())
    for row in rows:
        address.add(row.email)
        _add(columns, row.attributes)
    return tuple(
        ColumnPreview(
            name,
            Kind.ADDRESS if name == EMAIL else it.kind,
            tuple(it.samples),
            it.filled,
        )
        for name, it in columns.items()
    )


def _add(columns: dict[str, _Column], attributes: Mapping[str, Scalar]) -> None:
    for name, value in attributes.items():
        if name not in columns:
            columns[name] = _Column()
        columns[name].add(value)


def _kind_of(value: str | int | float | bool) -> Kind:
    if isinstance(value, bool):
        return Kind.BOOLEAN
    if not isinstance(value, str):
        return Kind.NUMBER
    text = value.strip()
    if as_number(text) is not None:
        return Kind.NUMBER
    if text.lower() in _TRUE_OR_FALSE:
        return Kind.BOOLEAN
    return Kind.DATE if read_date(text) is not None else Kind.TEXT
