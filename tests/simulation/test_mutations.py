"""The invariants can fail: removing each mechanism behind them makes a named one fail."""

from itertools import chain

import pytest

from harness.simulation.mutations import MUTATIONS, SEEDS_MAX, Mutation, catch


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[it.name for it in MUTATIONS])
def test_every_removal_is_detected(mutation: Mutation) -> None:
    """With the seed that showed it first, or with another if worlds have changed since."""
    caught = catch(mutation, chain([mutation.seed], range(SEEDS_MAX)))
    assert caught is not None
    assert caught.invariant in mutation.breaks
