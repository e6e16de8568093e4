"""The names of the columns of a contact file, and which column holds the address.

Invariant: names are unique and can be stored (no `$`, no `.`), and exactly one is `email`.
This module must not know how the file is read or what happens to its contacts.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.flow.attributes import spelled
from functions.mail.address import AddressError, normalised

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


class ContactFileError(ValueError):
    """The whole file is refused. `field`: the place in the request or in the file."""

    def __init__(self, code: str, field: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.field = field
        self.message = message


class AttributeNameError(ValueError):
    """Not a valid name for an attribute. The message says what would be right."""


@dataclass(frozen=True, slots=True)
class Columns:
    """`names[email_index]` is "email". Without a header, `names` has the largest number of columns
    that a file may have."""

    names: tuple[str, ...]
    email_index: int
    has_header: bool


def columns_of(first_row: Sequence[str]) -> Columns:
    """Read the columns from the first row, which is a header with a column for the address or
    already a contact. Raises ContactFileError.
    """
    if len(first_row) > COLUMNS_MAX:
        raise ContactFileError(
            "columns_too_many",
            "header",
            f"The first row has {len(first_row)} columns; at most {COLUMNS_MAX} are allowed.",
        )
    named = email_position(first_row)
    if named is not None:
        return Columns(_header_names(first_row, named), named, has_header=True)
    address = _address_position(first_row)
    if address is not None:
        names = [f"column_{position + 1}" for position in range(COLUMNS_MAX)]
        names[address] = EMAIL
        return Columns(tuple(names), address, has_header=False)
    found = ", ".join(cell.strip()[:NAME_CHARS_MAX] for cell in first_row[:NAMES_SHOWN_MAX])
    more = ", …" if len(first_row) > NAMES_SHOWN_MAX else ""
    raise ContactFileError(
        "email_column_missing",
        "header",
        f"No column is named email, and the first row contains no address. Found: {found}{more}. "
        'Name the column with the addresses "email".',
    )


def mail_level(first_row: Sequence[str]) -> int:
    """How likely a first row is to belong to contacts: 2 with a known name of the address column
    or with an address, 1 with an @, otherwise 0."""
    if email_position(first_row) is not None:
        return 2
    position = _address_position(first_row)
    if position is None:
        return 0
    return 2 if _is_address(first_row[position]) else 1


def email_position(names: Sequence[str]) -> int | None:
    """The position of the address column: preferably one named exactly `email`, otherwise one with
    a known synonym. None if there is none."""
    for position, name in enumerate(names):
        if name.strip().lower() == EMAIL:
            return position
    return next((i for i, name in enumerate(names) if _squashed(name) in _EMAIL_NAMES), None)


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
            right = name.replace(".", "_").replace("$", "").strip("_") or "amount"
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


def _header_names(header: Sequence[str], email_index: int) -> tuple[str, ...]:
    names: list[str] = []
    for position, typed in enumerate(header):
        field = f"header.{position + 1}"
        try:
            name = EMAIL if position == email_index else attribute_name(typed)
        except AttributeNameError as wrong:
            raise ContactFileError(
                "column_name", field, f"Column {position + 1}: {wrong}"
            ) from None
        if name in names:
            raise ContactFileError("column_duplicate", field, duplicate_message("columns", name))
        names.append(name)
    return tuple(names)


def _address_position(row: Sequence[str]) -> int | None:
    with_at = [position for position, cell in enumerate(row) if "@" in cell]
    certain = next((position for position in with_at if _is_address(row[position])), None)
    return certain if certain is not None else next(iter(with_at), None)


def _is_address(cell: str) -> bool:
    try:
        normalised(cell)
    except AddressError:
        return False
    return True


def _squashed(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(c for c in bare if not unicodedata.combining(c))
    return re.sub(r"[\s_\-:*\u200b\ufeff]+", "", unicodedata.normalize("NFKC", bare))


_EMAIL_NAMES = frozenset(_squashed(name) for name in _NAMES_OF_EMAIL.split())
"""In the form in which names are compared: without blanks, hyphens, underscores and accents."""
