"""Make a backup, and restore one.

Invariant: a backup file appears under its name once it is complete and was read again; nobody but
its owner can read it. A restored store is held until a person decides about its leads.
"""

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from pymongo.errors import PyMongoError

from functions.adapters.mongo import MongoStore
from functions.adapters.store_version import NewerStoreError, OlderStoreError
from functions.service.campaigns.records import Restoration
from local.backup import mongo_parts, sqlite_parts
from local.backup.archive import FORMAT, About, ArchiveReader, ArchiveWriter, BackupError, verify
from local.backup.progress import Progress
from local.stores import open_store

SQLITE = "sqlite:///"


async def make_backup(uri: str, keys: Mapping[str, str], target: Path, progress: Progress) -> About:
    """`target`: must not exist. Raises BackupError, SettingsError."""
    with _explained(), _appearing(target) as (file, path):
        about = await write_backup(uri, keys, file, path.parent, progress)
        file.flush()
        os.fsync(file.fileno())
        progress("Reading the backup again", -1)
        with path.open("rb") as written:
            verify(written)
    return about


async def write_backup(
    uri: str, keys: Mapping[str, str], file: IO[bytes], beside: Path, progress: Progress
) -> About:
    """`beside`: a folder for a copy of a SQLite store. Raises BackupError, SettingsError."""
    if uri.startswith(SQLITE) and not _path_of(uri).exists():
        raise BackupError(f"There is no store to back up: {_path_of(uri)} does not exist.")
    with _explained():
        store = await open_store(uri)
        try:
            await store.unmigrated()  # Raises for a newer store. An older one may be backed up.
            # Before anything is read: what happened until now is in the backup.
            taken_at = await store.now()
            if isinstance(store, MongoStore):
                version = await mongo_parts.version_of(store)
                about = About(FORMAT, "mongodb", version, taken_at)
                writer = ArchiveWriter(file, about, dict(keys))
                async for part in mongo_parts.read_parts(store, progress):
                    writer.add(part)
            else:
                path = _path_of(uri)
                about = About(FORMAT, "sqlite", sqlite_parts.version_of(path), taken_at)
                writer = ArchiveWriter(file, about, dict(keys))
                for part in sqlite_parts.read_parts(path, beside, progress):
                    writer.add(part)
        finally:
            await store.close()
        writer.finish()
        return about


async def restore_backup(uri: str, archive: ArchiveReader, progress: Progress) -> Restoration:
    """The store must be empty. Raises BackupError, SettingsError."""
    about = archive.about
    if (about.store == "sqlite") is not uri.startswith(SQLITE):
        raise BackupError(
            f"This is a backup of a {_NAMES[about.store]} store, but STORE_URI names another kind: "
            "set it to an empty store of that kind."
        )
    with _explained():
        if about.store == "sqlite":
            return await sqlite_parts.write_parts(
                _path_of(uri), archive.parts(), about.store_version, about.taken_at
            )
        store = await open_store(uri)
        assert isinstance(store, MongoStore)
        try:
            return await mongo_parts.write_parts(
                store, archive.parts(), about.store_version, about.taken_at, progress
            )
        finally:
            await store.close()


_NAMES = {"sqlite": "SQLite", "mongodb": "MongoDB"}


def _path_of(uri: str) -> Path:
    return Path(uri.removeprefix(SQLITE))


def name_for(at: datetime) -> Path:
    """A file in the current folder."""
    return Path(f"emailbuilder-{at:%Y%m%d-%H%M%S}.backup")


@contextmanager
def _appearing(target: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """A file beside `target`, which becomes it at the end, and is removed if anything fails."""
    if target.exists():
        raise BackupError(f"{target} is there already: choose another name.")
    # mkstemp creates it with mode 0600.
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file, path
        path.rename(target)
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (OlderStoreError, NewerStoreError) as problem:
        raise BackupError(f"{str(problem)[:1].upper()}{str(problem)[1:]}.") from None
    except OSError as problem:
        raise BackupError(f"{problem.filename or 'The store'}: {problem.strerror}.") from None
    except (sqlite3.Error, PyMongoError) as problem:
        # Only the type of the error: its text may hold addresses and passwords.
        raise BackupError(
            f"The store cannot be read or written ({type(problem).__name__}): check STORE_URI and "
            "that the store runs."
        ) from None
