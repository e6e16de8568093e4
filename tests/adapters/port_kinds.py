"""Ports that more than the stores implement: each store's, and Redis's. All must keep the promises
of the port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import pytest

from functions.service.store import Store
from harness.servers.redis import new_database
from tests.adapters.stores import FULL, StoreKind


class Closable(Protocol):
    async def close(self) -> None: ...


P = TypeVar("P", bound=Closable)


@dataclass(frozen=True)
class PortKind(Generic[P]):
    """`open` is given an empty folder of its own; what it gives is empty."""

    name: str
    open: Callable[[Path], AbstractAsyncContextManager[P]]


def port_kinds(of_store: Callable[[Store], P], in_redis: Callable[[str], P]) -> list[PortKind[P]]:
    """`in_redis`: given the address of an empty database."""

    def kind_of(kind: StoreKind) -> PortKind[P]:
        @asynccontextmanager
        async def opened(folder: Path) -> AsyncIterator[P]:
            store = await kind.open(folder)
            try:
                yield of_store(store)
            finally:
                await store.close()

        return PortKind(kind.name, opened)

    @asynccontextmanager
    async def redis(_: Path) -> AsyncIterator[P]:
        port = in_redis(new_database())
        try:
            yield port
        finally:
            await port.close()

    return [*map(kind_of, FULL), PortKind("redis", redis)]


def over(
    kinds: Sequence[PortKind[P]], scenario: Callable[[P], Awaitable[None]]
) -> Callable[[PortKind[P], Path], None]:
    """A test that plays the scenario on each kind."""

    @pytest.mark.parametrize("kind", kinds, ids=lambda it: it.name)
    def test(kind: PortKind[P], tmp_path: Path) -> None:
        async def run() -> None:
            async with kind.open(tmp_path) as port:
                await scenario(port)

        asyncio.run(run())

    test.__doc__ = scenario.__doc__
    return test
