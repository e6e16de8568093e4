"""Batches, with lists in place of the broker's thread, its clock and the pool."""

import json
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import pytest

from functions.runtime import Runtime
from functions.service.schedule.consume import Delivery
from functions.service.services import Services
from local.team import batches
from local.team.batches import BATCH_MAX, SLOTS, BatchQueue

T = TypeVar("T")


class Message:
    """A message as kombu delivers it, and its result."""

    def __init__(self, tag: int, *, eta_seconds: float = 0, body: str | None = None) -> None:
        self.delivery_tag = tag
        self.headers: dict[str, object] = {"id": f"id-{tag}"}
        if eta_seconds:
            due = datetime.fromtimestamp(time.time() + eta_seconds, UTC)
            self.headers["eta"] = due.isoformat()
        self.body = json.dumps([[], {"lead_id": str(tag)}, {}]) if body is None else body
        self.answer = "none"

    def ack_log_error(self, *_: object) -> None:
        self.answer = "acknowledged"

    def reject_log_error(self, *_: object) -> None:
        self.answer = "rejected"


class Reached:
    """A store or broker that is down as often as configured."""

    def __init__(self, times_away: int = 0) -> None:
        self.times_away = times_away

    async def ping(self) -> None:
        if self.times_away:
            self.times_away -= 1
            raise ConnectionError("away")


class Results:
    def __init__(self) -> None:
        self.kept: dict[str, bool] = {}

    def store(self, outcomes: Mapping[str, bool]) -> None:
        self.kept.update(outcomes)


class World:
    """`bad`: leads whose jobs raise. `troubles`: how often a delivery raises first."""

    def __init__(self, *, bad: frozenset[str] = frozenset(), troubles: int = 0) -> None:
        self.bad, self.troubles = bad, troubles
        self.store, self.dispatcher = Reached(), Reached()
        self.is_ending = False
        self.delivered: list[list[str]] = []
        self.pool: list[Callable[[], None]] = []
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.results = Results()
        self.queue = BatchQueue(
            name="send_email",
            deliver=self.deliver,
            runtime=cast(Runtime, self),
            results=self.results,
            submit=self.pool.append,
            call_soon=lambda call: call(),
            call_after=lambda seconds, call: self.timers.append((seconds, call)),
            is_ending=lambda: self.is_ending,
        )

    @property
    def services(self) -> Services:
        return cast(Services, self)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        try:
            coroutine.send(None)
        except StopIteration as end:
            return cast(T, end.value)
        raise AssertionError("it waits")

    async def deliver(self, services: Services, deliveries: Sequence[Delivery]) -> frozenset[str]:
        if self.troubles:
            self.troubles -= 1
            raise ConnectionError("trouble")
        leads = [str(cast(Mapping[str, object], it.body)["lead_id"]) for it in deliveries]
        if self.bad & set(leads):
            raise ValueError("a defect")
        self.delivered.append(leads)
        return frozenset(it.delivery_id for it in deliveries if it.delivery_id == "13")

    def work(self) -> None:
        """Let the pool run its functions, and those they cause."""
        while self.pool:
            self.pool.pop(0)()

    def wake(self) -> None:
        """Fire all timers."""
        timers, self.timers[:] = list(self.timers), []
        for _, call in timers:
            call()


def add(world: World, *messages: Message) -> None:
    for message in messages:
        world.queue.add(message)


def test_few_messages_become_one_batch_after_a_moment() -> None:
    """And each is acknowledged after it, not before."""
    world = World()
    messages = [Message(number) for number in range(3)]
    add(world, *messages)
    assert world.pool == []
    world.wake()
    assert [it.answer for it in messages] == ["none"] * 3
    world.work()
    assert world.delivered == [["0", "1", "2"]]
    assert [it.answer for it in messages] == ["acknowledged"] * 3


def test_batches_are_bounded_and_so_is_their_number() -> None:
    """Further messages wait until a slot is free."""
    world = World()
    add(world, *[Message(number) for number in range(100, 100 + 4 * BATCH_MAX)])
    world.wake()
    assert len(world.pool) == SLOTS
    world.work()
    assert [len(it) for it in world.delivered] == [BATCH_MAX] * 4


def test_one_that_failed_is_rejected_alone() -> None:
    """The use case named it; the others are done."""
    world = World()
    bad = ["", "no JSON", "[1]", "[" * 5000, "", "null", "[[], [1], {}]", '{"lead_id": "x"}']
    unread = [Message(14 + number, body=body) for number, body in enumerate(bad)]
    unread[0].headers["x-delivery-count"] = ["a list"]
    unread[0].body = Message(14).body
    messages = [Message(12), Message(13), *unread]
    add(world, *messages)
    world.wake()
    world.work()
    answers = ["acknowledged", *["rejected"] * (len(messages) - 1)]
    assert [it.answer for it in messages] == answers
    kept = {f"id-{it.delivery_tag}": it.delivery_tag == 12 for it in messages}
    assert world.results.kept == kept


