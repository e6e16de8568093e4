"""The log of the bench's processes, one JSON line per fact.

Invariant: a line is one `write` to a file opened for appending, before the action it announces, so
that a process that is killed during the action has logged it; the line survives the death of its
writer, but not of the machine. Times are seconds of this machine's wall clock, which all processes
share.
"""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self


class Lines:
    """A file that many processes append to at once."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, *facts: "Fact") -> None:
        text = "".join(json.dumps(asdict(fact)) + "\n" for fact in facts)
        os.write(self._file, text.encode())

    def close(self) -> None:
        os.close(self._file)


@dataclass(frozen=True, slots=True)
class Fact:
    at: float
    file_name: ClassVar[str]

    @classmethod
    def read(cls, folder: Path) -> list[Self]:
        """The lines in the order of writing; none if nothing was written."""
        return list(cls._read(folder / cls.file_name))

    @classmethod
    def _read(cls, path: Path) -> Iterator[Self]:
        if path.exists():
            with path.open() as lines:
                for line in lines:
                    yield cls(**json.loads(line))


@dataclass(frozen=True, slots=True)
class Accepted(Fact):
    """The mail server has accepted a message; written before it answers. `node` is the e-mail node
    named in the subject.
    """

    message_id: str
    recipient: str
    node: str
    size_bytes: int
    file_name: ClassVar[str] = "accepted.jsonl"


@dataclass(frozen=True, slots=True)
class Misdeed(Fact):
    """The mail server misbehaved. `message_id`, `recipient`: set if it had seen them by then."""

    kind: str
    recipient: str | None = None
    message_id: str | None = None
    file_name: ClassVar[str] = "misdeeds.jsonl"


@dataclass(frozen=True, slots=True)
class Fault(Fact):
    """A fault was injected, or began or ended. `pid`: it affects only that process."""

    kind: str
    pid: int | None = None
    message: str = ""
    file_name: ClassVar[str] = "faults.jsonl"


@dataclass(frozen=True, slots=True)
class Marking(Fact):
    """A worker is about to mark a message `sending`."""

    pid: int
    key: str
    file_name: ClassVar[str] = "markings.jsonl"


@dataclass(frozen=True, slots=True)
class Claiming(Fact):
    """A worker is about to claim a lead's message, so it is working on that lead."""

    pid: int
    lead_id: str
    file_name: ClassVar[str] = "claimings.jsonl"


@dataclass(frozen=True, slots=True)
class Dispatching(Fact):
    """A worker is about to pass a lead's job to the broker."""

    pid: int
    lead_id: str
    file_name: ClassVar[str] = "dispatchings.jsonl"


@dataclass(frozen=True, slots=True)
class Suppressed(Fact):
    """The store has acknowledged the suppression of this recipient."""

    recipient: str
    file_name: ClassVar[str] = "suppressed.jsonl"


def now() -> float:
    return time.time()
