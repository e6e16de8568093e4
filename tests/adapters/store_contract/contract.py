"""`@contract` makes tests of a coroutine that is given a new store: one for each of two stores.

`@batch_contract` makes one for each store there is: how a batch is written differs where each of
its documents is a write of its own, and in memory; what else a port promises does not.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from functions.service.store import Store
from tests.adapters.stores import FULL, STORES, StoreKind

Scenario = Callable[[Store], Awaitable[None]]
Test = Callable[[StoreKind, Path], None]


def contract(scenario: Scenario) -> Test:
    return _on(FULL, scenario)


def batch_contract(scenario: Scenario) -> Test:
    return _on(STORES, scenario)


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
