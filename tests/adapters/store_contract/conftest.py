"""Each test of the contract runs once for each store."""

import pytest

from tests.adapters.stores import STORES, StoreKind


@pytest.fixture(params=STORES, ids=lambda kind: kind.name)
def store_kind(request: pytest.FixtureRequest) -> StoreKind:
    kind: StoreKind = request.param
    return kind
