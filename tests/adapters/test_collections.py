"""What every described collection can do, on both stores; a new one needs no further tests."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import pytest

from functions.adapters.collections.table import Collection, Condition, Index, Table, save
from functions.adapters.mongo import indexes
from functions.adapters.mongo.session import MongoSession
from functions.adapters.mongo.table import MongoTables
from functions.adapters.sqlite import SqliteStore, schema
from functions.adapters.sqlite.database import Database, Reading
from functions.adapters.sqlite.table import SqliteTables, definitions
from harness.servers.mongo import open_passing
from tests.adapters.store_contract.builders import NOW, at


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Note:
    folder: str
    number: int
    title: str
    colour: Colour = Colour.RED
    at: datetime = NOW
    read_at: datetime | None = None
    revision: int = 1
    content: object = None


NOTES = Collection(
    "notes",
    Note,
    key=("folder", "number"),
    fields=("title", "colour", "at", "read_at", "revision"),
    indexes=(
        Index("title", ("folder", "title"), unique=True),
        Index("number", ("folder", "number")),
        Index("latest", ("folder", "-at")),
    ),
    text=("content",),
)


OF_A: Condition = ("folder", "=", "a")


async def on_sqlite(work: Callable[[Table[Note]], Awaitable[None]]) -> None:
    database = Database(":memory:", per_document=False, on_write=None, inline=True)
    tables = SqliteTables(database)
    table = tables.of(NOTES)
    await database.transact("migrate", lambda it: schema.migrate(it, tables.collections))
    await work(table)
    await database.close()


async def on_mongo(work: Callable[[Table[Note]], Awaitable[None]]) -> None:
    store = await open_passing()
    session = MongoSession(store.database, per_document=False, on_write=None)
    tables = MongoTables(session)
    table = tables.of(NOTES)
    await indexes.migrate(session, tables.indexes)
    await work(table)
    await store.close()


Run = Callable[[Callable[[Table[Note]], Awaitable[None]]], Coroutine[Any, Any, None]]


@pytest.fixture(params=[on_sqlite, on_mongo], ids=["sqlite", "mongo"])
def run(request: pytest.FixtureRequest) -> Run:
    chosen: Run = request.param
    return chosen


def note(number: int, folder: str = "a", **fields: Any) -> Note:
    return replace(Note(folder, number, f"note {number}"), **fields)


def numbers(notes: list[Note]) -> list[int]:
    return [it.number for it in notes]


def test_records_come_back_whole(run: Run) -> None:
    """Times, enum members, None, and JSON with keys that field names cannot have."""
    whole = note(1, colour=Colour.BLUE, read_at=at(1.5), content={"$a.b": [1, None, "Zoë 🎈"]})

    async def work(table: Table[Note]) -> None:
        assert await table.insert("notes.insert", [whole, note(2)]) == 2
        assert await table.find("notes.find", OF_A, ("number", "=", 1), limit=1) == [whole]
        assert await table.insert("notes.insert", []) == 0

    asyncio.run(run(work))


def test_existing_records_are_left_out(run: Run) -> None:
    """By its key or by a unique field; the others of the batch are inserted."""

    async def work(table: Table[Note]) -> None:
        await table.insert("notes.insert", [note(1)])
        batch = [note(1, title="other"), note(2, title="note 1"), note(3), note(1, folder="b")]
        assert await table.insert("notes.insert", batch) == 2
        found = await table.find("notes.find", OF_A, by=("number",), limit=9)
        assert found == [note(1), note(3)]

    asyncio.run(run(work))


def test_put_replaces(run: Run) -> None:
    """Or inserts, if the key does not exist."""

    async def work(table: Table[Note]) -> None:
        await table.put("notes.put", note(1))
        await table.put("notes.put", note(1, title="new"))
        assert await table.find("notes.find", OF_A, limit=9) == [note(1, title="new")]

    asyncio.run(run(work))


def test_replace_needs_what_was_read(run: Run) -> None:
    """A field that is None is compared like any other."""

    async def work(table: Table[Note]) -> None:
        await table.insert("notes.insert", [note(1), note(2)])
        unread: Condition = ("read_at", "=", None)
        assert await table.replace("notes.replace", note(1, read_at=at(5)), unread)
        assert not await table.replace("notes.replace", note(1, read_at=at(6)), unread)
        assert await table.replace("notes.replace", note(1), ("read_at", "=", at(5)))
        assert not await table.replace("notes.replace", note(7), unread)
        found = await table.find("notes.find", OF_A, by=("number",), limit=9)
        assert found == [note(1), note(2)]

    asyncio.run(run(work))


def test_each_of_a_batch_is_compared(run: Run) -> None:
    """With its own value; a unique field of another record stops one of them."""

    async def work(table: Table[Note]) -> None:
        await table.insert("notes.insert", [note(1), note(2), note(3, read_at=at(1)), note(4)])
        batch = [note(1, title="new"), note(2), note(3, title="read"), note(4, title="note 2")]
        befores = [None, at(9), at(1), None]
        assert await table.replace_each("notes.replace", batch, "read_at", befores) == 2
        found = await table.find("notes.find", OF_A, by=("number",), limit=9)
        assert [it.title for it in found] == ["new", "note 2", "read", "note 4"]
        assert await table.replace_each("notes.replace", [], "read_at", []) == 0

    asyncio.run(run(work))


def test_counting_stops_at_the_limit(run: Run) -> None:
    """And heeds the conditions."""

    async def work(table: Table[Note]) -> None:
        await table.insert("notes.insert", [note(n) for n in range(5)])
        assert await table.count("notes.count", OF_A, ("number", ">", 1), limit=9) == 3
        assert await table.count("notes.count", OF_A, limit=2) == 2
        assert await table.count("notes.count", OF_A, limit=0) == 0

    asyncio.run(run(work))


def test_save_goes_from_revision_to_revision(run: Run) -> None:
    """The first inserts, each other replaces the one before."""

    async def work(table: Table[Note]) -> None:
        assert await save(table, "notes.save", note(1))
        assert not await save(table, "notes.save", note(1))
        assert not await save(table, "notes.save", note(1, revision=3))
        assert await save(table, "notes.save", note(1, revision=2))
        assert not await save(table, "notes.save", note(2, revision=2))

    asyncio.run(run(work))


def test_conditions_and_orders(run: Run) -> None:
    """Of the key and of other fields; a limit cuts what the order puts last."""
    notes = [note(n, at=at(n % 3), colour=Colour.BLUE if n > 4 else Colour.RED) for n in range(8)]

    async def work(table: Table[Note]) -> None:
        await table.insert("notes.insert", [*notes, note(3, folder="b")])

        async def found(
            *where: Any, by: tuple[str, ...] = ("number",), limit: int = 9
        ) -> list[int]:
            return numbers(await table.find("notes.find", OF_A, *where, by=by, limit=limit))

        assert await found(("number", ">", 4)) == [5, 6, 7]
        assert await found(("number", ">=", 2), ("number", "<", 4)) == [2, 3]
        assert await found(("colour", "=", Colour.RED), limit=3) == [0, 1, 2]
        assert await found(("at", "<", at(1))) == [0, 3, 6]
        assert await found(by=("-at", "number"), limit=4) == [2, 5, 1, 4]
        assert await found(by=("-number",), limit=2) == [7, 6]
        assert await found(limit=0) == []
        in_ = await table.find(
            "notes.find", OF_A, ("title", "in", ["note 6", "no", "note 1"]), limit=3
        )
        assert sorted(numbers(in_)) == [1, 6]

    asyncio.run(run(work))


def test_deleting(run: Run) -> None:
    """All that meet the conditions, or the first few of them."""

    async def work(table: Table[Note]) -> None:
        await table.insert("notes.insert", [note(n, at=at(-n)) for n in range(5)])
        await table.insert("notes.insert", [note(0, folder="b")])
        assert await table.delete("notes.delete", OF_A, limit=2, by=("at",)) == 2
        left = await table.find("notes.find", OF_A, by=("number",), limit=9)
        assert numbers(left) == [0, 1, 2]
        assert await table.delete("notes.delete", OF_A, ("number", ">", 0)) == 2
        assert await table.delete("notes.delete", OF_A, limit=2) == 1
        assert len(await table.find("notes.find", ("folder", "=", "b"), limit=9)) == 1

    asyncio.run(run(work))


def test_missing_table_is_made_and_named() -> None:
    """A new collection is no step of its own: SQLite's `migrate` makes what is not there."""

    async def work() -> None:
        database = Database(":memory:", per_document=False, on_write=None, inline=True)

        async def migrate(*collections: Collection[Any]) -> list[str]:
            return await database.transact("migrate", lambda it: schema.migrate(it, collections))

        def unmigrated(reading: Reading) -> list[str]:
            return schema.unmigrated(reading, [NOTES])

        own = ["made notes", "made notes_title", "made notes_latest"]
        assert (await database.read("unmigrated", unmigrated))[-3:] == own
        await migrate()
        lacks = await database.read("unmigrated", unmigrated)
        assert lacks == own
        assert await migrate(NOTES) == lacks
        assert await migrate(NOTES) == []
        await database.close()

    asyncio.run(work())


def test_sqlite_tables_are_as_described() -> None:
    """Those that older files had were changed by hand, step by step."""

    async def work() -> None:
        store = await SqliteStore.open(":memory:", inline=True)
        await store.migrate()
        there = store._database._writer
        for collection in store._collections:
            with closing(sqlite3.connect(":memory:")) as described:
                for statement in definitions(collection).values():
                    described.execute(statement)
                assert _columns(there, collection.name) == _columns(described, collection.name)
                for name in definitions(collection).keys() - {collection.name}:
                    assert _index(there, name) == _index(described, name), name
        await store.close()

    asyncio.run(work())


def _columns(connection: sqlite3.Connection, table: str) -> set[tuple[object, ...]]:
    """Name, type, NOT NULL, place in the primary key."""
    rows = connection.execute(f"PRAGMA table_info({table})")
    return {(row[1], row[2], row[3], row[5]) for row in rows}


def _index(connection: sqlite3.Connection, index: str) -> list[tuple[object, ...]]:
    """Name and direction of its columns."""
    rows = connection.execute(f"PRAGMA index_xinfo({index})")
    return [(row[2], row[3]) for row in rows if row[5]]
