"""The schedule on which a deferred message is retried."""

from datetime import timedelta

import pytest

from functions.flow.retry import GiveUp, RetryAt, plan_retry
from tests.flow.builders import NOW


@pytest.mark.parametrize(
    ("delivery_attempts", "delay_seconds"),
    [
        (1, 1),
        (2, 2),
        (3, 4),
        (4, 300),
        (5, 900),
        (6, 3600),
        (7, 7200),
        (8, 14_400),
        (9, 28_800),
        (10, 28_800),
        (25, 28_800),
    ],
)
def test_delay_grows_with_the_attempts(delivery_attempts: int, delay_seconds: int) -> None:
    """Three short delays for a brief failure, then the long ones, the last of which repeats."""
    assert plan_retry(delivery_attempts, NOW, NOW) == RetryAt(
        NOW + timedelta(seconds=delay_seconds)
    )


def test_last_try_lies_within_72_hours_of_the_first() -> None:
    """Exactly 72 hours after the first try is still in time; a millisecond more is not."""
    first = NOW - timedelta(hours=72) + timedelta(seconds=1)
    assert plan_retry(1, first, NOW) == RetryAt(first + timedelta(hours=72))
    plan = plan_retry(1, first - timedelta(milliseconds=1), NOW)
    assert plan == GiveUp("given up after 1 attempts in 72 h")


def test_schedule_ends() -> None:
    """A message is given up after a bounded number of attempts."""
    now, delivery_attempts = NOW, 0
    while True:
        delivery_attempts += 1
        plan = plan_retry(delivery_attempts, NOW, now)
        if isinstance(plan, GiveUp):
            break
        assert plan.at > now
        now = plan.at
    assert delivery_attempts == 17
    assert now - NOW <= timedelta(hours=72)
