"""The same worlds, smaller, on the MongoDB adapter."""

from collections.abc import Iterator

import pytest

from harness.simulation import mongo
from harness.simulation.scenario import simulate

SEEDS_PER_TEST = 5
"""Few, so that the workers of a test run share them evenly."""
SEEDS = 50
"""`make test-long` plays those that follow."""


@pytest.fixture(scope="module", autouse=True)
def _client_ends() -> Iterator[None]:
    yield
    mongo.close_client()


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS_PER_TEST))
def test_no_promise_breaks(first: int) -> None:
    """A violation would be the adapter's fault, or a defect that SQLite's worlds do not reveal."""
    for seed in range(first, first + SEEDS_PER_TEST):
        result = simulate(seed, mongo.open_mongo, mongo.SMALL)
        assert result.violations == (), f"seed {seed}"
