"""Values of columns. Times are whole milliseconds since 1970, UTC."""

from datetime import UTC, datetime, timedelta
from typing import overload

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@overload
def to_ms(at: datetime) -> int: ...
@overload
def to_ms(at: datetime | None) -> int | None: ...
def to_ms(at: datetime | None) -> int | None:
    """Exact, unlike a conversion through floats."""
    return None if at is None else (at - _EPOCH) // _MILLISECOND


@overload
def from_ms(at_ms: int) -> datetime: ...
@overload
def from_ms(at_ms: int | None) -> datetime | None: ...
def from_ms(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else _EPOCH + timedelta(milliseconds=at_ms)


def prefix_end(prefix: str) -> str:
    """An upper bound, by code points, of all texts that begin with `prefix`."""
    return prefix + "\U0010ffff"
