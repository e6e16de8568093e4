"""Query parameters that say how a file of contacts is to be read: the policy of an import."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, TypeVar

from fastapi import Depends, Query

from functions.service.audience.contact_columns import COLUMNS_MAX, NAME_CHARS_MAX, storable
from functions.service.audience.contact_table import DELIMITERS
from functions.service.audience.contact_text import encoding_named
from functions.service.audience.import_policy import DateOrder, ImportPolicy, Kind, Known
from functions.service.errors import CallerError

LINE_MAX = 1000
SHEET_CHARS_MAX = 255

_DELIMITER_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_TYPES = (Kind.TEXT, Kind.NUMBER, Kind.DATE, Kind.BOOLEAN)

K = TypeVar("K")
V = TypeVar("V")


def _policy(
    sheet: Annotated[
        str | None,
        Query(
            max_length=SHEET_CHARS_MAX,
            description="Of a workbook, by its name. Default: the only one with addresses.",
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        Query(
            max_length=50,
            description="Of a CSV file, for example `windows-1250`. Default: found in the file.",
        ),
    ] = None,
    delimiter: Annotated[
        str | None,
        Query(
            max_length=10,
            description="Of a CSV file: `,`, `;`, `|` or `tab`. Default: found in the file.",
        ),
    ] = None,
    header_line: Annotated[
        int | None,
        Query(ge=0, le=LINE_MAX, description="The line that names the columns; 0 if none does."),
    ] = None,
    address_column: Annotated[
        int | None,
        Query(ge=1, le=COLUMNS_MAX, description="The column with the addresses, from 1."),
    ] = None,
    column_name: Annotated[
        list[str] | None,
        Query(
            max_length=COLUMNS_MAX,
            description="`3:phone` names the third column `phone`. May be repeated.",
        ),
    ] = None,
    column_type: Annotated[
        list[str] | None,
        Query(
            max_length=COLUMNS_MAX,
            description="`renewal:date`: what the values of an attribute are: text, number, date "
            "or boolean. May be repeated.",
        ),
    ] = None,
    date_order: Annotated[
        list[str] | None,
        Query(
            max_length=COLUMNS_MAX,
            description="What 03/04/2027 means: `dmy` or `mdy`, of all columns, or of one as in "
            "`renewal:dmy`. May be repeated.",
        ),
    ] = None,
) -> ImportPolicy:
    named = [it for it in date_order or () if ":" in it]
    of_all = [f":{it}" for it in date_order or () if ":" not in it]
    return ImportPolicy(
        sheet=sheet,
        encoding=encoding_named(encoding) if encoding is not None else None,
        delimiter=_delimiter(delimiter) if delimiter is not None else None,
        header_line=header_line,
        address_column=address_column,
        column_names=_pairs("column_name", column_name or (), _number, str.strip),
        column_types=_pairs("column_type", column_type or (), storable, _type),
        date_orders=_pairs("date_order", named, storable, _order),
        date_order=_pairs("date_order", of_all, str, _order).get(""),
    )


PolicyDep = Annotated[ImportPolicy, Depends(_policy)]


def _contacts_policy(
    policy: PolicyDep,
    known: Annotated[
        Known,
        Query(
            description="What happens to contacts that the campaign has already: `keep` leaves "
            "them as they are, `update` gives them the values of the file. An empty value changes "
            "nothing. Contacts that have entered the campaign go on with the values with which "
            "they entered.",
        ),
    ] = Known.KEEP,
) -> ImportPolicy:
    return replace(policy, known=known)


ContactsPolicyDep = Annotated[ImportPolicy, Depends(_contacts_policy)]
"""The policy of an import of contacts. `PolicyDep` is that of any file with addresses."""


def _pairs(
    field: str, texts: Sequence[str], key: Callable[[str], K], value: Callable[[str], V]
) -> dict[K, V]:
    """`texts`: such as `3:phone`. Raises CallerError."""
    found: dict[K, V] = {}
    for text in texts:
        name, colon, rest = text[: 4 * NAME_CHARS_MAX].rpartition(":")
        try:
            if not colon:
                raise ValueError("write the column, a colon and the value")
            found[key(name)] = value(rest)
        except ValueError as wrong:
            message = f"{field} {text[:NAME_CHARS_MAX]} is invalid: {wrong}."
            raise CallerError(422, f"{field}_invalid", message, field) from None
    return found


def _delimiter(typed: str) -> str:
    found = _DELIMITER_NAMES.get(typed.lower(), typed)
    if found not in DELIMITERS:
        message = f"delimiter must be a comma, a semicolon, a bar or tab, not {typed}."
        raise CallerError(422, "delimiter_invalid", message, "delimiter")
    return found


def _number(typed: str) -> int:
    if not (typed.isascii() and typed.isdigit() and 1 <= int(typed) <= COLUMNS_MAX):
        raise ValueError(f"the column must be a number from 1 to {COLUMNS_MAX}")
    return int(typed)


def _order(typed: str) -> DateOrder:
    try:
        return DateOrder(typed.strip().lower())
    except ValueError:
        raise ValueError("the order must be dmy or mdy") from None


def _type(typed: str) -> Kind:
    kind = next((it for it in _TYPES if it == typed.strip().lower()), None)
    if kind is None:
        raise ValueError(f"the type must be one of {', '.join(_TYPES)}")
    return kind
