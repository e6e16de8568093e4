"""Compare a row with the contact that has its address.

Invariant: pure. An empty value changes nothing, so a file without a column, or with a gap in it,
takes nothing away. What a row does not name stays as it is, the address as it is spelled too. A
value goes to the attribute that templates and conditions mean by its name.
This module must not know where contacts are stored, or whether they are to be changed.
"""

from collections.abc import Mapping
from dataclasses import replace

from functions.flow.attributes import alike
from functions.flow.lead import AttributeValue
from functions.service.audience.contact_columns import COLUMNS_MAX
from functions.service.audience.contact_row import (
    ATTRIBUTES_BYTES_MAX,
    Refusal,
    Row,
    size_bytes,
    too_large,
)
from functions.service.audience.records import Contact

NAMES_SHOWN_MAX = 5
ENTERED = (
    "Contacts that have entered the campaign go on with the values with which they entered: their "
    "e-mails, waits and conditions do not see the change."
)


def new_values(contact: Contact, row: Row) -> dict[str, AttributeValue]:
    """The values of the row that the contact does not have, by the names of its attributes."""
    known = contact.attributes
    found: dict[str, AttributeValue] = {}
    for typed, value in row.attributes.items():
        if value is None or value == "":
            continue
        name = meant(known, typed)
        old = known.get(name)
        # True and 1 are equal.
        if old != value or type(old) is not type(value):
            found[name] = value
    return found


def meant(attributes: Mapping[str, AttributeValue], name: str) -> str:
    """The attribute that a value of this name goes to."""
    if name in attributes:
        return name
    same = alike(attributes, name)
    return same[0] if len(same) == 1 else name


def with_values(
    attributes: Mapping[str, AttributeValue], values: Mapping[str, AttributeValue]
) -> dict[str, AttributeValue] | Refusal:
    """The attributes with these values, if they are within the limits of a contact."""
    merged = {**attributes, **values}
    if len(merged) >= COLUMNS_MAX:
        message = f"The contact would have more than {COLUMNS_MAX - 1} attributes."
        return Refusal("columns_too_many", message)
    size = sum(size_bytes(name) + size_bytes(str(value)) for name, value in merged.items())
    return too_large(size) if size > ATTRIBUTES_BYTES_MAX else merged


def updated(contact: Contact, row: Row, source: str) -> Contact | Refusal | None:
    """The contact with the values of the row, as an import `source` writes it; None if it has them
    already."""
    values = new_values(contact, row)
    if not values:
        return None
    merged = with_values(contact.attributes, values)
    if isinstance(merged, Refusal):
        return merged
    return replace(
        contact,
        attributes=merged,
        source=source,
        line=row.line,
        revision=contact.revision + 1,
    )


def kept_message(contact: Contact, row: Row) -> str:
    """That the contact is left as it is, and which of its attributes differ."""
    names = list(new_values(contact, row))
    more = f" and {len(names) - NAMES_SHOWN_MAX} more" if len(names) > NAMES_SHOWN_MAX else ""
    shown = ", ".join(names[:NAMES_SHOWN_MAX])
    return f"{row.email} is already a contact, with other values: {shown}{more}."
