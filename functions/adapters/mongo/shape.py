"""The shape of records in MongoDB: the key as `_id`, real dates, sub-documents.

Arbitrary JSON from people (a flow with its canvas, rows of an upload, the report of a job) is kept
as text: no query uses it, and it may contain keys with `.` and `$` and numbers of more than 64
bits, which fields must not.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TypeVar

from functions.adapters.documents import dump, load
from functions.adapters.mongo.session import Document
from functions.service.access.records import DEFAULT_WORKSPACE

T = TypeVar("T")


def to_document(record: object, key: str | None, *, text: Sequence[str] = ()) -> Document:
    """`key`: the field that becomes `_id`, or None. `text`: the fields kept as JSON text."""
    document = dump(record)
    if key is not None:
        document["_id"] = document.pop(key)
    for field in text:
        document[field] = to_text(document[field])
    return document


def from_document(
    kind: type[T],
    document: Mapping[str, object],
    key: str | None,
    *,
    text: Sequence[str] = (),
) -> T:
    # Processes of an older version, while they are being replaced, write no workspace.
    record = {"workspace_id": DEFAULT_WORKSPACE, **document}
    if key is not None:
        record[key] = record.pop("_id")
    for field in text:
        record[field] = from_text(record[field])
    return load(kind, record)


def to_text(value: object) -> str:
    # ASCII only, because half a surrogate pair is legal in JSON but not in UTF-8.
    return json.dumps(value, separators=(",", ":"))


def from_text(text: object) -> object:
    assert isinstance(text, str)
    value: object = json.loads(text)
    return value
