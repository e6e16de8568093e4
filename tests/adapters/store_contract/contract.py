"""`@contract` turns a coroutine that gets a new store into tests, one for each of two stores.

`@batch_contract` does so for all stores: writing a batch differs if each document is a separate
write, and in memory; the other guarantees of a port do not differ.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from functions.adapters.mongo import MongoStore
from functions.service.store import Store
from harness.servers.mongo import given_uri
from tests.adapters.stores import FULL, STORES, StoreKind

Scenario = Callable[[Store], Awaitable[None]]
Test = Callable[[StoreKind, Path], None]


def contract(scenario: Scenario) -> Test:
    return _on(FULL, scenario)


def batch_contract(scenario: Scenario) -> Test:
    return _on(STORES, scenario)


def large_batch(store: Store) -> int:
    """How many documents a large batch has: fewer for the stand-in for MongoDB, because its time
    grows with their square.
    """
    is_stand_in = isinstance(store, MongoStore) and given_uri() is None
    return 250 if is_stand_in else 1000


def _on(kinds: list[StoreKind], scenario: Scenario) -> Test:
    @pytest.mark.parametrize("store_kind", kinds, ids=lambda kind: kind.name)
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
