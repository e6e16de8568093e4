"""Time limits that hold on a busy machine, scaled by how much slower it is than a quiet one."""

import os
import time
from collections.abc import Callable
from functools import cache

QUIET_SECONDS = 0.07
"""How long `_work` takes on the idle two-core machine on which the limits were chosen."""
LOOK_SECONDS = 0.1
_ROUNDS = 2_000_000


def patience(seconds: float) -> float:
    """The limit for something that takes far less than `seconds` on a quiet machine."""
    return seconds * slowness()


def until(
    condition: Callable[[], bool], seconds: float = 60.0, told: Callable[[], str] = str
) -> None:
    """Waits for a condition. Raises AssertionError with the text of `told` after `seconds`."""
    deadline = time.monotonic() + patience(seconds)
    while not condition():
        assert time.monotonic() < deadline, told() or "it never came true"
        time.sleep(LOOK_SECONDS)


@cache
def slowness() -> float:
    """1 on a quiet machine, 3 if everything takes three times as long.

    Measured on first use, so that all limits of one process agree. It considers the time that
    `_work` takes, because the machine may be slow, and how many programs want each processor,
    because so short a task may get one at once while longer tasks wait.
    """
    began = time.monotonic()
    _work()
    by_work = (time.monotonic() - began) / QUIET_SECONDS
    by_load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return max(1.0, by_work, by_load)


def _work() -> int:
    total = 0
    for number in range(_ROUNDS):
        total += number & 7
    return total
