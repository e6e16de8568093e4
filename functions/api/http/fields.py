"""Field types that the schemas of several areas share."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from functions.flow.keys import IDENTIFIER
from functions.mail.address import ADDRESS_CHARS_MAX, normalised


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def one_line(text: str) -> str:
    if any(not character.isprintable() for character in text):
        raise ValueError("must be a single line: remove line breaks and control characters")
    return text


def _identifier(text: str) -> str:
    if not IDENTIFIER.fullmatch(text):
        raise ValueError("must be 1 to 64 letters, digits, - _ or :")
    return text


Identifier = Annotated[
    str,
    AfterValidator(_identifier),
    WithJsonSchema({"type": "string", "pattern": f"^{IDENTIFIER.pattern}$"}),
]
Address = Annotated[
    str,
    AfterValidator(normalised),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": ADDRESS_CHARS_MAX}),
]
"""Raises AddressError, a ValueError with a message for people."""


def _instant(written: object) -> datetime:
    try:
        at = datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        at = None
    if at is None:
        raise ValueError("must be a time with its zone, such as 2027-01-05T09:00:00+01:00")
    if at.tzinfo is None:
        raise ValueError("must name its zone, as in 2027-01-05T09:00:00+01:00")
    try:
        at = at.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a time between the years 1 and 9999") from None
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""In UTC and whole milliseconds."""
Document = dict[str, object]
