"""The file of a backup: a compressed tar archive of small parts, each with a checksum.

Its members, in this order: `about.json`, `keys.json`, the parts of the store
(`store/<number>-<name>`), `checksums.json`. Invariant: it is written and read as a stream, with no
more than one part in memory, and is complete only with its last member.
This module must not know what is in the parts.
"""

import gzip
import json
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from types import TracebackType
from typing import IO, Literal, Self

FORMAT = 1
PART_BYTES_MAX = 4 * 1024 * 1024
"""A part is cut after this; the last record in it may be as large again as MongoDB allows."""
MEMBER_BYTES_MAX = PART_BYTES_MAX + 17 * 1024 * 1024
COMPRESSION = 1
"""Ten times as fast as the best, for a fifth more bytes."""

ABOUT, KEYS, CHECKSUMS, STORE = "about.json", "keys.json", "checksums.json", "store/"

StoreKind = Literal["sqlite", "mongodb"]


class BackupError(Exception):
    """A backup cannot be made, read or restored. The message is for people."""


@dataclass(frozen=True, slots=True)
class About:
    """`taken_at`: a time before which everything is in the backup. `store_version`: the number of
    migrations that the store has seen."""

    format: int
    store: StoreKind
    store_version: int
    taken_at: datetime

    def to_json(self) -> bytes:
        return json.dumps({**asdict(self), "taken_at": self.taken_at.isoformat()}).encode()

    @classmethod
    def from_json(cls, written: bytes) -> Self:
        """Raises BackupError."""
        try:
            found = json.loads(written)
            version, kind = found["format"], found["store"]
            about = cls(
                version, kind, found["store_version"], datetime.fromisoformat(found["taken_at"])
            )
        except (ValueError, KeyError, TypeError):
            raise BackupError(_NOT_OURS) from None
        if version != FORMAT or kind not in ("sqlite", "mongodb"):
            raise BackupError("A newer version of EmailBuilder made this backup: restore with it.")
        return about


@dataclass(frozen=True, slots=True)
class Part:
    """`name`: of the collection, or of the file."""

    name: str
    content: bytes


_NOT_OURS = "This is no backup of EmailBuilder."
_DAMAGED = "The backup is damaged: {}. Use another one."


class ArchiveWriter:
    """Use it as a context manager; only `finish` completes the archive."""

    def __init__(self, file: IO[bytes], about: About, keys: dict[str, str]) -> None:
        self._zipped = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=COMPRESSION, mtime=0)
        self._tar = tarfile.open(fileobj=self._zipped, mode="w|")  # noqa: SIM115
        self._checksums: dict[str, str] = {}
        self._about = about
        self._add(ABOUT, about.to_json())
        self._add(KEYS, json.dumps(keys).encode())

    def add(self, part: Part) -> None:
        self._add(f"{STORE}{len(self._checksums):08}-{part.name}", part.content)

    def finish(self) -> None:
        self._add(CHECKSUMS, json.dumps(self._checksums, indent=1).encode())
        self._tar.close()
        self._zipped.close()

    def _add(self, name: str, content: bytes) -> None:
        self._checksums[name] = sha256(content).hexdigest()
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), 0o600
        member.mtime = int(self._about.taken_at.timestamp())
        self._tar.addfile(member, BytesIO(content))


class ArchiveReader:
    """Reads the head at once, then the parts. What `parts` has yielded is known to be whole only
    once it has come to its end. Use it as a context manager. Raises BackupError."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zipped = gzip.GzipFile(fileobj=file, mode="rb")
        self._seen: dict[str, str] = {}
        try:
            self._tar = tarfile.open(fileobj=self._zipped, mode="r|")  # noqa: SIM115
            self._members = self._read()
            self.about = About.from_json(self._head(ABOUT))
            self.keys: dict[str, str] = json.loads(self._head(KEYS))
        except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError):
            raise BackupError(_NOT_OURS) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tar.close()
        self._zipped.close()

    def parts(self) -> Iterator[Part]:
        """Raises BackupError, at the latest after the last part."""
        try:
            for name, content in self._members:
                if name == CHECKSUMS:
                    self._check(json.loads(content))
                    return
                yield Part(name.removeprefix(STORE).partition("-")[2], content)
        except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError) as problem:
            reason = "it cannot be read to its end"
            raise BackupError(_DAMAGED.format(reason)) from problem
        raise BackupError(_DAMAGED.format("its end is missing"))

    def _check(self, checksums: dict[str, str]) -> None:
        del self._seen[CHECKSUMS]
        if list(checksums) != list(self._seen):
            raise BackupError(_DAMAGED.format("parts are missing"))
        for name, digest in checksums.items():
            if self._seen[name] != digest:
                raise BackupError(_DAMAGED.format(f"{name} has changed"))

    def _head(self, wanted: str) -> bytes:
        name, content = next(self._members, ("", b""))
        if name != wanted:
            raise BackupError(_NOT_OURS)
        return content

    def _read(self) -> Iterator[tuple[str, bytes]]:
        for member in self._tar:
            file = self._tar.extractfile(member) if member.isfile() else None
            if file is None or member.size > MEMBER_BYTES_MAX:
                raise BackupError(_DAMAGED.format(f"{member.name} is no part of a backup"))
            content = file.read()
            self._seen[member.name] = sha256(content).hexdigest()
            yield member.name, content


def verify(file: IO[bytes]) -> About:
    """Read a backup to its end. Raises BackupError."""
    with ArchiveReader(file) as archive:
        for _ in archive.parts():
            pass
        return archive.about
