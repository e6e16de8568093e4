"""How a worker gathers the messages of a queue into batches, runs them and acknowledges the
messages.

Celery passes every message to its task's strategy; ours gathers messages per queue and runs a batch
when it is full, or when a slot is free and `GATHER_SECONDS` have passed. Invariant: each message is
acknowledged after its batch, or dead-lettered separately; when a process dies, its connection
closes and its messages return to the queue. While the store or the broker cannot be reached, a
batch waits; any other error of a whole batch is narrowed down message by message. Everything except
`_run` happens in the consumer's thread. Why not celery-batches: docs/decisions/0009.
"""

import json
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from functions.runtime import Runtime
from functions.service.policy import HORIZON_SECONDS_MAX
from functions.service.schedule.consume import Delivery
from functions.service.services import Services
from local.team.traces import batch_span

BATCH_MAX = 200
"""With 100, a lead costs a few per cent more."""
GATHER_SECONDS = 0.01
"""How long a first message waits for others while a slot is free."""
SLOTS = 2
"""Batches of one queue in progress at once: one sends while the other is settled."""
AWAY_SECONDS = (0.2, 0.5, 1.0, 2.0)
"""Pauses between attempts while the store or the broker is down; the last one repeats for ever."""

logger = logging.getLogger(__name__)

Deliver = Callable[[Services, Sequence[Delivery]], Coroutine[Any, Any, frozenset[str]]]


class Results(Protocol):
    def store(self, outcomes: Mapping[str, bool]) -> None:
        """`outcomes`: by task id, whether it succeeded. Never raises."""
        ...


@dataclass(slots=True)
class _Batch:
    """Messages by delivery id, and their results. `connection`: the number of the connection that
    delivered them.
    """

    messages: dict[str, Any]
    connection: int
    failed: frozenset[str] = frozenset()


