"""Opens the store that an address names, for everything that runs on your own machines.

It must not import what only the emulated cloud needs, because the team's processes use it too.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import PyMongoError

from functions.adapters.mongo import MongoStore
from functions.adapters.sqlite import SqliteStore
from functions.service.store import Store
from functions.settings_error import SettingsError


async def open_store(uri: str) -> Store:
    """Raises SettingsError for an unknown scheme."""
    if uri.startswith("sqlite:///"):
        return await SqliteStore.open(uri.removeprefix("sqlite:///"))
    if uri.startswith(("mongodb://", "mongodb+srv://")):
        return await MongoStore.open(uri)
    raise SettingsError("STORE_URI must begin with sqlite:///, mongodb:// or mongodb+srv://")


async def migrate_store(uri: str) -> list[str]:
    """Returns sentences about what was done. Raises SettingsError, also if the store does not
    answer.
    """
    with _explained():
        store = await open_store(uri)
        try:
            return await store.migrate()
        finally:
            await store.close()


async def version_to_reach(uri: str) -> int | None:
    """The version to which `migrate_store` would bring the store; None if there is nothing to do.
    Raises SettingsError, also if the store does not answer."""
    with _explained():
        store = await open_store(uri)
        try:
            return store.known_version if await store.unmigrated() else None
        finally:
            await store.close()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error, PyMongoError) as problem:
        # Only the type of the error: its text may hold addresses and passwords.
        raise SettingsError(
            f"STORE_URI: the store cannot be opened ({type(problem).__name__}); check the address "
            "and that the store runs"
        ) from None
