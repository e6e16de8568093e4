"""The names of the columns of a contact file, and which column holds the address.

Invariant: names are unique, can be stored and can be written in a merge tag; exactly one is
`email`. Every header gets such a name.
This module must not know how the file is read or what happens to its contacts.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.flow.attributes import spelled
from functions.service.audience.address_cells import is_address
from functions.service.audience.import_policy import Choice, ContactFileError, Question

COLUMNS_MAX = 200
NAME_CHARS_MAX = 64
NAMES_SHOWN_MAX = 10

EMAIL = "email"
_NAMES_OF_EMAIL = """
    email emailaddress emailid emails mail mailaddress mailid useremail contactemail
    subscriberemail customeremail primaryemail workemail emailwork email1 email1value
    emailadresse mailadresse adresseemail adressemail adresseelectronique courriel
    correo correoelectronico direcciondecorreo direcciondecorreoelectronico direccionemail
    indirizzoemail indirizzomail postaelettronica enderecodeemail correioeletronico
    emailadres mailadres epost epostadress epostadresse sahkoposti sahkopostiosoite
    adresemail pocztaelektroniczna emailova emailcim eposta epostaadresi
    почта электроннаяпочта адресэлектроннойпочты эпочта емейл имейл
    メール メールアドレス eメール 邮箱 邮件 电子邮件 电子邮箱 電子郵件 이메일 이메일주소
