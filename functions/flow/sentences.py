"""Pydantic's errors as sentences that say what would be right.

The flow validator and the API share them, so that both use the same wording. Invariant: a sentence
is short whatever the input, and contains none of pydantic's internal names.
"""

from collections.abc import Iterable, Mapping
from typing import Any

ErrorDetails = Mapping[str, Any]


def field_path(location: Iterable[int | str]) -> str:
    """`("rules", 0, "value")` → `rules[0].value`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path


def sentence(error: ErrorDetails) -> str:
    """Return a clause without the name of the field; the caller adds the name."""
    kind = error["type"]
    if kind == "value_error":
        return str(error["ctx"]["error"])
    clause = _SENTENCES.get(kind)
    if clause is None:
        message = str(error["msg"])
        return message[:1].lower() + message[1:]
    context: Mapping[str, Any] = error.get("ctx") or {}
    return clause.format(**{"input": shown(error.get("input")), **context})


_SENTENCES = {
    "missing": "is missing",
    "extra_forbidden": "is not known here: remove it, or check its spelling",
    "literal_error": "must be {expected}, not {input}",
    "enum": "must be {expected}, not {input}",
    "union_tag_invalid": "must be one of {expected_tags}, not {tag!r}",
    "union_tag_not_found": "is missing",
    "greater_than_equal": "must be at least {ge}, not {input}",
    "less_than_equal": "must be at most {le}, not {input}",
    "string_too_long": "must be at most {max_length} characters long",
    "string_too_short": "must not be empty",
    "too_short": "must have {min_length} or more items, not {actual_length}",
    "too_long": "must have at most {max_length} items",
    "int_parsing": "must be a whole number, not {input}",
    "int_type": "must be a whole number, not {input}",
    "int_from_float": "must be a whole number, not {input}",
    "string_type": "must be text, not {input}",
    "string_unicode": "contains half a character: type it again",
    "model_type": "must be an object, not {input}",
    "model_attributes_type": "must be an object, not {input}",
    "dict_type": "must be an object, not {input}",
    "tuple_type": "must be a list, not {input}",
    "bool_type": "must be true or false, not {input}",
    "float_type": "must be a number, not {input}",
    "float_parsing": "must be a number, not {input}",
    "datetime_type": "must be a time such as 2027-01-01T09:00:00Z, not {input}",
    "datetime_parsing": "must be a time such as 2027-01-01T09:00:00Z, not {input}",
    "datetime_from_date_parsing": "must be a time such as 2027-01-01T09:00:00Z, not {input}",
    "timezone_aware": "needs a time zone: end it with Z, or with an offset such as +01:00",
    "json_invalid": "is not valid JSON: {error}",
}


def shown(value: object) -> str:
    """Return the value that was found, short enough for a sentence."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value[:60] if isinstance(value, str) else value)
    return text if len(text) <= 60 else text[:57] + "…"
