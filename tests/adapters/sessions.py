"""What keeps sessions: each store, and Redis. All must keep the promises of the port."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from functions.service.access.ports import Sessions
from harness.servers.redis import new_database
from local.team.redis_sessions import RedisSessions
from tests.adapters.stores import FULL, StoreKind


@dataclass(frozen=True)
class SessionsKind:
    """`open` is given an empty folder of its own; what it gives is empty."""

    name: str
    open: Callable[[Path], AbstractAsyncContextManager[Sessions]]


def _of_store(kind: StoreKind) -> SessionsKind:
    @asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[Sessions]:
        store = await kind.open(folder)
        try:
            yield store.sessions
        finally:
            await store.close()

    return SessionsKind(kind.name, opened)


@asynccontextmanager
async def _redis(_: Path) -> AsyncIterator[Sessions]:
    sessions = RedisSessions(new_database())
    try:
        yield sessions
    finally:
        await sessions.close()


SESSIONS = [*map(_of_store, FULL), SessionsKind("redis", _redis)]
