"""What two versions in turn are said to differ by."""

import pytest

from bench.speed.compare import interval, shown


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(7, 1, 7), (8, 1, 8), (9, 2, 8), (12, 3, 10), (20, 6, 15)],
)
def test_interval_is_that_of_the_sign_test(count: int, low: int, high: int) -> None:
    """Ranks from a table of the binomial distribution, at 95 percent."""
    assert interval([float(it) for it in range(count, 0, -1)]) == (low, high)


def test_only_a_whole_interval_below_the_limit_is_slower() -> None:
    """One pair that reaches it is enough: the machine may have done something else meanwhile."""
    slower = [({"p: n": (90.0, "mails/s")}, {"p: n": (100.0, "mails/s")})] * 6
    assert not shown([*slower, slower[0]])
    assert shown([*slower, ({"p: n": (97.0, "mails/s")}, {"p: n": (100.0, "mails/s")})])


def test_less_is_better_of_times(capsys: pytest.CaptureFixture[str]) -> None:
    """A ratio above 1 means that this version is better, whatever the unit."""
    assert shown([({"p: late": (50.0, "ms")}, {"p: late": (100.0, "ms")})] * 7)
    assert " 2.000  2.000 to 2.000  ms" in capsys.readouterr().out
