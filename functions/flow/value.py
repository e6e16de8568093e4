"""Immutable values that are created a hundred thousand times a second.

Invariant: no code assigns to a field. mypy refuses it, as for a frozen dataclass, and checks the
whole project including the tests. Python does not check it at run time: for a frozen dataclass that
costs three quarters of the time it takes to create a lead (`python -m bench.executor`).
This module must not know which classes are values.
"""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[T]) -> type[T]:
    """For the few values that every step creates; all others are `@dataclass(frozen=True)`."""
    return dataclass(slots=True)(cls)
