"""Cursors of pages that are ordered by a time and a name. They are opaque to callers."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

from functions.service.errors import CallerError


def write_cursor(at: datetime, name: str) -> str:
    return urlsafe_b64encode(f"{at.isoformat()}|{name}".encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    """None if there is no cursor. Raises CallerError."""
    if not cursor:
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, name = text.partition("|")
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise ValueError("no zone")
        instant = instant.astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        message = "cursor is invalid: use next_cursor unchanged, or leave it out."
        raise CallerError(422, "bad_cursor", message, "cursor") from problem
    return instant, name
