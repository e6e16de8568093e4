"""The description of a collection by its fields, and what a store can do with any such collection.

A new collection needs a `Collection`, and a class whose methods are those of its port. Each store
has one `Table` implementation for all of them, and creates what is missing when it migrates. The
collections that move leads (leads, messages, journal, tracking events, campaigns) are written by
hand for each store.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

R = TypeVar("R")

Key = tuple[str | int, ...]
"""The values of a collection's `key` fields, in the same order."""

Condition = tuple[str, Literal["=", "<", ">", ">=", "in"], object]
"""A field of the key or of `fields`, an operator, and a value. "in" takes a sequence of texts; a
query may have at most one "in"."""

DOWN = "-"
"""In front of a field of an order or an index: descending."""


@dataclass(frozen=True, slots=True)
class Index:
    """If it is `unique`, inserting a second record with the same fields leaves that record out."""

    name: str
    fields: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Collection(Generic[R]):
    """`key`: the fields that identify a record. `fields`: the other fields that conditions, orders
    and indexes use. `text`: fields with arbitrary JSON from people, which MongoDB keeps as text."""

    name: str
    record: type[R]
    key: tuple[str, ...]
    fields: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    text: tuple[str, ...] = ()


class Table(Protocol[R]):
    """One collection in one store. `method`: that of the port, as `<port>.<method>`; tests count
    round trips by it, and simulations crash around it. Each call is one round trip, except
    `delete` with a limit."""

    async def insert(self, method: str, records: Sequence[R]) -> int:
        """Returns how many were inserted. Records whose key or unique fields exist are left out."""

    async def put(self, method: str, record: R) -> None:
        """Insert the record, or replace the one with the same key."""

    async def replace(self, method: str, record: R, before: Condition) -> bool:
        """Compare-and-set: wins if the stored record with the same key meets `before`."""

    async def replace_each(
        self, method: str, records: Sequence[R], field: str, befores: Sequence[object]
    ) -> int:
        """Compare-and-set of each: wins if `field` of the stored record with the same key is the
        value at the same place in `befores`, and no other record has its unique fields. Returns how
        many won."""

    async def count(self, method: str, *where: Condition, limit: int) -> int:
        """How many records meet all conditions; counts up to `limit`."""

    async def get(self, method: str, keys: Sequence[Key], *where: Condition) -> list[R]:
        """The records with these keys that meet all conditions, in no particular order."""

    async def find(
        self,
        method: str,
        *where: Condition,
        limit: int,
        by: Sequence[str] = (),
    ) -> list[R]:
        """The records that meet all conditions, in the order of the fields `by`."""

    async def delete(
        self, method: str, *where: Condition, limit: int | None = None, by: Sequence[str] = ()
    ) -> int:
        """Returns how many were deleted. `limit`: delete at most this many, the first in the order
        of `by`."""


class Tables(Protocol):
    """The part of a store that makes tables."""

    def of(self, collection: Collection[R]) -> Table[R]: ...


class Collections:
    """The base of the classes that hold an area's ports. A store inherits from all of them."""

    def __init__(self, tables: Tables) -> None:
        """A subclass calls this, then sets a port for each of its collections."""


class Revised(Protocol):
    @property
    def revision(self) -> int: ...


V = TypeVar("V", bound=Revised)


async def save(table: Table[V], method: str, record: V) -> bool:
    """Compare-and-set: wins if the stored revision is `record.revision - 1` (0: none is stored)."""
    expected = record.revision - 1
    if expected == 0:
        return await table.insert(method, [record]) == 1
    return await table.replace(method, record, ("revision", "=", expected))
