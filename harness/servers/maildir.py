"""Reads a maildir, into which a server delivers one file per message."""

from collections import Counter
from email import message_from_binary_file
from email.policy import compat32
from pathlib import Path


def arrived(folder: Path) -> int:
    fresh = folder / "new"
    return sum(1 for _ in fresh.iterdir()) if fresh.is_dir() else 0


def delivered(folder: Path, header: str) -> Counter[str]:
    """How often each address got a message. `header`: in which the server writes the address."""
    found: Counter[str] = Counter()
    if arrived(folder):
        for path in (folder / "new").iterdir():
            with path.open("rb") as file:
                found[str(message_from_binary_file(file, policy=compat32)[header])] += 1
    return found