class EndingError(BaseException):
    """An exception for which batches are not prepared."""


def test_a_batch_that_ends_unexpectedly_is_not_taken_for_done() -> None:
    """Its jobs become dead letters, which are visible."""

    class Broken(World):
        async def deliver(self, *_: object) -> frozenset[str]:
            raise EndingError

    world, messages = Broken(), [Message(1), Message(2)]
    add(world, *messages)
    world.wake()
    with pytest.raises(EndingError):
        world.work()
    assert [it.answer for it in messages] == ["rejected"] * 2


def test_a_batch_that_raises_is_narrowed_down() -> None:
    """A defect that one message triggers does not affect the others."""
    world = World(bad=frozenset({"2"}))
    messages = [Message(number) for number in range(1, 4)]
    add(world, *messages)
    world.wake()
    world.work()
    assert [it.answer for it in messages] == ["acknowledged", "rejected", "acknowledged"]
    assert world.delivered == [["1"], ["3"]]


def test_a_batch_is_retried_as_a_whole_once_the_trouble_is_over() -> None:
    """A server may be back before the next check; retrying one by one would be slow."""
    world = World(troubles=1)
    add(world, *[Message(number) for number in range(1, 4)])
    world.wake()
    world.work()
    assert world.delivered == [["1", "2", "3"]]


@pytest.mark.parametrize("what", ["store", "dispatcher"])
def test_a_batch_waits_while_the_store_or_the_broker_is_down(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No job becomes a dead letter because a server restarts."""
    monkeypatch.setattr(batches, "AWAY_SECONDS", (0.0,))
    world = World(troubles=3)
    getattr(world, what).times_away = 3
    message = Message(1)
    add(world, message)
    world.wake()
    world.work()
    assert (message.answer, world.delivered) == ("acknowledged", [["1"]])


def test_a_worker_that_ends_returns_waiting_messages() -> None:
    """Neither acknowledged nor rejected, they return when the connection closes."""
    world = World(troubles=9)
    world.store.times_away = 9
    world.is_ending = True
    message = Message(1)
    add(world, message)
    world.wake()
    world.work()
    assert (message.answer, world.delivered, world.results.kept) == ("none", [], {})


def test_a_message_due_later_is_held() -> None:
    """Until its due time; then it is treated like any other."""
    world = World()
    add(world, Message(1, eta_seconds=60))
    ((seconds, due),) = world.timers
    assert 50 < seconds <= 60
    world.timers.clear()
    due()
    world.wake()
    world.work()
    assert world.delivered == [["1"]]


def test_nothing_is_answered_on_a_connection_that_is_gone() -> None:
    """Its delivery tags then refer to other messages."""
    world = World()
    message = Message(1)
    add(world, message)
    world.wake()
    world.queue.forget()
    world.work()
    assert (message.answer, world.delivered) == ("none", [["1"]])


def test_messages_of_a_lost_connection_are_forgotten() -> None:
    """Waiting messages, held messages, and the gathering state; messages of the next connection are
    served.
    """
    world = World()
    add(world, Message(1), Message(2, eta_seconds=60))
    lost, world.timers[:] = list(world.timers), []
    world.queue.forget()
    add(world, Message(3))
    for _, call in lost:
        call()
    world.wake()
    world.work()
    assert world.delivered == [["3"]]


def test_gathering_starts_again_after_the_timers_were_cleared() -> None:
    """Celery may drop them with the connection; then the gathering would never end."""
    world = World()
    add(world, Message(1))
    world.timers.clear()
    world.queue.forget()
    add(world, Message(2))
    world.wake()
    world.work()
    assert world.delivered == [["2"]]


def test_slots_are_shared_with_batches_of_a_lost_connection() -> None:
    """They still occupy threads; as many more would take those of the other queue and the sweep."""
    world = World()
    add(world, *[Message(number) for number in range(100, 100 + SLOTS * BATCH_MAX)])
    assert len(world.pool) == SLOTS
    world.queue.forget()
    messages = [Message(number) for number in range(1000, 1000 + BATCH_MAX)]
    add(world, *messages)
    assert len(world.pool) == SLOTS
    world.work()
    assert len(world.delivered) == SLOTS + 1
    assert {it.answer for it in messages} == {"acknowledged"}


def test_slots_come_back_though_the_loop_dropped_the_call() -> None:
    """When a connection is lost, the loop drops scheduled calls; otherwise the worker would never
    take another message of that queue.
    """
    world = World()
    dropped: list[Callable[[], None]] = []
    world.queue.call_soon = dropped.append
    lost = [Message(number) for number in range(100, 100 + SLOTS * BATCH_MAX)]
    add(world, *lost)
    world.work()
    assert len(dropped) == SLOTS
    world.queue.forget()
    world.queue.call_soon = lambda call: call()
    message = Message(1)
    add(world, message)
    world.wake()
    world.work()
    assert (message.answer, {it.answer for it in lost}) == ("acknowledged", {"none"})
