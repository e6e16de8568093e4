"""Convert between the records of the service and what a store keeps: plain documents or JSON text.

pydantic does the work in Rust, from the annotations of the dataclasses. Only this program writes
documents, so an unreadable one is a defect and raises (`pydantic.ValidationError`). Unknown keys
are ignored when reading, so a store may add its own (`_id`, an index field).
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter

from functions.flow.effect import Effect
from functions.flow.journal import JournalRecord

T = TypeVar("T")

STORED_NAMES: Mapping[str, str] = {
    "delivery_attempts": "tries",
    "first_attempt_at": "first_try_at",
    "last_reason": "words",
    "outcome_reason": "words",
    "resend_number": "attempt",
    "tracking_event": "hit",
    "tracking_event_id": "hit_id",
}
"""Fields that older versions named otherwise, with the names that stores still have for them. An
older process that runs beside this one reads them, and no store needs to be rewritten."""

_CONFIG = ConfigDict(
    # An attribute may be any float. By default, pydantic would write `null` for an infinite one.
    ser_json_inf_nan="constants",
    alias_generator=lambda name: STORED_NAMES.get(name, name),
    serialize_by_alias=True,
)

_EFFECTS = TypeAdapter(tuple[Effect, ...], config=_CONFIG)
_RECORDS = TypeAdapter(tuple[JournalRecord, ...], config=_CONFIG)

_adapters: dict[object, TypeAdapter[Any]] = {}


def _adapter(kind: type[T]) -> TypeAdapter[tuple[T]]:
    adapter = _adapters.get(kind)
    if adapter is None:
        # A dataclass takes no configuration, but inherits that of a tuple around it.
        adapter = _adapters[kind] = TypeAdapter(tuple[kind], config=_CONFIG)  # type: ignore[valid-type]
    return adapter


def dump(value: object) -> dict[str, Any]:
    """A new dict in which nested dataclasses are dicts too. Datetimes, tuples and enum members
    (all of which are strings) are kept."""
    document: dict[str, Any] = _adapter(type(value)).dump_python((value,))[0]
    return document


def load(kind: type[T], document: Mapping[str, object]) -> T:
    """`document`: as made by `dump`, or as returned by a store, with lists for tuples and strings
    for enum members. Datetimes must be aware."""
    return _adapter(kind).validate_python((document,))[0]


def dump_json(value: object) -> str:
    """The document as JSON text, times as ISO 8601."""
    return _adapter(type(value)).dump_json((value,))[1:-1].decode()


def load_json(kind: type[T], text: str) -> T:
    return _adapter(kind).validate_json(f"[{text}]")[0]


def dump_effects(effects: tuple[Effect, ...]) -> str:
    """The outbox of a lead, as JSON text."""
    return _EFFECTS.dump_json(effects).decode()


def load_effects(text: str) -> tuple[Effect, ...]:
    return _EFFECTS.validate_json(text)


def dump_records(records: tuple[JournalRecord, ...]) -> str:
    """The journal records that a lead holds, as JSON text."""
    return _RECORDS.dump_json(records).decode()


def load_records(text: str) -> tuple[JournalRecord, ...]:
    return _RECORDS.validate_json(text)
