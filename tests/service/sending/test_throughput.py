"""The throughput of a relay is found: against relays that count in windows, and such that drip."""

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.service.sending import throughput
from functions.service.sending.throughput import Report, Throughput

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
BATCH = 50
PER_SECOND = 100
"""What a worker sends while nothing holds it."""


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@dataclass
class Windows:
    """Counts anew from time to time."""

    count: int
    seconds: float
    began: float = float("-inf")
    taken: int = 0

    def takes(self, now: float) -> bool:
        if now - self.began >= self.seconds:
            self.began, self.taken = now, 0
        self.taken += 1
        return self.taken <= self.count


@dataclass
class Sliding:
    """Takes so many in any stretch of time."""

    count: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def takes(self, now: float) -> bool:
        while self.times and now - self.times[0] >= self.seconds:
            self.times.popleft()
        if len(self.times) >= self.count:
            return False
        self.times.append(now)
        return True


@dataclass
class Dripping:
    per_second: float
    burst: int
    tokens: float = 0
    at: float = float("-inf")

    def takes(self, now: float) -> bool:
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.per_second)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


Relay = Windows | Sliding | Dripping


@dataclass(frozen=True)
class Ran:
    seconds: float
    refused: int


def send_all(relay: Relay, messages: int, workers: int) -> Ran:
    """Until the relay has taken every message."""
    found: Throughput | None = None
    queue = [(0.0, number) for number in range(messages)]
    free = [0.0] * workers
    last, refused = 0.0, 0
    while queue:
        worker = min(range(workers), key=lambda it: free[it])
        now = max(free[worker], queue[0][0])
        batch: list[int] = []
        while queue and queue[0][0] <= now and len(batch) < BATCH:
            batch.append(heapq.heappop(queue)[1])
        asked_at = after(now)
        found, grant = throughput.ask(found, len(batch), asked_at)
        may_go = len(batch) if grant.messages_max is None else grant.messages_max
        waiting = batch[may_go:]
        answered, is_refused = 0, False
        for number in batch[:may_go]:
            if not is_refused:
                now += 1 / PER_SECOND
                is_refused = not relay.takes(now)
                refused += is_refused
            if is_refused:
                waiting.append(number)
            else:
                answered, last = answered + 1, now
        said = "450 too much mail" if is_refused else None
        report = Report(asked_at, may_go, answered, grant.is_test, said)
        if may_go:
            found = throughput.hear(found, report, after(now))
        for number in waiting:
            assert found is not None
            found, at = throughput.wait(found, after(now))
            assert at >= after(now)
            heapq.heappush(queue, ((at - NOW).total_seconds(), number))
        free[worker] = now + 0.01
    return Ran(last, refused)


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("messages", [300, 1500])
@pytest.mark.parametrize(
    ("relay", "ideal", "at_most"),
    [
        (lambda: Windows(100, 60), lambda n: (n - 1) // 100 * 60, 1.3),
        (lambda: Sliding(100, 60), lambda n: (n - 1) // 100 * 60, 1.3),
        (lambda: Windows(1000, 3600), lambda n: (n - 1) // 1000 * 3600, 1.3),
        (lambda: Dripping(2, 10), lambda n: (n - 10) / 2, 1.3),
        (lambda: Dripping(14, 14), lambda n: (n - 14) / 14, 1.5),
        (lambda: Dripping(1, 1), lambda n: n - 1, 1.7),
    ],
    ids=["100 a minute", "100 in any minute", "1,000 an hour", "2/s", "14/s", "1/s"],
)
def test_relay_gets_its_mail_nearly_as_fast_as_it_takes_it(
    relay: Callable[[], Relay],
    ideal: Callable[[int], float],
    at_most: float,
    messages: int,
    workers: int,
) -> None:
    """Nobody told the limit, and few messages are refused on the way to it."""
    ran = send_all(relay(), messages, workers)
    sending = messages / PER_SECOND
    assert ran.seconds <= at_most * (ideal(messages) + sending)
    assert ran.refused <= 80 + messages * 0.15


def test_relay_without_a_limit_costs_nothing() -> None:
    """Nothing is stored, so no batch has anything to write."""
    assert throughput.ask(None, 500, NOW) == (None, throughput.Grant())
    assert throughput.hear(None, Report(NOW, 500, 500, is_test=False), NOW) is None


def test_one_message_tests_while_the_others_wait() -> None:
    """And another, once that one has not been heard of for a while."""
    held = throughput.hear(None, Report(NOW, 9, 4, is_test=False, refusal="450 slow down"), NOW)
    assert held is not None
    assert throughput.ask(held, 9, NOW)[1] == throughput.Grant(0)
    tested, grant = throughput.ask(held, 9, after(2))
    assert grant == throughput.Grant(1, is_test=True)
    assert tested is not None
    assert throughput.ask(tested, 9, after(3))[1] == throughput.Grant(0)
    assert throughput.ask(tested, 9, after(13))[1] == throughput.Grant(1, is_test=True)


def test_test_that_was_not_sent_is_followed_by_another_at_once() -> None:
    """Its campaign was paused meanwhile."""
    held = Throughput("450 slow down", NOW, after(1))
    tested, grant = throughput.ask(held, 1, after(2))
    unsent = throughput.hear(tested, Report(after(2), 1, 0, is_test=True), after(3))
    assert throughput.ask(unsent, 1, after(3))[1] == grant


def test_clock_that_was_set_back_holds_nothing_for_long() -> None:
    held = Throughput("450 slow down", NOW, after(86_400 * 30))
    assert throughput.ask(held, 5, after(2))[1] == throughput.Grant(1, is_test=True)


def test_pace_is_forgotten_after_a_day_without_mail() -> None:
    held = Throughput("450 slow down", NOW, None, began_at=after(1), window=5, period_ms=60_000)
    assert throughput.ask(held, 9, after(2))[1] == throughput.Grant(5)
    assert throughput.ask(replace(held, taken=5), 9, after(86_400 * 2)) == (
        None,
        throughput.Grant(),
    )
