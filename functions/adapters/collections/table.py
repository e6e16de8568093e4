"""A collection as a table of fields, and what a store does with any such table.

A new collection costs a `Collection` and a class that gives its port's methods their conditions;
each store has one `Table` for all of them and makes what is missing when it migrates. What moves
leads (leads, messages, journal, tracking events, campaigns) is written by hand for each store.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

R = TypeVar("R")

Key = tuple[str | int, ...]
"""The values of a collection's `key`, in its order."""

Condition = tuple[str, Literal["=", "<", ">", ">=", "in"], object]
"""A field of the key or of `fields`, and what it is compared with; "in" takes a sequence of texts,
and one query has at most one of it."""

DOWN = "-"
"""Before a field of an order or index: from the last to the first."""


@dataclass(frozen=True, slots=True)
class Index:
    """A unique one is a promise: a second record is left out."""

    name: str
    fields: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Collection(Generic[R]):
    """`key`: the fields that name a record. `fields`: those that conditions, orders and indexes
    ask for besides. `text`: open-ended JSON of people's making, which MongoDB keeps as text."""

    name: str
    record: type[R]
    key: tuple[str, ...]
    fields: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    text: tuple[str, ...] = ()


class Table(Protocol[R]):
    """One collection in one store. `method` is the port's, `<port>.<method>`: tests count round
    trips by it, simulations crash around it. Each is one round trip, but `delete` with a limit."""

    async def insert(self, method: str, records: Sequence[R]) -> int:
        """How many were inserted: those whose key or unique fields are taken are left out."""

    async def put(self, method: str, record: R) -> None:
        """Insert it, or replace what has its key."""

    async def replace(self, method: str, record: R, before: Condition) -> bool:
        """Compare-and-set: wins if what has its key meets `before`."""

    async def get(self, method: str, keys: Sequence[Key], *where: Condition) -> list[R]:
        """Those with these keys that meet all conditions, in no order."""

    async def find(
        self,
        method: str,
        *where: Condition,
        limit: int,
        by: Sequence[str] = (),
    ) -> list[R]:
        """Those that meet all conditions, in the order of the fields `by`."""

    async def delete(
        self, method: str, *where: Condition, limit: int | None = None, by: Sequence[str] = ()
    ) -> int:
        """How many were deleted. `limit`: at most so many, the first in the order of `by`."""


class Tables(Protocol):
    """A store, as far as it makes tables."""

    def of(self, collection: Collection[R]) -> Table[R]: ...


class Collections:
    """What an area's class adds its ports to; a store is made of those of all areas."""

    def __init__(self, tables: Tables) -> None:
        """Each area's: `super().__init__(tables)`, then a port for each of its collections."""


class Revised(Protocol):
    @property
    def revision(self) -> int: ...


V = TypeVar("V", bound=Revised)


async def save(table: Table[V], method: str, record: V) -> bool:
    """Wins if the stored revision is `record.revision - 1` (0: absent)."""
    expected = record.revision - 1
    if expected == 0:
        return await table.insert(method, [record]) == 1
    return await table.replace(method, record, ("revision", "=", expected))
