"""A row of a file or list that may become a contact.

Invariant: a row is bounded in size.
This module must not know where rows come from.
"""

from collections.abc import Mapping
from typing import NamedTuple

from functions.mail.address import email_key

ROW_CHARS_MAX = 2 * 1024 * 1024
"""How far to search for the end of a row. Longer rows than are accepted are read, so that they can
be rejected as a whole."""
FIELD_CHARS_MAX = 64 * 1024
ATTRIBUTES_BYTES_MAX = 16 * 1024
RAW_CHARS_MAX = 200

Scalar = str | int | float | bool | None


class Row(NamedTuple):
    """`line`: from 1; in a JSON list, the position of the item. Values from a file are strings."""

    line: int
    email: str
    attributes: Mapping[str, Scalar]

    @property
    def email_key(self) -> str:
        """Equal for two rows of the same person."""
        return email_key(self.email)


class RejectedRow(NamedTuple):
    """`message`: what is wrong, for people. `raw`: the beginning of the row as received."""

    line: int
    code: str
    message: str
    raw: str


class Refusal(NamedTuple):
    code: str
    message: str


def too_large(size_bytes: int) -> Refusal:
    return Refusal(
        "attributes_too_large",
        f"The contact's attributes take {size_bytes} bytes; at most {ATTRIBUTES_BYTES_MAX} are "
        "allowed.",
    )


def size_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def shown(raw: str) -> str:
    bounded = raw.rstrip("\r\n")[:RAW_CHARS_MAX].replace("\x00", "\ufffd")
    return bounded.encode("utf-8", "replace").decode("utf-8")
