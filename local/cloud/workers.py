"""The threads that replace Lambda's pollers and EventBridge."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local.cloud.invoke import (
    Handler,
    failed_messages,
    lambda_context,
    load_handler,
    schedule_event,
    sqs_event,
)
from local.cloud.moto_aws import MotoAws
from local.cloud.stack import EventSourceMapping, Schedule

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

log = logging.getLogger(__name__)

RECEIVE_MAX = 10
"""The most messages that SQS returns in one call."""
LOOK_SECONDS = 1.0
"""How often an idle queue is checked for messages that became visible again. New messages wake the
poller at once.
"""
FORGET_EVERY = 5_000
"""After this many deleted messages, moto drops their receipts."""


class Worker:
    """A thread that works until it is stopped, and keeps the error that ended it."""

    def __init__(self, name: str, on_fault: Callable[[], None]) -> None:
        self.name = name
        self.fault: Exception | None = None
        self.stopping = threading.Event()
        self._on_fault = on_fault
        # A daemon, so that a handler that hangs does not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end after its current work; returns at once."""
        self.stopping.set()

    def join(self, timeout_seconds: float) -> bool:
        """Whether it has ended."""
        if self._thread.ident is not None:
            self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def work(self) -> None:
        raise NotImplementedError

    def _run(self) -> None:
        try:
            self.work()
        except Exception as fault:
            # `work` handles the handlers' exceptions, so this one comes from the emulator.
            self.fault = fault
            log.exception("%s stopped", self.name)
            self._on_fault()


class Poller(Worker):
    """Passes batches from one queue to one function, one batch at a time."""

    def __init__(
        self,
        aws: MotoAws,
        mapping: EventSourceMapping,
        window_seconds: float,
        on_fault: Callable[[], None],
    ) -> None:
        super().__init__(f"poller of {mapping.function.logical_id}", on_fault)
        self._aws = aws
        self._mapping = mapping
        self._window_seconds = window_seconds
        self._sqs = aws.session.client("sqs")
        self._sent = threading.Event()
        self._deleted = 0

    def stop(self) -> None:
        super().stop()
        self._sent.set()

    def wake(self) -> None:
        self._sent.set()

    def work(self) -> None:
        handler = load_handler(self._mapping.function)
        while not self.stopping.is_set():
            self._sent.clear()
            batch = self._gather()
            if batch:
                self._deliver(handler, batch)
            else:
                self._sent.wait(LOOK_SECONDS)

    def _gather(self) -> "list[MessageTypeDef]":
        """Gathers up to a full batch; after the first message, waits one window for more."""
        batch: list[MessageTypeDef] = []
        deadline = None
        while len(batch) < self._mapping.batch_size and not self.stopping.is_set():
            wanted = min(RECEIVE_MAX, self._mapping.batch_size - len(batch))
            received = self._sqs.receive_message(
                QueueUrl=self._mapping.queue_url,
                MaxNumberOfMessages=wanted,
                MessageSystemAttributeNames=["All"],
            ).get("Messages", [])
            batch += received
            if len(received) == wanted:
                continue
            if not batch:
                break
            if deadline is None:
                deadline = time.monotonic() + self._window_seconds
            remaining_seconds = deadline - time.monotonic()
            if remaining_seconds <= 0:
                break
            self._sent.clear()
            self._sent.wait(remaining_seconds)
        return batch

    def _deliver(self, handler: Handler, batch: "list[MessageTypeDef]") -> None:
        mapping = self._mapping
        event = sqs_event(mapping, batch, self._aws.region)
        try:
            answer = handler(event, lambda_context(mapping.function))
        except Exception:
            # As in the cloud: logged, and the whole batch returns after its visibility timeout.
            log.exception("%s failed a batch of %d", mapping.function.logical_id, len(batch))
            return
        ids = frozenset(message["MessageId"] for message in batch)
        failed = failed_messages(answer, ids, mapping.reports_item_failures)
        self._delete([message for message in batch if message["MessageId"] not in failed])

    def _delete(self, messages: "list[MessageTypeDef]") -> None:
        for start in range(0, len(messages), RECEIVE_MAX):
            some = messages[start : start + RECEIVE_MAX]
            self._sqs.delete_message_batch(
                QueueUrl=self._mapping.queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(some)
                ],
            )
        self._deleted += len(messages)
        if self._deleted >= FORGET_EVERY:
            self._aws.forget_deleted(self._mapping.queue_url)
            self._deleted = 0


class Ticker(Worker):
    """Calls one scheduled function every `every_seconds`, whatever the template's rate says."""

    def __init__(
        self,
        aws: MotoAws,
        schedule: Schedule,
        every_seconds: float,
        on_fault: Callable[[], None],
    ) -> None:
        super().__init__(f"ticker of {schedule.function.logical_id}", on_fault)
        self._aws = aws
        self._schedule = schedule
        self._every_seconds = every_seconds
        self.ticked_at: datetime | None = None
        """When its function last succeeded."""

    def work(self) -> None:
        handler = load_handler(self._schedule.function)
        next_tick = time.monotonic()
        while not self.stopping.is_set():
            try:
                handler(
                    schedule_event(self._schedule, self._aws.region),
                    lambda_context(self._schedule.function),
                )
                self.ticked_at = datetime.fromtimestamp(time.time(), UTC)
            except Exception:
                # As in the cloud: logged, and the next tick tries again.
                log.exception("%s failed", self._schedule.function.logical_id)
            # Ticks that fall into a tick that takes too long are skipped.
            next_tick = max(next_tick + self._every_seconds, time.monotonic())
            self.stopping.wait(next_tick - time.monotonic())
