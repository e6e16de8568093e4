"""The MongoDB adapter in a simulated world.

The virtual loop polls no sockets, so every command runs to its end on a real loop in its own thread
while the world stands still. Between any two commands, other tasks get their turn. A command
without an answer ends the run; for the driver it is cancelled, and its pool stays intact.
"""

import asyncio
from asyncio import events
from collections.abc import Coroutine, Sequence
from functools import cache
from typing import Any, TypeVar

from functions.adapters.mongo import MongoStore
from functions.adapters.mongo.session import (
    Document,
    Filter,
    Hook,
    Keys,
    MongoSession,
    Operation,
    Written,
)
from functions.service.store import Store
from harness.patience import patience
from harness.servers import mongo as mongo_server
from harness.simulation.loop import OutOfTimeError, VirtualLoop
from harness.simulation.world import Shape, World

T = TypeVar("T")

COMMAND_SECONDS_MAX = 30.0

SMALL = Shape(
    campaigns_max=1,
    contacts_min=1,
    contacts_max=3,
    nodes_max=5,
    storm_seconds=(10, 20),
    sweeps_max=2,
    top_up_seconds=(5, 20),
    patience_seconds=60,
)


@cache
def _real_loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


def _really(work: Coroutine[Any, Any, T]) -> T:
    """The world stands still until it returns. Raises OutOfTimeError."""
    virtual = events._get_running_loop()
    events._set_running_loop(None)
    try:
        return _real_loop().run_until_complete(_limited(work))
    except OutOfTimeError:
        if isinstance(virtual, VirtualLoop):
            # The caller is a task of the world, and nothing may wait for its result.
            virtual.end_at_once()
        raise
    finally:
        events._set_running_loop(virtual)


async def _limited(work: Coroutine[Any, Any, T]) -> T:
    try:
        async with asyncio.timeout(patience(COMMAND_SECONDS_MAX)) as limit:
            return await work
    except TimeoutError:
        if limit.expired():
            raise OutOfTimeError("MongoDB gave no answer") from None
        raise


@cache
def _client() -> MongoStore:
    # Durability in a power failure is not tested here.
    uri = mongo_server.shared_uri().replace("journal=true", "journal=false")
    return _really(MongoStore.open(uri, "emailbuilder_simulation"))


class _StandingStillSession(MongoSession):
    """`on_write` belongs to the calling simulated process, so it runs here and not on the real
    loop.
    """

    def __init__(self, real: MongoSession, on_write: Hook, *, per_document: bool) -> None:
        super().__init__(real.database, per_document=per_document, on_write=None)
        self._real = real
        self._hook = on_write

    async def find(
        self,
        method: str,
        collection: str,
        condition: Filter,
        *,
        limit: int,
        sort: Keys = (),
        projection: Filter | None = None,
    ) -> list[Document]:
        await asyncio.sleep(0)
        return _really(
            self._real.find(
                method, collection, condition, limit=limit, sort=sort, projection=projection
            )
        )

    async def aggregate(
        self, method: str, collection: str, stages: Sequence[Document], *, batch_size: int
    ) -> list[Document]:
        await asyncio.sleep(0)
        return _really(self._real.aggregate(method, collection, stages, batch_size=batch_size))

    async def count(self, method: str, collection: str, condition: Filter, limit: int) -> int:
        await asyncio.sleep(0)
        return _really(self._real.count(method, collection, condition, limit))

    async def _bulk(self, method: str, collection: str, operations: Sequence[Operation]) -> Written:
        await asyncio.sleep(0)
        self._hook(f"before:{method}")
        written = _really(self._real._bulk(method, collection, operations))
        self._hook(f"after:{method}")
        return written


class _PassingStore(MongoStore):
    async def close(self) -> None:
        database = self.database
        _really(database.client.drop_database(database.name))


async def open_mongo(world: World) -> Store:
    """Its own database, which is dropped when it is closed. Most worlds send batches as they are,
    which tests the adapter's own code. The other worlds let processes die between two documents.
    """
    database = _client().database.client[mongo_server.new_database()]
    real = MongoSession(database, per_document=True, on_write=None)
    _really(MongoStore(real, None).migrate())
    session = _StandingStillSession(real, world.on_write, per_document=world.seed % 4 == 0)
    return _PassingStore(session, world.now)


def close_client() -> None:
    """Call it before the server ends."""
    if _client.cache_info().currsize:
        _really(_client().close())
        _client.cache_clear()