@dataclass
class BatchQueue:
    """One queue of one worker process, across all its connections to the broker.

    `submit` runs a function in a thread of the pool; `call_soon` runs one in the consumer's thread;
    `call_after` does so some seconds later. `is_ending`: is the worker shutting down?
    """

    name: str
    deliver: Deliver
    runtime: Runtime
    results: Results
    submit: Callable[[Callable[[], None]], None]
    call_soon: Callable[[Callable[[], None]], None]
    call_after: Callable[[float, Callable[[], None]], None]
    is_ending: Callable[[], bool]
    connection_errors: tuple[type[BaseException], ...] = ()
    _waiting: deque[Any] = field(default_factory=deque)
    _finished: deque[_Batch] = field(default_factory=deque)
    """Filled by the pool's threads, emptied by the consumer's."""
    _under_way: int = 0
    _is_gathering: bool = False
    _connection: int = 0

    def add(self, message: Any) -> None:
        """Take one message. A message with a future `eta` is held until then, unacknowledged; if
        the `eta` is further away than any horizon, the message is delivered at once, because its
        due time is checked anyway.
        """
        connection = self._connection
        delay_seconds = _seconds_until(message.headers.get("eta"))
        if 0 < delay_seconds <= HORIZON_SECONDS_MAX:
            self.call_after(delay_seconds, lambda: self._enter(message, connection))
        else:
            self._enter(message, connection)

    def forget(self) -> None:
        """The connection is lost, and its messages with it: the broker delivers them again. Batches
        in progress keep their slots, because they still occupy threads of the pool.
        """
        self._connection += 1
        self._waiting.clear()
        # Celery may have cleared its timers.
        self._is_gathering = False

    def _enter(self, message: Any, connection: int) -> None:
        if connection != self._connection or self.is_ending():
            return
        if self._finished:
            self._finish_all()
        self._waiting.append(message)
        if self._under_way >= SLOTS:
            return
        if len(self._waiting) >= BATCH_MAX:
            self._start()
        elif not self._is_gathering:
            self._is_gathering = True
            self.call_after(GATHER_SECONDS, self._gathered)

    def _gathered(self) -> None:
        self._is_gathering = False
        # A worker that shuts down begins no batch: waiting messages return when the connection
        # closes.
        while self._waiting and self._under_way < SLOTS and not self.is_ending():
            self._start()

    def _start(self) -> None:
        batch = _Batch({}, self._connection)
        while self._waiting and len(batch.messages) < BATCH_MAX:
            message = self._waiting.popleft()
            batch.messages[str(message.delivery_tag)] = message
        # The default: a batch that ends in an unforeseen way must not look done.
        batch.failed = frozenset(batch.messages)
        self._under_way += 1
        self.submit(lambda: self._run(batch))

    def _run(self, batch: _Batch) -> None:
        """In a thread of the pool."""
        try:
            batch.failed = self._delivered(batch)
            self.results.store(
                {
                    str(message.headers["id"]): delivery_id not in batch.failed
                    for delivery_id, message in batch.messages.items()
                    if "id" in message.headers and not message.headers.get("ignore_result")
                }
            )
        except _EndingError:
            # Left unacknowledged, it returns to the queue when the connection closes.
            batch.messages.clear()
        finally:
            self._finished.append(batch)
            self.call_soon(self._finish_all)

    def _delivered(self, batch: _Batch) -> frozenset[str]:
        """Returns the ids of the messages that failed."""
        traceparents = [message.headers.get("traceparent") for message in batch.messages.values()]
        with batch_span(self.name, traceparents):
            return self._delivered_traced(batch)

    def _delivered_traced(self, batch: _Batch) -> frozenset[str]:
        failed: set[str] = set()
        deliveries: list[Delivery] = []
        for delivery_id, message in batch.messages.items():
            try:
                deliveries.append(Delivery(delivery_id, job_of(message), receive_count(message)))
            except Exception as problem:
                # A message that cannot be read fails only itself.
                logger.error("message %s is not a job: %s", message.headers.get("id"), problem)
                failed.add(delivery_id)
        try:
            return frozenset(failed | self._attempt(deliveries))
        except _EndingError:
            raise
        except Exception:
            logger.exception("a batch of %d failed; now one by one", len(deliveries))
        for delivery in deliveries:
            try:
                failed |= self._attempt([delivery])
            except _EndingError:
                raise
            except Exception:
                logger.exception("delivery %s failed: %s", delivery.delivery_id, delivery.body)
                failed.add(delivery.delivery_id)
        return frozenset(failed)

    def _attempt(self, deliveries: Sequence[Delivery]) -> frozenset[str]:
        """Runs the batch, and again for as long as the store or the broker cannot be reached. If
        both can be reached, it runs once more, because one of them may have been down a moment ago.
        """
        attempts = 0
        was_there = False
        while True:
            try:
                return self.runtime.run(self.deliver(self.runtime.services, deliveries))
            except Exception as problem:
                away = self._what_is_away()
                if away is None:
                    if was_there:
                        raise
                    was_there = True
                    continue
                was_there = False
                if self.is_ending():
                    raise _EndingError from problem
                pause = AWAY_SECONDS[min(attempts, len(AWAY_SECONDS) - 1)]
                logger.warning("%s is away (%s): again in %g s", away, problem, pause)
                attempts += 1
                time.sleep(pause)

    def _what_is_away(self) -> str | None:
        try:
            services = self.runtime.services
            self.runtime.run(services.store.ping())
        except Exception:
            return "the store"
        try:
            self.runtime.run(services.dispatcher.ping())
        except Exception:
            return "the broker"
        return None

    def _finish_all(self) -> None:
        """Called after each batch and for each message, because Celery's loop drops scheduled calls
        when a connection is lost. A slot that is never freed would make the queue's messages wait
        for ever.
        """
        while self._finished:
            self._finish(self._finished.popleft())
        self._gathered()

    def _finish(self, batch: _Batch) -> None:
        self._under_way -= 1
        # The delivery tags of a lost connection now refer to other messages.
        is_answerable = batch.connection == self._connection
        for delivery_id, message in batch.messages.items() if is_answerable else ():
            if delivery_id in batch.failed:
                message.reject_log_error(logger, self.connection_errors)
            else:
                message.ack_log_error(logger, self.connection_errors)


class _EndingError(Exception):
    """The worker shuts down while a batch waits."""


def job_of(message: Any) -> Mapping[str, object]:
    """The task's keyword arguments; a single positional dict is accepted as well. Raises
    ValueError.
    """
    try:
        body = json.loads(message.body)
    except ValueError as problem:
        raise ValueError(f"its body is not JSON: {problem}") from None
    match body:
        case [[], dict() as arguments, *_] | [[dict() as arguments], _, *_]:
            return arguments
    raise ValueError("its arguments must be keyword arguments")


def receive_count(message: Any) -> int:
    """Quorum queues count the deliveries that were returned."""
    return 1 + int(message.headers.get("x-delivery-count") or 0)


def _seconds_until(eta: object) -> float:
    if not isinstance(eta, str):
        return 0.0
    try:
        return datetime.fromisoformat(eta).timestamp() - time.time()
    except ValueError:
        return 0.0
