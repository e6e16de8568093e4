"""Find the address in a cell of a contact file, as people and programs write it there.

Role: take out what surrounds an address: invisible characters, `mailto:`, a name with angle
brackets, the quote by which spreadsheets mark text, the dot of a sentence, further addresses.
Invariant: pure. What was taken out is noted, and an address is never guessed: a cell without a
valid address is refused with a reason.
This module must not know in which column or file the cell is.
"""

import re
import unicodedata
from typing import NamedTuple

from functions.mail.address import AddressError, invisible_in, normalised

MARKS_SHOWN_MAX = 4
CELL_CHARS_MAX = 2_000

_NAMED = re.compile(r"[^<>@]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_BETWEEN = re.compile(r"[\s,;|/]+|:::")


class AddressNote(NamedTuple):
    code: str
    message: str


class CellAddress(NamedTuple):
    """`notes`: what was taken out."""

    address: str
    notes: tuple[AddressNote, ...]


def read_address(cell: str, *, first_of_several: bool = True) -> CellAddress:
    """`first_of_several`: take the first address of a cell with several; otherwise refuse it.
    Raises AddressError."""
    notes = []
    text = cell[:CELL_CHARS_MAX]
    marks = invisible_in(text)
    if marks:
        notes.append(AddressNote("marks_removed", _marks_message(marks)))
    for take_out in (_without_scheme, _without_name, _without_text_mark):
        bare = take_out(text)
        if bare is not None:
            text = bare
            notes.append(_ONLY_ADDRESS)
    if text.count("@") > 1:
        found = several_addresses(text)
        if len(found) > 1 and not first_of_several:
            raise AddressError(f"The cell has {len(found)} addresses: give each its own row.")
        if found:
            text, *others = found
            notes.append(_left_out(text, others))
    bare = text.strip()
    # Two dots are a typing error.
    if bare.endswith(".") and not bare.endswith(".."):
        text = bare[:-1]
        notes.append(_NO_DOT)
    return CellAddress(normalised(text), tuple(notes))


def several_addresses(text: str) -> list[str]:
    """The distinct valid addresses in a text that has several."""
    found: dict[str, None] = {}
    for part in _BETWEEN.split(text):
        try:
            found.setdefault(normalised(part.strip("<>").removesuffix(".")))
        except AddressError:
            continue
    return list(found)


def is_address(cell: str) -> bool:
    """Whether `read_address` finds one."""
    if "@" not in cell:
        return False
    try:
        read_address(cell)
    except AddressError:
        return False
    return True


def _without_scheme(text: str) -> str | None:
    bare = text.strip()
    return bare[len("mailto:") :].partition("?")[0] if bare[:7].lower() == "mailto:" else None


def _without_name(text: str) -> str | None:
    named = _NAMED.fullmatch(text.strip())
    return named[1] if named is not None else None


def _without_text_mark(text: str) -> str | None:
    bare = text.strip()
    return bare[1:].removesuffix("'") if bare.startswith("'") else None


def _marks_message(marks: list[str]) -> str:
    distinct = list(dict.fromkeys(marks))
    shown = ", ".join(
        f"U+{ord(it):04X} {unicodedata.name(it, 'without a name').lower()}"
        for it in distinct[:MARKS_SHOWN_MAX]
    )
    more = ", …" if len(distinct) > MARKS_SHOWN_MAX else ""
    return f"Invisible characters were removed from the address: {shown}{more}."


_ONLY_ADDRESS = AddressNote(
    "address_unwrapped",
    "Only the address itself was taken, without mailto:, a name or a quote before it.",
)


_NO_DOT = AddressNote("dot_removed", "The dot at the end of the address was removed.")


def _left_out(taken: str, others: list[str]) -> AddressNote:
    if not others:
        return AddressNote("address_repeated", f"{taken} is in the cell more than once.")
    return AddressNote(
        "first_address_taken",
        f"The cell has {len(others) + 1} addresses: {taken} was taken, "
        f"{', '.join(others[:MARKS_SHOWN_MAX])} left out.",
    )
