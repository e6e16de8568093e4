"""The Celery application: its tasks and their resources.

Jobs arrive as tasks whose messages are run in batches; the sweep is a plain task that the scheduler
requests every second. Invariant: one event loop, one store client, one pool of mail connections per
process.
"""

import logging
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

import uvloop
from celery import Celery, Task, bootsteps
from celery.bootsteps import RUN
from redis import Redis

from functions.runtime import Composition, Runtime
from functions.service.observer import Observer
from functions.service.schedule.consume import Delivery, deliver_resumes, deliver_sends
from functions.service.schedule.sweep import sweep
from functions.service.services import Services
from functions.settings_error import SettingsError
from local.team.batches import BatchQueue, Deliver
from local.team.metrics import PrometheusObserver
from local.team.queues import RESUMES, SENDS, SWEEPS, WORK_QUEUES
from local.team.results import EXPIRE_SECONDS, RedisResults
from local.team.settings import TeamSettings
from local.team.watch import Watch

PREFETCH_PER_THREAD = 200
"""Multiplied by 4 threads: two batches in progress and two ready, per queue."""

logger = logging.getLogger(__name__)

Compose = Callable[[Observer], Awaitable[Services]]
"""Creates the services of one event loop, which report to the observer."""


class Work:
    """The resources of this process, created at first use and again after a fork."""

    def __init__(self, settings: TeamSettings, compose: Compose) -> None:
        self._settings = settings
        self._compose = compose
        self._observer = PrometheusObserver()
        self.watch = Watch(settings, self._observer, lambda: self.runtime)
        self._lock = threading.Lock()
        self._made_by: int | None = None
        self.sweeping = threading.Lock()

    @property
    def runtime(self) -> Runtime:
        self._make()
        return self._runtime

    @property
    def results(self) -> RedisResults:
        self._make()
        return self._results

    def _make(self) -> None:
        with self._lock:
            if self._made_by == os.getpid():
                return
            self._made_by = os.getpid()
            composition = Composition(lambda: self._compose(self._observer))
            # With it, a mail costs a worker a twentieth less processor time than with asyncio's own
            # loop.
            self._runtime = Runtime(composition, uvloop.new_event_loop)
            self._results = RedisResults(
                Redis.from_url(
                    self._settings.redis_url.get_secret_value(),
                    socket_timeout=2,
                    socket_connect_timeout=2,
                )
            )


def make_app(settings: TeamSettings, compose: Compose) -> Celery:
    app = Celery("emailbuilder", set_as_current=False)
    app.conf.update(
        broker_url=settings.broker_url.get_secret_value(),
        result_backend=settings.redis_url.get_secret_value(),
        result_expires=EXPIRE_SECONDS,
        task_queues=WORK_QUEUES,
        task_default_queue=RESUMES,
        task_routes={
            "send_email_task": {"queue": SENDS},
            "sweep_task": {"queue": SWEEPS},
        },
        accept_content=["json"],
        task_acks_late=True,
        worker_consumer="local.team.consumer:Consumer",
        worker_prefetch_multiplier=PREFETCH_PER_THREAD,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_prefetch_count_reduction=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_heartbeat=30,
        # RabbitMQ 4 warns of queues that are neither durable nor exclusive. An exclusive one would
        # lock out a worker that comes back before the broker notices the loss of its old
        # connection.
        control_queue_durable=True,
        control_queue_exclusive=False,
    )
    work = Work(settings, compose)
    _batched(app, work, "send_email_task", SENDS, deliver_sends)
    for name in ("resume_lead_task", "resume_condition_task", "run_job_task"):
        _batched(app, work, name, RESUMES, deliver_resumes)

    @app.task(name="sweep_task", ignore_result=True)  # type: ignore[untyped-decorator]
    def sweep_task() -> None:
        # One sweep at a time per process, because a slow one must not occupy all threads.
        if work.sweeping.acquire(blocking=False):
            try:
                work.runtime.run(_sweep(work, work.runtime.services))
            finally:
                work.sweeping.release()

    app.steps["worker"].add(_watching(work.watch))
    return app


async def _sweep(work: Work, services: Services) -> None:
    report = asdict(await sweep(services))
    del report["oldest_overdue_seconds"]
    done = {name: count for name, count in report.items() if count}
    logger.log(logging.INFO if done else logging.DEBUG, "swept", extra=done)
    await work.watch.swept(await services.store.now())


def _watching(watch: Watch) -> type[bootsteps.StartStopStep]:
    class Watching(bootsteps.StartStopStep):  # type: ignore[misc]
        """Starts before the worker takes its first job and ends with the worker."""

        requires = ("celery.worker.components:Pool",)

        def start(self, parent: Any) -> None:
            try:
                watch.start(parent.hostname)
            except SettingsError as fault:
                sys.exit(str(fault))

        def stop(self, parent: Any) -> None:
            watch.stop()

        terminate = stop

    return Watching


def _batched(app: Celery, work: Work, name: str, queue: str, deliver: Deliver) -> None:
    """Register a task whose messages go through the batches of `queue`."""

    def strategy(
        batched: Task, app: Celery, consumer: Any, **options: object
    ) -> Callable[..., None]:
        batches = _batches_of(consumer, work, queue, deliver)

        def on_message(message: Any, *_: object) -> None:
            batches.add(message)

        return on_message

    class BatchedTask(Task):  # type: ignore[misc]
        Strategy = staticmethod(strategy)

    @app.task(name=name, base=BatchedTask)  # type: ignore[untyped-decorator]
    def one_alone(**arguments: object) -> None:
        """Called without a broker: a batch of one."""
        one = Delivery(name, arguments)
        if work.runtime.run(deliver(work.runtime.services, [one])):
            raise ValueError(f"{name}: not a valid job: {arguments}")


def _batches_of(consumer: Any, work: Work, queue: str, deliver: Deliver) -> BatchQueue:
    """The batches of a queue, kept as long as the consumer."""
    batches: dict[str, BatchQueue] = consumer.batches
    if queue not in batches:
        batches[queue] = BatchQueue(
            name=queue,
            deliver=deliver,
            runtime=work.runtime,
            results=work.results,
            submit=lambda run: consumer.pool.apply_async(run, callback=_nothing),
            call_soon=consumer.hub.call_soon,
            call_after=lambda seconds, call: consumer.timer.call_after(seconds, call),
            is_ending=lambda: consumer.controller.blueprint.state != RUN,
            connection_errors=consumer.connection_errors,
        )
    return batches[queue]


def _nothing(_: object) -> None:
    """Pools require a callback."""