"""
_REFUSED_CHARACTERS = {"$": "a dollar sign", ".": "a dot"}
_RESERVED = frozenset(
    {"and", "or", "not", "in", "contains", "if", "else", "with", "required", "for", "as"}
    | {"true", "false", "nil", "null", "empty", "blank"}
    | {"limit", "offset", "reversed", "cols", "continue", EMAIL}
)
"""Words that a merge tag does not take for an attribute, and the name of the address."""
_BEGINS_WITH_NUMBER = re.compile(r"\d+\b")
"""As in `2024-05`: a merge tag takes it for the number 2024; `1st` is a name."""


class AttributeNameError(ValueError):
    """Not a valid name for an attribute. The message says what would be right."""


@dataclass(frozen=True, slots=True)
class Columns:
    """`names[email_index]` is "email". Without a header, `names` has the largest number of columns
    that a file may have. `header`: as in the file; empty if there is none. `unnamed`: columns
    without a name in the header; an empty cell there is no value. `more_addresses`: other columns
    with addresses, by their names."""

    names: tuple[str, ...]
    email_index: int
    header: tuple[str, ...] = ()
    unnamed: tuple[int, ...] = ()
    more_addresses: tuple[int, ...] = ()

    @property
    def has_header(self) -> bool:
        return bool(self.header)


def columns_of(
    header: Sequence[str], email_index: int, chosen: Mapping[int, str] | None = None
) -> Columns:
    """`header`: empty if the file has none. `chosen`: names by number of column, from 1. Raises
    ContactFileError."""
    if len(header) > COLUMNS_MAX:
        header = _without_blank_end(header)
    if len(header) > COLUMNS_MAX:
        raise ContactFileError(
            "columns_too_many",
            "header",
            f"The first row has {len(header)} columns; at most {COLUMNS_MAX} are allowed.",
        )
    chosen = chosen or {}
    width = len(header) or COLUMNS_MAX
    taken = {EMAIL} | set(_checked(chosen, width).values())
    names: list[str] = []
    for position in range(width):
        if position == email_index:
            name = EMAIL
        elif position + 1 in chosen:
            name = chosen[position + 1]
        else:
            typed = header[position] if header else ""
            name = _free(storable(typed) or f"column_{position + 1}", taken)
            taken.add(name)
        names.append(name)
    blank = [i for i, typed in enumerate(header) if not typed.strip() and i + 1 not in chosen]
    mail = [i for i, typed in enumerate(header) if "mail" in _squashed(typed)]
    return Columns(
        names=tuple(names),
        email_index=email_index,
        header=tuple(header),
        unnamed=tuple(i for i in blank if i != email_index),
        more_addresses=tuple(i for i in mail if i != email_index),
    )


def find_address_column(
    header: Sequence[str], rows: Sequence[Sequence[str]]
) -> tuple[int | None, Question | None]:
    """The position of the address column, by its name or by what the first rows hold. None if
    nothing looks like one. The question says if it could be another."""
    named = email_position(header)
    counts = [_address_count(rows, position) for position in range(max(map(len, rows), default=0))]
    full = [i for i, (found, filled) in enumerate(counts) if found and 2 * found >= filled]
    if named is not None:
        found, filled = counts[named] if named < len(counts) else (0, 0)
        # A column named "mail" may say whether somebody wants any.
        if found or not filled or not full or any(_has_at(rows, named)):
            return named, None
    hinted = [i for i in full if i < len(header) and "mail" in _squashed(header[i])]
    if len(full) > 1 and len(hinted) != 1:
        proposed = max(hinted or full, key=lambda i: counts[i][0])
        return proposed, _which_address(header, rows, full, proposed)
    if full:
        return (hinted or full)[0], None
    some = max(range(len(counts)), key=lambda i: counts[i][0], default=None)
    if some is not None and counts[some][0]:
        return some, None
    with_at = (i for i in range(len(counts)) if any(_has_at(rows, i)))
    return next(with_at, None), None


def mail_level(row: Sequence[str]) -> int:
    """How likely a row is to belong to contacts: 2 with a known name of the address column or with
    an address, 1 with an @, otherwise 0."""
    if email_position(row) is not None or any(map(is_address, row)):
        return 2
    return int(any("@" in cell for cell in row))


def email_position(names: Sequence[str]) -> int | None:
    """The position of the address column: preferably one named exactly `email`, otherwise one with
    a known synonym. None if there is none."""
    for position, name in enumerate(names):
        if name.strip().lower() == EMAIL:
            return position
    return next((i for i, name in enumerate(names) if _squashed(name) in _EMAIL_NAMES), None)


def names_addresses(typed: str) -> bool:
    """Whether a header says that its column holds addresses."""
    squashed = _squashed(typed)
    return squashed in _EMAIL_NAMES or "mail" in squashed


def no_address_column(rows: Sequence[Sequence[str]]) -> ContactFileError:
    first = rows[0] if rows else ()
    found = ", ".join(cell.strip()[:NAME_CHARS_MAX] for cell in first[:NAMES_SHOWN_MAX])
    more = ", …" if len(first) > NAMES_SHOWN_MAX else ""
    return ContactFileError(
        "email_column_missing",
        "header",
        f"No column is named email, and the first rows contain no address. Found: {found}{more}. "
        'Name the column with the addresses "email".',
    )


def storable(typed: str) -> str:
    """A name that can be stored and written in a merge tag, as close to the typed one as possible:
    `Total Spent ($)` becomes `total_spent`. Empty if nothing is left."""
    name = spelled(unicodedata.normalize("NFC", typed))
    if not all(map(_is_writable, name)):
        name = "".join(it if _is_writable(it) else "_" for it in name)
        name = re.sub(r"_[_-]*_|-_+|_+-", "_", name).strip("_-")
    name = name[:NAME_CHARS_MAX].lstrip("-").rstrip("_-")
    if _BEGINS_WITH_NUMBER.match(name):
        name = f"column_{name}"[:NAME_CHARS_MAX].rstrip("_-")
    return name


def attribute_name(typed: str) -> str:
    """The name trimmed, in lower case, with underscores for blanks. Raises AttributeNameError."""
    name = spelled(typed)
    if not name:
        raise AttributeNameError("The name is empty: enter one, or leave the value out.")
    shown = name[:NAME_CHARS_MAX]
    if len(name) > NAME_CHARS_MAX:
        raise AttributeNameError(
            f"The name {shown}… has {len(name)} characters; at most {NAME_CHARS_MAX} are allowed."
        )
    for character, description in _REFUSED_CHARACTERS.items():
        if character in name:
            right = storable(name) or "amount"
            raise AttributeNameError(
                f"The name {shown} contains {description}: rename it to {right}."
            )
    if not name.isprintable():
        raise AttributeNameError("A name contains a control character: type it again.")
    return name


def duplicate_message(what: str, name: str) -> str:
    return f"Two {what} are named {name}: rename or remove one of them."


def only_email_key(item: Mapping[str, object]) -> str | None:
    """The key of a JSON contact that holds its address; None if there is none."""
    keys = list(item)
    position = email_position(keys)
    return None if position is None else keys[position]


def _checked(chosen: Mapping[int, str], width: int) -> Mapping[int, str]:
    """Raises ContactFileError if the names that a person chose are none, or not for this file."""
    seen: set[str] = set()
    for number, name in chosen.items():
        field = f"column_name.{number}"
        if not 1 <= number <= width:
            message = f"There is no column {number}: the file has {width}."
            raise ContactFileError("column_unknown", field, message)
        right = storable(name)
        if name != right or name in _RESERVED:
            instead = right if right and right not in _RESERVED else f"{right or 'column'}_{number}"
            message = f"Column {number}: {name} cannot be written in a merge tag; {instead} can."
            raise ContactFileError("column_name", field, message)
        if name in seen:
            raise ContactFileError("column_duplicate", field, duplicate_message("columns", name))
        seen.add(name)
    return chosen


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number after it if it is taken."""
    number = 1
    wanted = name
    while wanted in taken or wanted in _RESERVED:
        number += 1
        end = f"_{number}"
        wanted = name[: NAME_CHARS_MAX - len(end)].rstrip("_-") + end
    return wanted


