"""How much one request may bring. Everything above is refused with words, before it is stored."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """`json_bytes_max`: any JSON body, but for `session_bytes_max`: one that is read before a
    token was shown. `upload_bytes_max`: a contact file, streamed.

    `contacts_max`: contacts within the request that creates a campaign; the import route takes
    any number.
    """

    json_bytes_max: int = 5 * MEGABYTE
    session_bytes_max: int = 4096
    upload_bytes_max: int = 1024 * MEGABYTE
    contacts_max: int = 10_000


def in_words(size_bytes: int) -> str:
    return f"{size_bytes / MEGABYTE:g} MB" if size_bytes >= MEGABYTE else f"{size_bytes} bytes"
