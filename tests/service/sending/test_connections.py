"""How many connections a relay takes is found by workers that share them."""

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.service.sending import connections
from functions.service.sending.connections import (
    BATCH_SECONDS,
    KEPT,
    PAUSE_MAX,
    WORKERS_MAX,
    Connections,
    Pool,
    Share,
)

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
BATCH = 50
MESSAGE_SECONDS = 0.05
MOST = 16
"""Connections that the settings of a worker allow."""
REFUSED_SECONDS = 2.0


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@dataclass
class Relay:
    """`opens_per_minute`: how many new connections it takes. `messages_max`: in one connection."""

    connections_max: int
    opens_per_minute: int = 10**9
    messages_max: int = 10**9
    open: int = 0
    opened: deque[float] = field(default_factory=deque)
    refused: int = 0

    def opens(self, now: float) -> bool:
        while self.opened and now - self.opened[0] >= 60:
            self.opened.popleft()
        if self.open >= self.connections_max or len(self.opened) >= self.opens_per_minute:
            self.refused += 1
            return False
        self.open += 1
        self.opened.append(now)
        return True


@dataclass
class Worker:
    """`sent`: how many messages went over each of its connections."""

    name: str
    sent: list[int] = field(default_factory=list)
    refused_at: float = float("-inf")

    @property
    def pool(self) -> Pool:
        return Pool(len(self.sent), MOST, MESSAGE_SECONDS if self.sent else 0.0)


