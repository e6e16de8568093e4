"""Between the records of the service and what a store keeps: plain documents, or JSON text.

pydantic does the walking in Rust, from the dataclasses' own annotations. Documents are written
by this program only, so an unreadable one is our fault and raises (`pydantic.ValidationError`).
Unknown keys are ignored when reading, so a store may add its own (`_id`, an index field).
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter

from functions.flow.effect import Effect
from functions.flow.journal import JournalRecord

T = TypeVar("T")

_CONFIG = ConfigDict(ser_json_inf_nan="constants")
"""An attribute may hold any float; the default would write `null` for an infinite one."""

_EFFECTS = TypeAdapter(tuple[Effect, ...])
_RECORDS = TypeAdapter(tuple[JournalRecord, ...])


_readers: dict[object, TypeAdapter[Any]] = {}
_writers: dict[object, TypeAdapter[Any]] = {}


def _reader(kind: type[T]) -> TypeAdapter[T]:
    adapter = _readers.get(kind)
    if adapter is None:
        adapter = _readers[kind] = TypeAdapter(kind)
    return adapter


def _writer(kind: type[T]) -> TypeAdapter[tuple[T]]:
    adapter = _writers.get(kind)
    if adapter is None:
        # A dataclass takes no configuration itself, but inherits that of the tuple around it.
        adapter = _writers[kind] = TypeAdapter(tuple[kind], config=_CONFIG)  # type: ignore[valid-type]
    return adapter


def dump(value: object) -> dict[str, Any]:
    """A new plain dict, nested all the way. Datetimes stay datetimes, tuples stay tuples, enum
    members stay members (all of them are strings)."""
    document: dict[str, Any] = _reader(type(value)).dump_python(value)
    return document


def load(kind: type[T], document: Mapping[str, object]) -> T:
    """`document` as `dump` made it, or as a store gave it back (lists for tuples, strings for
    enum members). Datetimes must be aware."""
    return _reader(kind).validate_python(document)


def dump_json(value: object) -> str:
    """The document as JSON text, times as ISO 8601."""
    return _writer(type(value)).dump_json((value,))[1:-1].decode()


def load_json(kind: type[T], text: str) -> T:
    return _reader(kind).validate_json(text)


def dump_effects(effects: tuple[Effect, ...]) -> str:
    """The outbox of a lead, as JSON text."""
    return _EFFECTS.dump_json(effects).decode()


def load_effects(text: str) -> tuple[Effect, ...]:
    return _EFFECTS.validate_json(text)


def dump_records(records: tuple[JournalRecord, ...]) -> str:
    """The journal records of a lead that wait to be written, as JSON text."""
    return _RECORDS.dump_json(records).decode()


def load_records(text: str) -> tuple[JournalRecord, ...]:
    return _RECORDS.validate_json(text)
