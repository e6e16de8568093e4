"""Intervals against published values, and when a branch is better than another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.service.reports.intervals import Interval, Share, newcombe, verdict, wilson


def rounded(interval: Interval) -> tuple[float, float]:
    return round(interval.low, 4), round(interval.high, 4)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_as_published(successes: int, trials: int, low: float, high: float) -> None:
    """Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I."""
    assert rounded(wilson(Share(successes, trials))) == (low, high)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_difference_as_published(
    one: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe, Interval estimation for the difference, 1998, table II, method 10."""
    assert rounded(newcombe(Share(*one), Share(*other))) == (low, high)


SHARES = st.integers(1, 5000).flatmap(
    lambda trials: st.builds(Share, st.integers(0, trials), st.just(trials))
)


@given(one=SHARES, other=SHARES)
def test_intervals_contain_what_was_seen(one: Share, other: Share) -> None:
    """And turn around with the two rates."""
    of_one = wilson(one)
    assert 0 <= of_one.low <= one.rate <= of_one.high <= 1
    difference, turned = newcombe(one, other), newcombe(other, one)
    assert -1 <= difference.low <= one.rate - other.rate <= difference.high <= 1
    assert turned.low == pytest.approx(-difference.high)


def test_no_branch_is_better_while_the_interval_contains_zero() -> None:
    """Nor before there are two of them with trials."""
    assert verdict([Share(30, 100), Share(40, 100)]) is None
    assert verdict([Share(300, 1000)]) is None
    assert verdict([Share(0, 0), Share(300, 1000)]) is None
    assert verdict([]) is None


def test_the_better_branch_is_named_with_the_difference() -> None:
    """The difference is the better minus the other, wherever they stand."""
    found = verdict([Share(300, 1000), Share(400, 1000)])
    assert found is not None
    assert (found.place, found.runner_up) == (1, 0)
    assert found.interval == newcombe(Share(400, 1000), Share(300, 1000))


def test_fewer_unsubscriptions_are_better() -> None:
    """And the difference is how many fewer."""
    found = verdict([Share(30, 1000), Share(5, 1000)], more_is_better=False)
    assert found is not None
    assert (found.place, found.runner_up) == (1, 0)
    assert found.interval == newcombe(Share(30, 1000), Share(5, 1000))


def test_of_three_branches_the_best_must_beat_each() -> None:
    """By intervals that hold together: what decides between two may not decide among three."""
    close = [Share(355, 1000), Share(400, 1000)]
    assert verdict(close) is not None
    assert verdict([*close, Share(200, 1000)]) is None
    found = verdict([Share(300, 1000), Share(400, 1000), Share(310, 1000)])
    assert found is not None
    assert (found.place, found.runner_up) == (1, 2)
