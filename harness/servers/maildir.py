"""Reads a maildir, into which a server delivers one file per message."""

from collections import Counter
from collections.abc import Iterator
from email.parser import BytesHeaderParser
from pathlib import Path


def arrived(folder: Path) -> int:
    fresh = folder / "new"
    return sum(1 for _ in fresh.iterdir()) if fresh.is_dir() else 0


def delivered(folder: Path, header: str) -> Counter[str]:
    """How often each address got a message. `header`: in which the server writes the address. A
    server that was killed may deliver a message of its queue again; as its Received line is the
    same, it counts once.
    """
    return Counter(to for to, _ in set(_headers(folder, header, "Received")))


def received(folder: Path) -> list[str]:
    """The line in which the server says how each message came."""
    return [line for (line,) in _headers(folder, "Received")]


def _headers(folder: Path, *names: str) -> Iterator[tuple[str, ...]]:
    if arrived(folder):
        for path in (folder / "new").iterdir():
            with path.open("rb") as file:
                headers = BytesHeaderParser().parse(file)
            yield tuple(str(headers[name]) for name in names)