def _is_writable(character: str) -> bool:
    return (
        character.isalnum() or character in "_-" or unicodedata.category(character).startswith("M")
    )


def _without_blank_end(header: Sequence[str]) -> Sequence[str]:
    width = len(header)
    while width and not header[width - 1].strip():
        width -= 1
    return header[:width]


def _which_address(
    header: Sequence[str], rows: Sequence[Sequence[str]], positions: Sequence[int], proposed: int
) -> Question:
    choices = tuple(
        Choice(str(i + 1), _column_label(header, rows, i)) for i in positions[:NAMES_SHOWN_MAX]
    )
    found = ", ".join(f"{it.value} ({it.label})" for it in choices)
    return Question(
        code="address_column_doubtful",
        field="address_column",
        message=f"Several columns hold addresses: {found}. Say which one to write to.",
        choices=choices,
        proposed=str(proposed + 1),
    )


def _column_label(header: Sequence[str], rows: Sequence[Sequence[str]], position: int) -> str:
    if position < len(header) and header[position].strip():
        return header[position].strip()[:NAME_CHARS_MAX]
    cells = (row[position].strip() for row in rows if position < len(row))
    return next((cell for cell in cells if cell), "")[:NAME_CHARS_MAX]


def _address_count(rows: Sequence[Sequence[str]], position: int) -> tuple[int, int]:
    """How many rows have an address there, and how many anything."""
    cells = [row[position] for row in rows if position < len(row) and row[position].strip()]
    return sum(map(is_address, cells)), len(cells)


def _has_at(rows: Sequence[Sequence[str]], position: int) -> list[bool]:
    return ["@" in row[position] for row in rows if position < len(row)]


def _squashed(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(c for c in bare if not unicodedata.combining(c))
    return re.sub(r"[\s_\-:*\u200b\ufeff]+", "", unicodedata.normalize("NFKC", bare))


_EMAIL_NAMES = frozenset(_squashed(name) for name in _NAMES_OF_EMAIL.split())
"""In the form in which names are compared: without blanks, hyphens, underscores and accents."""
