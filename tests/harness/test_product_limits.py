"""The product has the limits that tests extend on a busy machine."""

from importlib import import_module

import pytest

from tests.conftest import LIMITS_OF_THE_PRODUCT


@pytest.mark.parametrize("name", LIMITS_OF_THE_PRODUCT)
def test_each_is_a_limit_of_the_product(name: str) -> None:
    """A renamed limit would silently stay unscaled."""
    module, _, limit = name.rpartition(".")
    assert getattr(import_module(module), limit) > 0
