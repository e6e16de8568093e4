"""Read contacts from a list of JSON objects.

Invariant: every item becomes exactly one `Row` or `RejectedRow`. Values keep their type.
This module must not know who sent the list, where contacts are stored, or whether an address is
known.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from functions.mail.address import AddressError, normalised
from functions.service.audience.contact_columns import (
    COLUMNS_MAX,
    EMAIL,
    AttributeNameError,
    attribute_name,
    duplicate_message,
    only_email_key,
)
from functions.service.audience.contact_row import (
    ATTRIBUTES_BYTES_MAX,
    RAW_CHARS_MAX,
    Refusal,
    RejectedRow,
    Row,
    Scalar,
    shown,
    size_bytes,
    too_large,
)

KEYS_SHOWN_MAX = 20
INTEGER_MAX = 2**63 - 1

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def parse_contacts_json(items: Iterable[object]) -> Iterator[Row | RejectedRow]:
    """Contacts from JSON objects, with attributes next to the address or under `attributes`.

    Values keep their type: strings, numbers, true, false, null.
    """
    for line, item in enumerate(items, start=1):
        judged = _judge_item(item, line)
        if isinstance(judged, Row):
            yield judged
        else:
            yield RejectedRow(line, judged.code, judged.message, _shown_item(item))


def read_attributes(given: Mapping[str, object]) -> dict[str, Scalar] | Refusal:
    """The names as they are stored, with their values."""
    try:
        return _typed_attributes(given.items())
    except AttributeNameError as wrong:
        return Refusal("attribute_name", str(wrong))
    except _ValueRefusedError as wrong:
        return wrong.refusal


def _judge_item(item: object, line: int) -> Row | Refusal:
    if not isinstance(item, dict):
        return Refusal(
            "not_an_object", 'A contact must be an object: {"email": "ann@example.com"}.'
        )
    key = only_email_key(item)
    if key is None:
        return Refusal("address_missing", 'The contact has no "email".')
    typed = item[key]
    if not isinstance(typed, str):
        return Refusal("address_invalid", "The address must be text.")
    nested = item.get("attributes", {})
    if not isinstance(nested, dict):
        return Refusal("attributes_invalid", '"attributes" must be an object of names and values.')
    flat = ((k, v) for k, v in item.items() if k not in (key, "attributes"))
    try:
        attributes = _typed_attributes(chain(flat, nested.items()))
        return Row(line, normalised(typed), attributes)
    except AttributeNameError as wrong:
        return Refusal("attribute_name", str(wrong))
    except AddressError as wrong:
        return Refusal("address_invalid", str(wrong))
    except _ValueRefusedError as wrong:
        return wrong.refusal


class _ValueRefusedError(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def _typed_attributes(pairs: Iterable[tuple[str, object]]) -> dict[str, Scalar]:
    attributes: dict[str, Scalar] = {}
    size = 0
    for typed, value in pairs:
        name = attribute_name(typed)
        if name in attributes or name == EMAIL:
            raise AttributeNameError(duplicate_message("attributes", name))
        attributes[name] = _scalar(name, value)
        size += size_bytes(name) + size_bytes(str(value))
        if len(attributes) >= COLUMNS_MAX:
            message = f"The contact has more than {COLUMNS_MAX - 1} attributes."
            raise _ValueRefusedError(Refusal("columns_too_many", message))
    if size > ATTRIBUTES_BYTES_MAX:
        raise _ValueRefusedError(too_large(size))
    return attributes


def _scalar(name: str, value: object) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            message = f"{name} contains a character that cannot be stored."
            raise _ValueRefusedError(Refusal("text_unreadable", message))
        return value
    if isinstance(value, int | float):
        # Also refuses NaN and infinity.
        if abs(value) <= INTEGER_MAX or (isinstance(value, float) and abs(value) < float("inf")):
            return value
        message = f"{name} is too large a number, or none, and cannot be stored: give it as text."
        raise _ValueRefusedError(Refusal("attribute_value", message))
    message = f"{name} is a list or an object: it must be text, a number, true, false or null."
    raise _ValueRefusedError(Refusal("attribute_value", message))


def _shown_item(item: object) -> str:
    if not isinstance(item, dict):
        return shown(str(item)) if isinstance(item, str | int | float) else ""
    shallow = {
        str(key)[:RAW_CHARS_MAX]: value[:RAW_CHARS_MAX] if isinstance(value, str) else value
        for key, value in list(item.items())[:KEYS_SHOWN_MAX]
        if isinstance(value, str | int | float | None)
    }
    return shown(json.dumps(shallow, ensure_ascii=False))
