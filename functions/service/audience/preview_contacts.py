"""Preview contacts: show what an import would do with these rows, before anything is stored.

Invariant: the same rules apply as in the import, so a row that is good here is accepted there,
unless the audience changes in the meantime. Nothing is written.
This module must not know CSV or HTTP.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from functions.flow.comparison import as_number
from functions.flow.dates import read_anniversary
from functions.service.audience.contact_columns import EMAIL, Columns
from functions.service.audience.contact_row import Refusal, RejectedRow, Row, Scalar
from functions.service.audience.date_columns import DateColumns, date_orders, with_dates
from functions.service.audience.decimal_marks import DecimalMarks, rewritten
from functions.service.audience.import_policy import (
    DateOrder,
    ImportPolicy,
    Kind,
    Known,
    Note,
    Question,
)
from functions.service.audience.known_contacts import (
    ENTERED,
    kept_message,
    new_values,
    with_values,
)
from functions.service.audience.records import Contact
from functions.service.services import WorkspaceServices

ROWS_SHOWN_MAX = 20
CHANGES_SHOWN_MAX = 20
VALUES_SHOWN_MAX = 20
SAMPLES_MAX = 5
SAMPLE_CHARS_MAX = 100
PROBLEMS_SHOWN_MAX = 100
KEYS_AT_ONCE = 1000
"""Addresses looked up in one round trip."""

DUPLICATE = "duplicate"
EXISTING = "existing"

_TRUE_OR_FALSE = frozenset({"true", "false", "yes", "no"})


@dataclass(frozen=True, slots=True)
class ColumnPreview:
    """`number`: of the column in the file, from 1, and `header`: its name there; None in a list.
    `samples`: the first few distinct values. `filled`: how many valid rows have a value.
    `unreadable`: how many of these are not of the column's kind, and `unreadable_line`: the line of
    the first."""

    name: str
    kind: Kind
    samples: tuple[Scalar, ...]
    filled: int
    number: int | None = None
    header: str | None = None
    unreadable: int = 0
    unreadable_line: int | None = None


@dataclass(frozen=True, slots=True)
class ValueChange:
    name: str
    before: Scalar
    after: Scalar


@dataclass(frozen=True, slots=True)
class ContactChange:
    """A contact for which the row has other values. `has_entered`: the campaign."""

    line: int
    email: str
    has_entered: bool
    values: tuple[ValueChange, ...]


@dataclass(frozen=True, slots=True)
class ContactsPreview:
    """`rows`: the first good rows. `good`, `duplicate` (in the file), `changed` (of contacts with
    other values), `same` (of contacts with these values) and `invalid`: numbers of rows. `changes`:
    the first of those that are changed; `entered`: how many of all of these have entered the
    campaign. `problems`: the first rows that would have no effect, with the reason, without those
    that say what is known. `policy`, `questions` and `notes`: about the values of the columns."""

    columns: tuple[ColumnPreview, ...]
    rows: tuple[Row, ...]
    good: int
    duplicate: int
    changed: int
    same: int
    entered: int
    invalid: int
    changes: tuple[ContactChange, ...]
    problems: tuple[RejectedRow, ...]
    policy: ImportPolicy
    questions: tuple[Question, ...]
    notes: tuple[Note, ...]


@dataclass(slots=True)
class _Column:
    samples: list[Scalar] = field(default_factory=list)
    kinds: dict[Kind, int] = field(default_factory=dict)
    first_lines: dict[Kind, int] = field(default_factory=dict)
    filled: int = 0

    def add(self, line: int, value: Scalar) -> None:
        if value is None or value == "":
            return
        self.filled += 1
        kind = _kind_of(value)
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        self.first_lines.setdefault(kind, line)
        shown = _sample(value)
        if len(self.samples) < SAMPLES_MAX and shown not in self.samples:
            self.samples.append(shown)

    @property
    def kind(self) -> Kind:
        """The kind of most values, otherwise text. A few others do not change it."""
        if not self.kinds:
            return Kind.EMPTY
        kind, count = max(self.kinds.items(), key=lambda it: it[1])
        return kind if 3 * count >= 2 * self.filled else Kind.TEXT


async def preview_contacts(
    services: WorkspaceServices,
    campaign_id: str,
    rows: Sequence[Row | RejectedRow],
    policy: ImportPolicy,
    columns: Columns | None,
    *,
    entered_seq: int,
) -> ContactsPreview:
    """`columns`: None for a list. Attributes that they do not name follow in the order in which
    they appear. `entered_seq`: contacts up to this seq have entered the campaign."""
    problems: list[RejectedRow] = [it for it in rows if isinstance(it, RejectedRow)]
    first: dict[str, Row] = {}
    duplicates = []
    marks, dates = DecimalMarks(), DateColumns(policy)
    for row in rows:
        if isinstance(row, Row):
            marks.add(row.attributes)
            dates.add(row.line, row.attributes)
            if first.setdefault(row.email_key, row) is not row:
                duplicates.append(row)
    problems += [
        RejectedRow(
            it.line, DUPLICATE, f"{it.email} is also in row {first[it.email_key].line}.", it.email
        )
        for it in duplicates
    ]
    questions = dates.questions if columns is not None else ()
    policy = _as_proposed(dates.decided(), questions)
    decided, orders = marks.decided(), date_orders(policy)
    first = {
        key: it._replace(attributes=with_dates(rewritten(it.attributes, decided), orders))
        for key, it in first.items()
    }
    known = await _known(services, campaign_id, list(first))
    changes = _changes(known, first, entered_seq)
    if policy.known is Known.UPDATE:
        refused = _refused(known, first)
        problems += refused.values()
        changes = {key: it for key, it in changes.items() if key not in refused}
    same = sum(not new_values(it, first[key]) for key, it in known.items())
    invalid = len(problems) - len(duplicates)
    if policy.known is Known.KEEP:
        problems += [
            RejectedRow(it.line, EXISTING, kept_message(known[key], first[key]), it.email)
            for key, it in changes.items()
        ]
    problems.sort(key=lambda it: it.line)
    good = [it for key, it in first.items() if key not in known]
    notes = dates.notes
    entered = [it.line for it in changes.values() if it.has_entered]
    if entered and policy.known is Known.UPDATE:
        notes += (Note("entered", entered[0], len(entered), ENTERED),)
    return ContactsPreview(
        columns=_columns(list(first.values()), policy, columns),
        rows=tuple(good[:ROWS_SHOWN_MAX]),
        good=len(good),
        duplicate=len(duplicates),
        changed=len(changes),
        same=same,
        entered=len(entered),
        invalid=invalid,
        changes=tuple(changes.values())[:CHANGES_SHOWN_MAX],
        problems=tuple(problems[:PROBLEMS_SHOWN_MAX]),
        policy=policy,
        questions=questions,
        notes=notes,
    )


def _changes(
    known: Mapping[str, Contact], first: Mapping[str, Row], entered_seq: int
) -> dict[str, ContactChange]:
    """By the contact's key, in the order of the file."""
    changes: dict[str, ContactChange] = {}
    for key, row in first.items():
        contact = known.get(key)
        values = new_values(contact, row) if contact is not None else {}
        if contact is not None and values:
            changes[key] = ContactChange(
                line=row.line,
                email=row.email,
                has_entered=contact.seq <= entered_seq,
                values=tuple(
                    ValueChange(name, _sample(contact.attributes.get(name)), _sample(value))
                    for name, value in islice(values.items(), VALUES_SHOWN_MAX)
                ),
            )
    return changes


