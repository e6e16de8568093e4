"""The session, through which all ports use the driver.

All commands go through it, so that tests can count round trips by method, simulations can crash
before and after every write, and no read is unbounded. Nothing relies on the driver's retries:
each write is idempotent by its key, revision or token.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING, DeleteMany, IndexModel, InsertOne, ReplaceOne, UpdateMany, UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

Document = dict[str, Any]
Filter = Mapping[str, Any]
Keys = Sequence[tuple[str, int]]
Operation = InsertOne[Document] | ReplaceOne[Document] | UpdateOne | UpdateMany | DeleteMany
Hook = Callable[[str], None]

DUPLICATE_KEY = 11000

_UNGUARDED = frozenset({"store.check", "store.migrate", "store.unmigrated"})

_method: ContextVar[str | None] = ContextVar("emailbuilder_mongo_method", default=None)


class RoundTrips(CommandListener):
    """Calls `note` with the port method behind each command that the driver sends, including
    further pages of a cursor (getMore). The driver's own commands have their command name."""

    def __init__(self, note: Hook) -> None:
        self._note = note

    def started(self, event: CommandStartedEvent) -> None:
        self._note(_method.get() or event.command_name)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Already counted when it started."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Already counted when it started."""


@dataclass(frozen=True, slots=True)
class Written:
    """`matched` and `deleted`: numbers of documents. `upserted` and `refused`: positions in the
    batch. A document is refused if a unique index already has another one."""

    matched: int
    upserted: frozenset[int]
    refused: frozenset[int]
    deleted: int


class MongoSession:
    def __init__(
        self, database: AsyncDatabase[Document], *, per_document: bool, on_write: Hook | None
    ) -> None:
        """`per_document`: send each document of a batch as a separate command."""
        self.database = database
        self.guard: Callable[[], Awaitable[None]] | None = None
        """Called once, before the first command of a port. It may raise."""
        self._per_document = per_document
        self._on_write = on_write

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
        if limit <= 0:
            return []  # For the server, 0 means no limit.
        await self._guarded(method)
        with _named(method):
            cursor = self.database[collection].find(
                condition, projection, limit=limit, batch_size=limit
            )
            if sort:
                cursor = cursor.sort(sort)
            return await cursor.to_list()

    async def find_ids(
        self,
        method: str,
        collection: str,
        ids: Sequence[str],
        condition: Filter | None = None,
        *,
        projection: Filter | None = None,
    ) -> list[Document]:
        wanted = {"_id": {"$in": list(ids)}, **(condition or {})}
        return await self.find(method, collection, wanted, limit=len(ids), projection=projection)

    async def distinct_leads(
        self, method: str, collection: str, condition: Document, *, after_id: str, limit: int
    ) -> list[str]:
        """The `lead_id` of the documents, each once, in order. Needs an index that ends with it."""
        found: list[str] = []
        while len(found) < limit:
            after = found[-1] if found else after_id
            page = await self.find(
                method,
                collection,
                {**condition, "lead_id": {"$gt": after}},
                limit=limit,
                sort=(("lead_id", ASCENDING),),
                projection={"_id": 0, "lead_id": 1},
            )
            found += dict.fromkeys(document["lead_id"] for document in page)
            if len(page) < limit:
                break
        return found[:limit]

    async def aggregate(
        self, method: str, collection: str, stages: Sequence[Document], *, batch_size: int
    ) -> list[Document]:
        await self._guarded(method)
        with _named(method):
            cursor = await self.database[collection].aggregate(stages, batchSize=batch_size)
            return await cursor.to_list()

    async def count(self, method: str, collection: str, condition: Filter, limit: int) -> int:
        if limit <= 0:
            return 0
        await self._guarded(method)
        with _named(method):
            return await self.database[collection].count_documents(condition, limit=limit)

    async def index_names(self, method: str, collection: str) -> frozenset[str]:
        with _named(method):
            return frozenset(await self.database[collection].index_information())

    async def make_indexes(
        self, method: str, collection: str, models: Sequence[IndexModel]
    ) -> None:
        with self._announced(method), _named(method):
            await self.database[collection].create_indexes(list(models))

    async def drop_index(self, method: str, collection: str, name: str) -> None:
        with self._announced(method), _named(method):
            await self.database[collection].drop_index(name)

    async def command(self, method: str, name: str) -> Document:
        """An administrative command."""
        with _named(method):
            return await self.database.client.admin.command(name)

    async def write(self, method: str, collection: str, operations: Sequence[Operation]) -> Written:
        """One unordered bulk write. Operations of one kind are one command: inserts, updates
        (including replacements and upserts) or deletions.

        Raises on any error except a duplicate key.
        """
        if not self._per_document:
            return await self._bulk(method, collection, operations)
        parts = [await self._bulk(method, collection, [one]) for one in operations]
        return Written(
            matched=sum(part.matched for part in parts),
            upserted=frozenset(at for at, part in enumerate(parts) if part.upserted),
            refused=frozenset(at for at, part in enumerate(parts) if part.refused),
            deleted=sum(part.deleted for part in parts),
        )

    async def update_ids(
        self, method: str, collection: str, ids: Sequence[str], condition: Filter, change: Filter
    ) -> None:
        """Apply the same change to all of `ids` that meet `condition`."""
        if self._per_document:
            operations: list[Operation] = [
                UpdateOne({"_id": one, **condition}, change) for one in ids
            ]
        else:
            operations = [UpdateMany({"_id": {"$in": list(ids)}, **condition}, change)]
        await self.write(method, collection, operations if ids else ())

    async def delete_by(
        self, method: str, collection: str, field: str, values: Sequence[str]
    ) -> int:
        """Delete the documents that have one of `values` in `field`. Returns how many."""
        if self._per_document:
            operations: list[Operation] = [DeleteMany({field: one}) for one in values]
        else:
            operations = [DeleteMany({field: {"$in": list(values)}})]
        return (await self.write(method, collection, operations if values else ())).deleted

    async def _bulk(self, method: str, collection: str, operations: Sequence[Operation]) -> Written:
        if not operations:
            return Written(0, frozenset(), frozenset(), 0)
        await self._guarded(method)
        with self._announced(method), _named(method):
            try:
                result = await self.database[collection].bulk_write(list(operations), ordered=False)
                outcome: Mapping[str, Any] = result.bulk_api_result
            except BulkWriteError as error:
                outcome = error.details or {}
                if not _only_duplicates(outcome):
                    raise
        return Written(
            matched=outcome["nMatched"],
            upserted=frozenset(one["index"] for one in outcome["upserted"]),
            refused=frozenset(one["index"] for one in outcome["writeErrors"]),
            deleted=outcome["nRemoved"],
        )

    async def _guarded(self, method: str) -> None:
        guard = self.guard
        if guard is not None and method not in _UNGUARDED:
            await guard()
            self.guard = None

    @contextmanager
    def _announced(self, method: str) -> Iterator[None]:
        """Call `on_write` before the write and, unless it raised, after it."""
        if self._on_write is not None:
            self._on_write(f"before:{method}")
        yield
        if self._on_write is not None:
            self._on_write(f"after:{method}")


def _only_duplicates(outcome: Mapping[str, Any]) -> bool:
    # A failed write concern means that what was written may still be rolled back.
    return not outcome.get("writeConcernErrors") and all(
        error["code"] == DUPLICATE_KEY for error in outcome.get("writeErrors", ({"code": 0},))
    )


@contextmanager
def _named(method: str) -> Iterator[None]:
    token = _method.set(method)
    try:
        yield
    finally:
        _method.reset(token)
