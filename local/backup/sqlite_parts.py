"""A SQLite store as the parts of a backup, and back.

Invariant: the backup is one snapshot, taken through SQLite's backup interface, while others read
and write. The file of a restored store appears under its name once it is complete and held.
"""

import os
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from functions.adapters.sqlite import SqliteStore
from functions.adapters.sqlite.schema import MIGRATIONS
from functions.service.campaigns.hold_restored import hold_restored
from functions.service.campaigns.records import Restoration
from local.backup.archive import PART_BYTES_MAX, BackupError, Part
from local.backup.progress import Progress

PAGES_AT_ONCE = 2_000
NAME = "store.db"


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def read_parts(path: Path, beside: Path, progress: Progress) -> Iterator[Part]:
    """`beside`: the folder for a copy, as large as the store, which is removed afterwards."""
    with TemporaryDirectory(dir=beside, prefix=".emailbuilder-backup-") as folder:
        copy = Path(folder) / NAME
        _copy(path, copy, progress)
        size = copy.stat().st_size
        with copy.open("rb") as file:
            while content := file.read(PART_BYTES_MAX):
                yield Part(NAME, content)
                progress("Writing the backup", file.tell() / size)


def _copy(path: Path, copy: Path, progress: Progress) -> None:
    copy.touch(0o600)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        # A read transaction, so that what others write does not make the copy begin again.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(
            target,
            pages=PAGES_AT_ONCE,
            progress=lambda _, left, total: progress("Copying the store", 1 - left / (total or 1)),
        )
        source.rollback()


async def write_parts(
    path: Path,
    parts: Iterable[Part],
    version: int,
    taken_at: datetime,
    open_store: Callable[[str], Awaitable[SqliteStore]] = SqliteStore.open,
) -> Restoration:
    """`path`: must not exist. Raises BackupError, and leaves nothing behind."""
    if version > len(MIGRATIONS):
        raise BackupError("A newer version of EmailBuilder made this backup: restore with it.")
    _check_absent(path)
    with TemporaryDirectory(dir=path.parent, prefix=".emailbuilder-restore-") as folder:
        copy = Path(folder) / NAME
        copy.touch(0o600)
        with copy.open("wb") as file:
            for part in parts:
                file.write(part.content)
            file.flush()
            os.fsync(file.fileno())
        _check(copy)
        store = await open_store(str(copy))
        try:
            await store.migrate()
            restoration = await hold_restored(store, taken_at)
        finally:
            await store.close()
        _fold(copy)
        copy.rename(path)
    return restoration


def _check_absent(path: Path) -> None:
    if path.exists():
        raise BackupError(
            f"{path} is there already, and a restore replaces nothing: stop the system, move the "
            "file and those beside it (-wal, -shm) elsewhere, and restore again."
        )
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)


def _check(copy: Path) -> None:
    try:
        with closing(sqlite3.connect(copy)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as problem:
        found = str(problem)
    if found != "ok":
        raise BackupError(f"The backup is damaged: {found}. Use another one.")


def _fold(copy: Path) -> None:
    """Move the log into the file, because only the file is renamed."""
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
