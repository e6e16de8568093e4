"""Immutable values that are made a hundred thousand times a second.

Invariant: nobody assigns to a field. mypy refuses it, as for a frozen dataclass, and mypy reads
all of this project, its tests too. Python itself does not look: the check it makes for a frozen
dataclass costs three quarters of the time to make a lead (`python -m bench.executor`).
This module must not know what is a value.
"""

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[T]) -> type[T]:
    """For the few values on the executor's path; all others are `@dataclass(frozen=True)`."""
    return dataclass(slots=True)(cls)
