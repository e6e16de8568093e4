"""What the bench's processes write down while they live, one JSON line a fact.

Invariant: a line is one `write` to a file opened for appending, done before what it announces, so
that whoever is killed next has said so; it survives the death of its writer, not of the machine.
Times are seconds of this machine's wall clock, which all processes here share.
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
        """In the order they were written; none where nobody wrote."""
        return list(cls._read(folder / cls.file_name))

    @classmethod
    def _read(cls, path: Path) -> Iterator[Self]:
        if path.exists():
            with path.open() as lines:
                for line in lines:
                    yield cls(**json.loads(line))


@dataclass(frozen=True, slots=True)
class Accepted(Fact):
    """The mail server has taken a message; written before it says so. `node` is the e-mail node
    named in the subject."""

    message_id: str
    recipient: str
    node: str
    size_bytes: int
    file_name: ClassVar[str] = "accepted.jsonl"


@dataclass(frozen=True, slots=True)
class Misdeed(Fact):
    """The mail server misbehaved. `message_id` where it had seen the message by then,
    `recipient` where it had seen that."""

    kind: str
    recipient: str | None = None
    message_id: str | None = None
    file_name: ClassVar[str] = "misdeeds.jsonl"


@dataclass(frozen=True, slots=True)
class Fault(Fact):
    """Something was done to the system, or began or ended. `pid`: to that process alone."""

    kind: str
    pid: int | None = None
    words: str = ""
    file_name: ClassVar[str] = "faults.jsonl"


@dataclass(frozen=True, slots=True)
class Marking(Fact):
    """A worker is about to mark a message `sending`."""

    pid: int
    key: str
    file_name: ClassVar[str] = "markings.jsonl"


@dataclass(frozen=True, slots=True)
class Claiming(Fact):
    """A worker is about to claim a lead's message: it works on that lead."""

    pid: int
    lead_id: str
    file_name: ClassVar[str] = "claimings.jsonl"


@dataclass(frozen=True, slots=True)
class Dispatching(Fact):
    """A worker is about to hand a lead's job to the broker."""

    pid: int
    lead_id: str
    file_name: ClassVar[str] = "dispatchings.jsonl"


@dataclass(frozen=True, slots=True)
class Suppressed(Fact):
    """The store has acknowledged that this recipient must not be written to any more."""

    recipient: str
    file_name: ClassVar[str] = "suppressed.jsonl"


def now() -> float:
    return time.time()
