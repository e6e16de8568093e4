"""The invariants can fail: each thing they rest on, taken away, makes a named one fail."""

from itertools import chain

import pytest

from harness.simulation.mutations import MUTATIONS, SEEDS_MAX, Mutation, catch


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[it.name for it in MUTATIONS])
def test_every_removal_is_detected(mutation: Mutation) -> None:
    """By the seed that showed it first, or, where worlds have changed since, by another."""
    caught = catch(mutation, chain([mutation.seed], range(SEEDS_MAX)))
    assert caught is not None
    assert caught.invariant in mutation.breaks