@dataclass
class Team:
    """Workers that take batches from one queue, each as soon as it is free."""

    relay: Relay
    workers: list[Worker]
    found: Connections = field(default_factory=Connections)

    def send_all(self, messages: int) -> float:
        """Seconds until the relay has every message."""
        waiting = [(0.0, number) for number in range(messages)]
        order = count()
        free = [(0.0, next(order), worker) for worker in self.workers]
        last = 0.0
        while waiting:
            now, _, worker = heapq.heappop(free)
            now = max(now, waiting[0][0])
            batch: list[int] = []
            while waiting and waiting[0][0] <= now and len(batch) < BATCH:
                batch.append(heapq.heappop(waiting)[1])
            batch = self._ask(worker, batch, waiting, now)
            ended, left = self._batch(worker, batch, now)
            if len(left) < len(batch):
                last = max(last, ended)
            for number in left:
                heapq.heappush(waiting, (ended + REFUSED_SECONDS, number))
            heapq.heappush(free, (ended + 0.01, next(order), worker))
        return last

    def _ask(
        self, worker: Worker, batch: list[int], waiting: list[tuple[float, int]], now: float
    ) -> list[int]:
        """The messages that may go now; the others wait."""
        self.found = connections.ask(self.found, worker.name, worker.pool, after(now))
        most = connections.messages_max(self.found, worker.name, after(now))
        for number in batch[most:] if most is not None else []:
            self.found, at = connections.wait(self.found, after(now))
            heapq.heappush(waiting, ((at - NOW).total_seconds(), number))
        return batch[:most]

    def _batch(self, worker: Worker, batch: list[int], now: float) -> tuple[float, list[int]]:
        """When it ended, and the messages for which there was no connection."""
        may_have = connections.connections_of(self.found, worker.name, worker.pool)
        while len(worker.sent) > may_have:
            worker.sent.pop()
            self.relay.open -= 1
        is_refused = False
        if not worker.sent and may_have < MOST:
            now = max(now, worker.refused_at + REFUSED_SECONDS)
        while len(worker.sent) < min(may_have, len(batch)):
            if not self.relay.opens(now):
                is_refused = True
                worker.refused_at = now
                break
            worker.sent.append(0)
        ended = now
        if worker.sent:
            each = -(-len(batch) // len(worker.sent))
            ended += each * MESSAGE_SECONDS
        if is_refused:
            self.found = connections.refused(
                self.found, worker.name, worker.pool, "421 too many connections", after(ended)
            )
        left = [] if worker.sent else batch
        if worker.sent:
            worker.sent = [it + each for it in worker.sent]
            kept = [it for it in worker.sent if it < self.relay.messages_max]
            self.relay.open -= len(worker.sent) - len(kept)
            worker.sent = kept
        return ended, left


@pytest.mark.parametrize(
    ("relay", "workers", "taken"),
    [
        (lambda: Relay(50), 4, 50),
        (lambda: Relay(50), 1, 16),
        (lambda: Relay(10, messages_max=20), 4, 10),
        (lambda: Relay(10, messages_max=20), 1, 10),
        (lambda: Relay(3), 1, 3),
        (lambda: Relay(3), 2, 3),
        (lambda: Relay(3), 4, 3),
        (lambda: Relay(1), 4, 1),
        (lambda: Relay(1000), 4, 64),
        (lambda: Relay(1000, opens_per_minute=5), 1, 5),
        (lambda: Relay(1000, opens_per_minute=5), 4, 5),
    ],
    ids=[
        "50",
        "50, one worker",
        "Exim, 10 and 20 messages each",
        "the same, one worker",
        "3, one worker",
        "3, two workers",
        "3, four workers",
        "1",
        "no limit",
        "5 new a minute, one worker",
        "5 new a minute",
    ],
)
def test_relay_gets_its_mail_nearly_as_fast_as_with_the_right_setting(
    relay: Callable[[], Relay], workers: int, taken: int
) -> None:
    """Nobody told the limit. `taken`: the connections that the workers would have then."""
    team = Team(relay(), [Worker(f"w{number}") for number in range(workers)])
    messages = 10_000
    seconds = team.send_all(messages)
    right_seconds = messages / taken * MESSAGE_SECONDS
    assert seconds <= 1.5 * right_seconds + 5


def asked(found: Connections, worker: str, working: int, seconds: float) -> Connections:
    return connections.ask(found, worker, Pool(working, MOST), after(seconds))


def refused(found: Connections, worker: str, working: int, seconds: float) -> Connections:
    return connections.refused(found, worker, Pool(working, MOST), "421 busy", after(seconds))


def share(found: Connections, worker: str) -> int:
    return found.shares[worker].connections


def test_worker_that_is_never_refused_writes_only_now_and_then() -> None:
    """A batch without a change of the state costs no write."""
    first = asked(Connections(), "a", 0, 0)
    assert share(first, "a") == MOST
    assert asked(first, "a", 0, 1) is first
    works = asked(first, "a", 9, 2)
    assert asked(works, "a", 7, 16) is works
    assert asked(works, "a", 7, 17) is not works


def test_more_than_the_limit_is_tried_more_and_more_seldom() -> None:
    """Each time after twice as long, up to a bound."""
    found, now, pauses = refused(asked(Connections(), "a", 0, 0), "a", 3, 0), 0.0, []
    for _ in range(7):
        assert found.grows_at is not None
        assert share(asked(found, "a", 3, now), "a") == 3
        then = (found.grows_at - NOW).total_seconds()
        pauses.append(then - now)
        now = then
        found = asked(found, "a", 3, now)
        assert share(found, "a") == 4
        found = refused(found, "a", 3, now)
    assert pauses == [10, 20, 40, 80, 160, 320, PAUSE_MAX.total_seconds()]


def test_trials_that_succeed_become_larger_until_the_limit_is_forgotten() -> None:
    """A server that was restarted takes everything again soon."""
    found, working, shares = refused(asked(Connections(), "a", 0, 0), "a", 1, 0), 1, []
    for turn in range(1, 6):
        found = asked(found, "a", working, turn * 11)
        working = share(found, "a")
        shares.append(working)
    assert shares == [2, 4, 8, 16, 16]
    assert found.limit is None


def test_worker_without_a_connection_gets_one_from_a_worker_with_many() -> None:
    """Not before the pause is over, and one at a time, because a server may limit new ones."""
    found = refused(asked(Connections(), "a", 0, 0), "a", 3, 0)
    found = refused(asked(found, "b", 0, 1), "b", 0, 1)
    assert (share(asked(found, "a", 3, 9), "a"), share(found, "b")) == (3, 1)
    found = asked(found, "a", 3, 11)
    assert share(found, "a") == 2
    found = asked(found, "b", 1, 12)
    assert (share(found, "b"), share(asked(found, "a", 2, 13), "a")) == (1, 2)


def test_what_others_report_later_raises_the_limit() -> None:
    """The first to be refused knows only its own connections."""
    found = refused(asked(Connections(), "a", 0, 0), "a", 14, 1)
    assert found.limit == 14
    found = refused(found, "b", 12, 1)
    assert found.limit == 26
    assert asked(found, "c", 4, 2).limit == 30


def test_connections_of_a_dead_worker_expire() -> None:
    found = refused(asked(Connections(), "dead", 0, 0), "dead", 3, 0)
    found = refused(asked(found, "b", 0, 1), "b", 0, 1)
    assert connections.may_work_elsewhere(found, "b", after(59))
    assert share(asked(found, "b", 1, 9), "b") == 1
    late = KEPT.total_seconds()
    assert not connections.may_work_elsewhere(found, "b", after(late))
    assert share(asked(found, "b", 1, late), "b") >= 3


def test_server_that_takes_none_says_nothing_about_the_number() -> None:
    """What was known before is forgotten: the server may have been restarted."""
    found = refused(asked(Connections(), "a", 0, 0), "a", 3, 0)
    assert refused(found, "a", 0, 5).limit is None
    assert not connections.may_work_elsewhere(refused(found, "a", 0, 5), "b", after(5))


def test_worker_that_only_just_asked_may_work() -> None:
    """Workers that begin together do not take each other's silence for a server that is down."""
    found = asked(asked(Connections(), "a", 0, 0), "b", 0, 0)
    assert connections.may_work_elsewhere(found, "b", after(1))
    found = asked(refused(found, "a", 0, 2), "a", 0, 3)
    assert not connections.may_work_elsewhere(found, "b", after(3))
    assert connections.may_work_elsewhere(asked(found, "a", 2, 4), "b", after(4))


def test_worker_takes_what_it_can_send_soon() -> None:
    """While workers share a limit; the others' messages come back as they are expected to go."""
    pool = Pool(2, MOST, message_seconds=0.1)
    found = connections.ask(refused(Connections(), "a", 2, 0), "a", pool, NOW)
    assert connections.messages_max(found, "a", NOW) is None
    found = refused(found, "b", 2, 0)
    assert connections.messages_max(found, "a", NOW) == 2 * BATCH_SECONDS / 0.1
    assert connections.messages_max(found, "b", NOW) == 2
    times = []
    for _ in range(3):
        found, at = connections.wait(found, NOW)
        times.append((at - NOW).total_seconds())
    assert times == [1.0, 1.025, 1.05]


def test_clock_that_was_set_back_leaves_no_shares_of_the_future() -> None:
    found = refused(asked(Connections(), "a", 0, 3600), "a", 3, 3600)
    assert share(asked(found, "b", 0, 0), "b") == 3


def test_workers_beyond_the_bound_are_not_remembered() -> None:
    found = Connections({f"w{n}": Share(1, 1, NOW) for n in range(WORKERS_MAX)}, limit=WORKERS_MAX)
    late = asked(found, "late", 0, 1)
    assert len(late.shares) == WORKERS_MAX
    assert connections.connections_of(late, "late", Pool(0, MOST)) == 1


@given(
    st.lists(
        st.tuples(st.sampled_from("abcd"), st.booleans(), st.integers(0, MOST), st.integers(0, 40)),
        max_size=40,
    )
)
def test_nobody_gets_nothing_and_nobody_loses_what_works(
    events: list[tuple[str, bool, int, int]],
) -> None:
    """Whatever workers report: at least one, at most what the settings allow, and no less than half
    of what works."""
    found, now = Connections(), 0
    for worker, is_refused, working, seconds in events:
        now += seconds
        if is_refused:
            found = refused(found, worker, working, now)
            continue
        found = asked(found, worker, working, now)
        may_have = connections.connections_of(found, worker, Pool(working, MOST))
        assert max(working // 2, 1) <= may_have <= MOST
        assert found.limit is None or found.limit >= 1
