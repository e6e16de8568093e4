"""`@contract` makes a test of a coroutine that is given a new store."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from functions.service.store import Store
from tests.adapters.stores import StoreKind

Scenario = Callable[[Store], Awaitable[None]]


def contract(scenario: Scenario) -> Callable[[StoreKind, Path], None]:
    def test(store_kind: StoreKind, tmp_path: Path) -> None:
        asyncio.run(_run(scenario, store_kind, tmp_path))

    test.__doc__ = scenario.__doc__
    return test


async def _run(scenario: Scenario, kind: StoreKind, folder: Path) -> None:
    store = await kind.open(folder)
    try:
        await scenario(store)
    finally:
        await store.close()
