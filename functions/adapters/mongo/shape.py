"""How records lie in MongoDB: the key as `_id`, real dates, sub-documents.

Open-ended JSON of people's making (a flow with its canvas, rows of an upload, a job's report)
is kept as text: the server never looks inside, while its keys may hold `.` and `$` and its
numbers more than 64 bits, none of which a field may.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TypeVar

from functions.adapters.documents import dump, load
from functions.adapters.mongo.session import Document
from functions.service.access.records import DEFAULT_WORKSPACE

T = TypeVar("T")


def to_document(record: object, key: str | None, *, text: Sequence[str] = ()) -> Document:
    """`key` names the field that becomes `_id` (None: there is none such), `text` those kept as
    JSON text."""
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
    # Older processes, while they are being replaced, write documents without a workspace.
    record = {"workspace_id": DEFAULT_WORKSPACE, **document}
    if key is not None:
        record[key] = record.pop("_id")
    for field in text:
        record[field] = from_text(record[field])
    return load(kind, record)


def to_text(value: object) -> str:
    # ASCII only: half a surrogate pair, legal in JSON, is not in UTF-8.
    return json.dumps(value, separators=(",", ":"))


def from_text(text: object) -> object:
    assert isinstance(text, str)
    value: object = json.loads(text)
    return value
