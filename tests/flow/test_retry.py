"""The schedule on which a deferred message is retried."""

from datetime import timedelta

import pytest

from functions.flow.retry import ATTEMPTS_MIN, GiveUp, RetryAt, plan_reconnection, plan_retry
from tests.flow.builders import NOW

HOURS_72 = timedelta(hours=72)


@pytest.mark.parametrize(
    ("delivery_attempts", "delay_seconds"),
    [
        (1, 300),
        (2, 900),
        (3, 3600),
        (4, 7200),
        (5, 14_400),
        (6, 28_800),
        (7, 28_800),
        (25, 28_800),
    ],
)
def test_delay_grows_with_the_answers(delivery_attempts: int, delay_seconds: int) -> None:
    """Minutes, then hours; the last delay repeats."""
    assert plan_retry(delivery_attempts, NOW, NOW) == RetryAt(
        NOW + timedelta(seconds=delay_seconds)
    )


def test_first_delay_is_a_setting() -> None:
    """The later ones keep their proportion to it, after a lost connection too."""
    assert plan_retry(1, NOW, NOW, 2.0) == RetryAt(NOW + timedelta(seconds=2))
    assert plan_retry(2, NOW, NOW, 2.0) == RetryAt(NOW + timedelta(seconds=6))
    assert plan_reconnection(3, NOW, 2.0) == RetryAt(NOW + timedelta(seconds=4))
    assert plan_reconnection(4, NOW, 2.0) == RetryAt(NOW + timedelta(seconds=2))


@pytest.mark.parametrize(
    ("delivery_attempts", "delay_seconds"), [(1, 1), (2, 2), (3, 4), (4, 300), (99, 28_800)]
)
def test_lost_connection_is_soon_replaced(delivery_attempts: int, delay_seconds: int) -> None:
    """Three short delays for a brief failure, then the long ones. It is never given up."""
    assert plan_reconnection(delivery_attempts, NOW).at - NOW == timedelta(seconds=delay_seconds)


def test_last_attempt_lies_within_72_hours_of_the_first() -> None:
    """Exactly 72 hours after the first is still in time; a millisecond more is not."""
    first = NOW - HOURS_72 + timedelta(hours=8)
    assert plan_retry(ATTEMPTS_MIN, first, NOW) == RetryAt(first + HOURS_72)
    plan = plan_retry(ATTEMPTS_MIN, first - timedelta(milliseconds=1), NOW)
    assert plan == GiveUp(f"given up after {ATTEMPTS_MIN} attempts in 64 h")


def test_message_that_was_held_up_for_days_still_gets_its_attempts() -> None:
    """The pace of the relay, or a closed account, is not its fault."""
    assert isinstance(plan_retry(1, NOW - 2 * HOURS_72, NOW), RetryAt)


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
    assert delivery_attempts == 14
    assert now - NOW <= HOURS_72
