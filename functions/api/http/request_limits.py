"""How large a request may be. Anything larger is refused before it is stored."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """`json_bytes_max`: a JSON body. `session_bytes_max`, `feedback_bytes_max`: the bodies that
    open a session or bring feedback, which are read before the caller is authenticated.
    `upload_bytes_max`: a contact file, which is streamed; `workbook_bytes_max`: one of a
    spreadsheet program, which is not.

    `contacts_max`: contacts in the request that creates a campaign. The import route accepts any
    number.
    """

    json_bytes_max: int = 5 * MEGABYTE
    session_bytes_max: int = 4096
    feedback_bytes_max: int = MEGABYTE // 2
    upload_bytes_max: int = 1024 * MEGABYTE
    workbook_bytes_max: int = 32 * MEGABYTE
    contacts_max: int = 10_000


def in_units(size_bytes: int) -> str:
    return f"{size_bytes / MEGABYTE:g} MB" if size_bytes >= MEGABYTE else f"{size_bytes} bytes"