def _refused(known: Mapping[str, Contact], first: Mapping[str, Row]) -> dict[str, RejectedRow]:
    """Rows that would make a contact too large, by the contact's key."""
    refused: dict[str, RejectedRow] = {}
    for key, contact in known.items():
        row = first[key]
        refusal = with_values(contact.attributes, new_values(contact, row))
        if isinstance(refusal, Refusal):
            refused[key] = RejectedRow(row.line, refusal.code, refusal.message, row.email)
    return refused


def _sample(value: Scalar) -> Scalar:
    return value[:SAMPLE_CHARS_MAX] if isinstance(value, str) else value


def _as_proposed(policy: ImportPolicy, questions: Sequence[Question]) -> ImportPolicy:
    """The policy, with the orders of dates that the questions propose."""
    proposed = {it.column: DateOrder(it.proposed) for it in questions if it.column is not None}
    return replace(
        policy,
        column_types={**policy.column_types, **dict.fromkeys(proposed, Kind.DATE)},
        date_orders={**policy.date_orders, **proposed},
    )


async def _known(
    services: WorkspaceServices, campaign_id: str, keys: Sequence[str]
) -> Mapping[str, Contact]:
    found: dict[str, Contact] = {}
    for start in range(0, len(keys), KEYS_AT_ONCE):
        page = keys[start : start + KEYS_AT_ONCE]
        contacts = await services.store.contacts.existing(services.workspace_id, campaign_id, page)
        found.update((it.email_key, it) for it in contacts)
    return found


def _columns(
    rows: Sequence[Row], policy: ImportPolicy, columns: Columns | None
) -> tuple[ColumnPreview, ...]:
    named = columns.names if columns is not None and columns.has_header else ()
    found: dict[str, _Column] = {name: _Column() for name in named}
    address = found.setdefault(EMAIL, _Column())
    for row in rows:
        address.add(row.line, row.email)
        for name, value in row.attributes.items():
            if name not in found:
                found[name] = _Column()
            found[name].add(row.line, value)
    numbers = {name: at + 1 for at, name in enumerate(columns.names if columns else ())}
    unnamed = {columns.names[it] for it in columns.unnamed} if columns is not None else set()
    return tuple(
        _column(name, it, policy, numbers.get(name), columns)
        for name, it in found.items()
        if it.filled or name not in unnamed
    )


def _column(
    name: str, found: _Column, policy: ImportPolicy, number: int | None, columns: Columns | None
) -> ColumnPreview:
    kind = Kind.ADDRESS if name == EMAIL else policy.column_types.get(name, found.kind)
    others = {it for it in found.kinds if it is not kind}
    if kind in (Kind.ADDRESS, Kind.TEXT):
        others = set()
    header = columns.header if columns is not None else ()
    return ColumnPreview(
        name=name,
        kind=kind,
        samples=tuple(found.samples),
        filled=found.filled,
        number=number,
        header=header[number - 1].strip() if number is not None and header else None,
        unreadable=sum(found.kinds[it] for it in others),
        unreadable_line=min((found.first_lines[it] for it in others), default=None),
    )


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
    return Kind.DATE if read_anniversary(text) is not None else Kind.TEXT
