"""Any described collection as documents of MongoDB.

A key of one field becomes the document's `_id`. A key of several fields does too, joined by
slashes, and its fields are stored as well.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from pymongo import ASCENDING, DESCENDING, DeleteMany, InsertOne, ReplaceOne

from functions.adapters.collections.table import DOWN, Collection, Condition, Key
from functions.adapters.mongo.indexes import EPOCH, Index
from functions.adapters.mongo.session import Document, Keys, MongoSession
from functions.adapters.mongo.shape import from_document, to_document

R = TypeVar("R")

_OPERATORS = {"=": "$eq", "<": "$lt", ">": "$gt", ">=": "$gte", "in": "$in"}


class MongoTable(Generic[R]):
    def __init__(self, session: MongoSession, collection: Collection[R]) -> None:
        self._session = session
        self._collection = collection
        self._name = collection.name
        self._single = collection.key[0] if len(collection.key) == 1 else None

    async def insert(self, method: str, records: Sequence[R]) -> int:
        operations = [InsertOne(self._document(record)) for record in records]
        written = await self._session.write(method, self._name, operations)
        return len(records) - len(written.refused)

    async def put(self, method: str, record: R) -> None:
        document = self._document(record)
        before = {"_id": document["_id"]}
        await self._session.write(method, self._name, [ReplaceOne(before, document, upsert=True)])

    async def replace(self, method: str, record: R, before: Condition) -> bool:
        document = self._document(record)
        wanted = {"_id": document["_id"], **self._filter((before,))}
        written = await self._session.write(method, self._name, [ReplaceOne(wanted, document)])
        return written.matched == 1

    async def replace_each(
        self, method: str, records: Sequence[R], field: str, befores: Sequence[object]
    ) -> int:
        operations = []
        for record, before in zip(records, befores, strict=True):
            document = self._document(record)
            wanted = {"_id": document["_id"], **self._filter(((field, "=", before),))}
            operations.append(ReplaceOne(wanted, document))
        return (await self._session.write(method, self._name, operations)).matched

    async def count(self, method: str, *where: Condition, limit: int) -> int:
        return await self._session.count(method, self._name, self._filter(where), limit)

    async def get(self, method: str, keys: Sequence[Key], *where: Condition) -> list[R]:
        found = await self._session.find_ids(
            method, self._name, [_joined(key) for key in keys], self._filter(where)
        )
        return [self._record(document) for document in found]

    async def find(
        self, method: str, *where: Condition, limit: int, by: Sequence[str] = ()
    ) -> list[R]:
        found = await self._session.find(
            method, self._name, self._filter(where), limit=limit, sort=self._keys(by)
        )
        return [self._record(document) for document in found]

    async def delete(
        self, method: str, *where: Condition, limit: int | None = None, by: Sequence[str] = ()
    ) -> int:
        condition = self._filter(where)
        if limit is None:
            written = await self._session.write(method, self._name, [DeleteMany(condition)])
            return written.deleted
        found = await self._session.find(
            method,
            self._name,
            condition,
            limit=limit,
            sort=self._keys(by),
            projection={"_id": 1},
        )
        going = [document["_id"] for document in found]
        return await self._session.delete_by(method, self._name, "_id", going)

    def _document(self, record: R) -> Document:
        document = to_document(record, self._single, text=self._collection.text)
        if self._single is None:
            document["_id"] = _joined(document[field] for field in self._collection.key)
        return document

    def _record(self, document: Mapping[str, object]) -> R:
        kind, text = self._collection.record, self._collection.text
        return from_document(kind, document, self._single, text=text)

    def _filter(self, where: Sequence[Condition]) -> Document:
        condition: Document = {}
        for field, operator, value in where:
            condition.setdefault(self._field(field), {})[_OPERATORS[operator]] = value
            if operator == "<" and isinstance(value, datetime):
                # Not every server uses an index for a range with only one end.
                condition[self._field(field)]["$gte"] = EPOCH
        return condition

    def _keys(self, by: Sequence[str]) -> Keys:
        return [self._key(field) for field in by]

    def _key(self, field: str) -> tuple[str, int]:
        direction = DESCENDING if field.startswith(DOWN) else ASCENDING
        return self._field(field.removeprefix(DOWN)), direction

    def _field(self, field: str) -> str:
        return "_id" if field == self._single else field

    def indexes(self) -> list[Index]:
        return [
            Index(self._name, index.name, self._keys(index.fields), index.unique)
            for index in self._collection.indexes
        ]


class MongoTables:
    """`indexes`: those of the tables that were requested. `migrate` creates what is missing."""

    def __init__(self, session: MongoSession) -> None:
        self.indexes: list[Index] = []
        self._session = session

    def of(self, collection: Collection[R]) -> MongoTable[R]:
        table = MongoTable(self._session, collection)
        self.indexes += table.indexes()
        return table


def _joined(parts: Iterable[object]) -> str:
    return "/".join(map(str, parts))
