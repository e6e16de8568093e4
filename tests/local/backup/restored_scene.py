"""A world, a backup of its store at any point, and another world that goes on from the backup."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from functions.adapters.sqlite import SqliteStore
from functions.service.campaigns.records import Restoration
from functions.service.store import Store
from harness.fakes.clock import FakeClock
from harness.servers import mongo as mongo_server
from harness.servers.mongo import PassingStore
from local.backup import mongo_parts, sqlite_parts
from local.backup.archive import Part

KINDS = ("sqlite", "mongo")


def unwatched(doing: str, share: float) -> None:
    """Nobody looks at the progress."""


@dataclass
class Saved:
    """A backup. `at`: before anything was read."""

    at: datetime
    version: int
    parts: list[Part] = field(default_factory=list)


class Stores:
    """Stores of one kind, all with the clock of the scene."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.clock = FakeClock()
        self._is_mongo = kind == "mongo"
        self._folder = folder
        self._open = partial(SqliteStore.open, clock=self.clock, inline=True)
        self._path = folder / "first.db"
        self._opened: list[Store] = []

    async def first(self) -> Store:
        if self._is_mongo:
            return self._kept(await mongo_server.open_passing(clock=self.clock))
        store = self._kept(await self._open(str(self._path)))
        await store.migrate()
        return store

    async def save(
        self, store: Store, meanwhile: Callable[[], Awaitable[None]] | None = None
    ) -> Saved:
        """`meanwhile`: what happens between two parts. A backup of SQLite has no such time."""
        at = await store.now()
        if isinstance(store, PassingStore):
            saved = Saved(at, await mongo_parts.version_of(store))
            async for part in mongo_parts.read_parts(store, unwatched):
                saved.parts.append(part)
                if meanwhile is not None:
                    await meanwhile()
            return saved
        saved = Saved(at, sqlite_parts.version_of(self._path))
        saved.parts += sqlite_parts.read_parts(self._path, self._folder, unwatched)
        return saved

    async def restore(self, saved: Saved) -> tuple[Store, Restoration]:
        if self._is_mongo:
            store = await mongo_server.open_passing(clock=self.clock)
            self._kept(store)
            return store, await mongo_parts.write_parts(
                store, saved.parts, saved.version, saved.at, unwatched
            )
        path = self._folder / f"restored-{len(self._opened)}.db"
        restoration = await sqlite_parts.write_parts(
            path, saved.parts, saved.version, saved.at, self._open
        )
        return self._kept(await self._open(str(path))), restoration

    def _kept(self, store: Store) -> Store:
        self._opened.append(store)
        return store

    async def close(self) -> None:
        for store in self._opened:
            await store.close()


def _memory() -> Path | None:
    """In memory, because each write waits for the disk."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() else None


@asynccontextmanager
async def stores_of(kind: str) -> AsyncIterator[Stores]:
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        stores = Stores(kind, Path(folder))
        try:
            yield stores
        finally:
            await stores.close()
