"""Field types that the schemas of several areas share."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, WithJsonSchema

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
Document = dict[str, object]
