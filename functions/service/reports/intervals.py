"""How sure a rate is, and whether one rate is better than another.

The interval of a rate is Wilson's (1927), that of a difference Newcombe's hybrid of two of them:
method 10 of "Interval estimation for the difference between independent proportions", Statistics
in Medicine 17 (1998). Both keep their level for small numbers and for rates near 0 and 1.

Invariant: an interval lies within 0 and 1, or -1 and 1, and contains its rate or difference. Pure.
This module must not know what the rates are of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import NormalDist

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """`successes` of `trials`, with at least as many trials as successes."""

    successes: int
    trials: int

    @property
    def rate(self) -> float:
        return self.successes / self.trials


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which of several shares is the best. `place`: its place among them. `runner_up`: the place of
    the one that may come nearest. `interval`: of their difference, the better minus the other."""

    place: int
    runner_up: int
    interval: Interval


def wilson(share: Share, level: float = LEVEL) -> Interval:
    """The interval of a rate. Everything from 0 to 1 if there were no trials."""
    if share.trials == 0:
        return Interval(0.0, 1.0)
    z = _z(level)
    n, rate = share.trials, share.rate
    middle = rate + z * z / (2 * n)
    reach = z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    beneath = 1 + z * z / n
    # At 0 and 1 the ends are exact; rounding must not move them.
    low = 0.0 if share.successes == 0 else (middle - reach) / beneath
    high = 1.0 if share.successes == n else (middle + reach) / beneath
    return Interval(low, high)


def newcombe(one: Share, other: Share, level: float = LEVEL) -> Interval:
    """The interval of the difference of two rates, `one` minus `other`. Both need trials."""
    difference = one.rate - other.rate
    of_one, of_other = wilson(one, level), wilson(other, level)
    below = sqrt((one.rate - of_one.low) ** 2 + (of_other.high - other.rate) ** 2)
    above = sqrt((of_one.high - one.rate) ** 2 + (other.rate - of_other.low) ** 2)
    return Interval(max(-1.0, difference - below), min(1.0, difference + above))


def verdict(shares: Sequence[Share], *, more_is_better: bool = True) -> Verdict | None:
    """The share that is better than each of the others; None while that is not decided: an interval
    of a difference contains 0, or fewer than two shares have trials.

    With more than two shares, the level of each interval is raised so that all of them together
    keep 95 % (Bonferroni's correction, for every pair): the best of many would often seem better
    by chance.
    """
    places = [place for place, it in enumerate(shares) if it.trials > 0]
    if len(places) < 2:
        return None
    sign = 1 if more_is_better else -1
    best = max(places, key=lambda place: sign * shares[place].rate)
    level = 1 - (1 - LEVEL) / len(list(combinations(places, 2)))
    found = [
        (_difference(shares[best], shares[place], level, sign), place)
        for place in places
        if place != best
    ]
    interval, runner_up = min(found, key=lambda it: it[0].low)
    return Verdict(best, runner_up, interval) if interval.low > 0 else None


def _difference(one: Share, other: Share, level: float, sign: int) -> Interval:
    return newcombe(one, other, level) if sign > 0 else newcombe(other, one, level)


def _z(level: float) -> float:
    """1.96 for 95 %."""
    return NormalDist().inv_cdf((1 + level) / 2)
