"""The limits that tests make longer on a busy machine are there."""

from importlib import import_module

import pytest

from tests.conftest import LIMITS_OF_THE_PRODUCT


@pytest.mark.parametrize("name", LIMITS_OF_THE_PRODUCT)
def test_each_is_a_limit_of_the_product(name: str) -> None:
    """One that was renamed would silently keep its length."""
    module, _, limit = name.rpartition(".")
    assert getattr(import_module(module), limit) > 0
