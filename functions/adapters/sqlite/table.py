"""Any described collection as a table of SQLite: the record as JSON, next to its key and fields."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from functions.adapters.collections.table import DOWN, Collection, Condition, Index, Key
from functions.adapters.documents import dump_json, load_json
from functions.adapters.sqlite.columns import to_ms
from functions.adapters.sqlite.database import Database, Reading, Row, Value, Writing

R = TypeVar("R")


class SqliteTable(Generic[R]):
    def __init__(self, database: Database, collection: Collection[R]) -> None:
        self._database = database
        self._collection = collection
        self._columns = (*collection.key, *collection.fields)
        names = ", ".join((*self._columns, "document"))
        marks = ", ".join("?" * (len(self._columns) + 1))
        self._name = collection.name
        self._values = f"{self._name} ({names}) VALUES ({marks})"
        self._change = f"UPDATE {self._name} SET ({names}) = ({marks})"  # noqa: S608 (own words)
        self._key = " AND ".join(f"{field} = ?" for field in collection.key)
        self._fields = _reader(collection.record, self._columns)

    async def insert(self, method: str, records: Sequence[R]) -> int:
        if not records:
            return 0
        sql = f"INSERT INTO {self._values} ON CONFLICT DO NOTHING"

        def work(writing: Writing) -> int:
            return writing.each(sql, map(self._row, records))

        return await self._database.write(method, work)

    async def put(self, method: str, record: R) -> None:
        def work(writing: Writing) -> None:
            writing.write(f"INSERT OR REPLACE INTO {self._values}", self._row(record))

        await self._database.write(method, work)

    async def replace(self, method: str, record: R, before: Condition) -> bool:
        row = self._row(record)
        terms, values = _terms((before,))
        sql = f"{self._change} WHERE {self._key} AND {terms}"

        def work(writing: Writing) -> bool:
            return writing.write(sql, (*row, *row[: len(self._collection.key)], *values)) == 1

        return await self._database.write(method, work)

    async def replace_each(
        self, method: str, records: Sequence[R], field: str, befores: Sequence[object]
    ) -> int:
        if not records:
            return 0
        change = self._change.replace("UPDATE", "UPDATE OR IGNORE", 1)
        sql = f"{change} WHERE {self._key} AND {field} IS ?"
        width = len(self._collection.key)

        def work(writing: Writing) -> int:
            rows = map(self._row, records)
            values = zip(rows, map(_column, befores), strict=True)
            return writing.each(sql, ((*row, *row[:width], before) for row, before in values))

        return await self._database.write(method, work)

    async def count(self, method: str, *where: Condition, limit: int) -> int:
        def work(reading: Reading) -> int:
            return len(self._select(reading, "1", where, limit, ()))

        return await self._database.read(method, work)

    async def get(self, method: str, keys: Sequence[Key], *where: Condition) -> list[R]:
        """One statement for all keys that differ only in their last field."""
        *leading, last = self._collection.key
        fixed = "".join(f"{field} = ? AND " for field in leading)
        terms, values = _terms(where)
        sql = f"SELECT document FROM {self._name} WHERE {fixed}{terms} AND {last} IN ({{}})"  # noqa: S608
        members: dict[Key, list[Value]] = {}
        for *before, each in keys:
            members.setdefault(tuple(before), []).append(each)

        def work(reading: Reading) -> list[R]:
            rows = [
                row
                for before, each in members.items()
                for row in reading.rows_in(sql, each, (*before, *values))
            ]
            return [load_json(self._collection.record, row[0]) for row in rows]

        return await self._database.read(method, work)

    async def find(
        self, method: str, *where: Condition, limit: int, by: Sequence[str] = ()
    ) -> list[R]:
        def work(reading: Reading) -> list[R]:
            rows = self._select(reading, "document", where, limit, by)
            return [load_json(self._collection.record, row[0]) for row in rows]

        return await self._database.read(method, work)

    async def delete(
        self, method: str, *where: Condition, limit: int | None = None, by: Sequence[str] = ()
    ) -> int:
        def work(writing: Writing) -> int:
            key = ", ".join(self._collection.key)
            going = self._select(writing, key, where, -1 if limit is None else limit, by)
            return writing.each(f"DELETE FROM {self._name} WHERE {self._key}", going)  # noqa: S608

        return await self._database.write(method, work)

    def _row(self, record: R) -> tuple[Value, ...]:
        """In the order of the columns."""
        return (*self._fields(record), dump_json(record))

    def _select(
        self,
        reading: Reading,
        what: str,
        where: Sequence[Condition],
        limit: int,
        by: Sequence[str],
    ) -> list[Row]:
        terms, values = _terms([it for it in where if it[1] != "in"])
        for field, operator, members in where:
            if operator == "in":
                # Without a hint, SQLite may read everything with the same first key field.
                index = self._unique_in({it[0] for it in where})
                hint = f"INDEXED BY {index_name(self._collection, index)} " if index else ""
                sql = f"SELECT {what} FROM {self._name} {hint}WHERE {terms} AND {field} IN ({{}})"  # noqa: S608
                return reading.rows_in(sql, members, values)  # type: ignore[arg-type]
        order = f" ORDER BY {', '.join(map(_ordered, by))}" if by else ""
        sql = f"SELECT {what} FROM {self._name} WHERE {terms}{order} LIMIT ?"  # noqa: S608
        return reading.rows(sql, (*values, limit))

    def _unique_in(self, fields: set[str]) -> Index | None:
        return next(
            (it for it in self._collection.indexes if it.unique and fields.issuperset(it.fields)),
            None,
        )


class SqliteTables:
    """`collections`: those whose tables were requested. `migrate` creates what is missing."""

    def __init__(self, database: Database) -> None:
        self.collections: list[Collection[Any]] = []
        self._database = database

    def of(self, collection: Collection[R]) -> SqliteTable[R]:
        self.collections.append(collection)
        return SqliteTable(self._database, collection)


def _reader(record: type[object], fields: Sequence[str]) -> Callable[[object], Iterable[Value]]:
    """A function that returns a record's values for the columns. It is faster for records without
    times, of which an import may write a million."""
    hints = get_type_hints(record)
    if len(fields) == 1 or any(datetime in _kinds(hints[field]) for field in fields):
        return lambda it: [_column(getattr(it, field)) for field in fields]
    return attrgetter(*fields)


def _column(value: object) -> Value:
    """Times become whole milliseconds."""
    if isinstance(value, datetime):
        return to_ms(value)
    assert value is None or isinstance(value, str | int)
    return value


def _terms(where: Sequence[Condition]) -> tuple[str, list[Value]]:
    terms = ["TRUE"]
    values: list[Value] = []
    for field, operator, value in where:
        terms.append(f"{field} {'IS' if value is None else operator} ?")
        values.append(_column(value))
    return " AND ".join(terms), values


def _ordered(field: str) -> str:
    return f"{field.removeprefix(DOWN)} DESC" if field.startswith(DOWN) else field


# Making tables


def definitions(collection: Collection[Any]) -> dict[str, str]:
    """The statements that create a collection's table and indexes, by the name of each."""
    hints = get_type_hints(collection.record)
    columns = [_defined(field, hints[field]) for field in (*collection.key, *collection.fields)]
    columns += ["document TEXT NOT NULL", f"PRIMARY KEY ({', '.join(collection.key)})"]
    made = {collection.name: f"CREATE TABLE {collection.name} ({', '.join(columns)}) STRICT"}
    for index in collection.indexes:
        if collection.key[: len(index.fields)] == index.fields:
            continue  # The primary key begins with these fields.
        fields = list(map(_ordered, index.fields))
        if not index.unique:
            # Ties are ordered by the key, so that pages miss nothing.
            fields += [it for it in collection.key if it not in index.fields]
        name = index_name(collection, index)
        unique = "UNIQUE " if index.unique else ""
        made[name] = f"CREATE {unique}INDEX {name} ON {collection.name} ({', '.join(fields)})"
    return made


def index_name(collection: Collection[Any], index: Index) -> str:
    return f"{collection.name}_{index.name}"


def _defined(field: str, hint: object) -> str:
    kinds = _kinds(hint)
    kind = "INTEGER" if int in kinds or datetime in kinds else "TEXT"
    return f"{field} {kind}" if type(None) in kinds else f"{field} {kind} NOT NULL"


def _kinds(hint: object) -> tuple[object, ...]:
    """The members of a union; `int | None` gives both."""
    return get_args(hint) or (hint,)
