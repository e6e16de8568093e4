"""The stores that must keep the guarantees of functions/service/*/ports.py, by name.

Add another adapter with a `StoreKind` in `FULL`. `open` returns a new, empty, migrated store each
time; servers that it starts are stopped when the test run ends.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from functions.adapters.sqlite import SqliteStore
from functions.service.store import Store
from harness.servers import mongo as mongo_server


@dataclass(frozen=True)
class StoreKind:
    """`open` gets its own empty folder."""

    name: str
    open: Callable[[Path], Awaitable[Store]]


async def open_sqlite_file(folder: Path) -> Store:
    store = await SqliteStore.open(str(folder / "store.sqlite"))
    await store.migrate()
    return store


async def open_sqlite_memory(_: Path) -> Store:
    store = await SqliteStore.open(":memory:", inline=True)
    await store.migrate()
    return store


async def open_sqlite_per_document(_: Path) -> Store:
    store = await SqliteStore.open(":memory:", per_document=True, inline=True)
    await store.migrate()
    return store


async def open_mongo(_: Path) -> Store:
    return await mongo_server.open_passing()


async def open_mongo_per_document(_: Path) -> Store:
    return await mongo_server.open_passing(per_document=True)


FULL: list[StoreKind] = [
    StoreKind("sqlite-file", open_sqlite_file),
    StoreKind("mongo", open_mongo),
]
"""These are tested with the whole contract."""

STORES: list[StoreKind] = [
    *FULL,
    StoreKind("sqlite-memory", open_sqlite_memory),
    StoreKind("sqlite-per-document", open_sqlite_per_document),
    StoreKind("mongo-per-document", open_mongo_per_document),
]
"""The others write batches differently, so they are tested with that part of the contract."""
