"""Publishes jobs as Celery messages on RabbitMQ.

It has one connection in its own thread, because publishing blocks and the event loop must not.
Publishing is not confirmed: if the broker loses a job, the lead's lease expires and the job is
dispatched again. Celery's own publisher is not used because it takes 0.3 ms per message
(docs/decisions/0009-celery-batches.md).
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from kombu import Connection

from functions.service.jobs.records import Job
from local.team.queues import EXCHANGE, declare, message_of
from local.team.traces import current_traceparent

CONNECT_SECONDS_MAX = 5.0
HEARTBEAT_SECONDS = 30
PERSISTENT = 2


class CeleryDispatcher:
    """Implements the `Dispatcher` port. Bound to no event loop; `new_id` names the tasks."""

    def __init__(self, broker_url: str, new_id: Callable[[], str]) -> None:
        self._broker_url = broker_url
        self._new_id = new_id
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="publisher")
        self._connection: Any = None
        self._channel: Any = None

    async def dispatch(self, jobs: Sequence[Job]) -> None:
        """Raises OSError, or amqp's errors, when the broker cannot be reached."""
        await asyncio.get_running_loop().run_in_executor(
            self._thread, self._publish_all, jobs, current_traceparent()
        )

    async def ping(self) -> None:
        """Raises when the broker cannot take jobs now."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._ping)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=False)

    def _publish_all(self, jobs: Sequence[Job], traceparent: str | None) -> None:
        now = datetime.fromtimestamp(time.time(), UTC)
        messages = [message_of(job, self._new_id(), now, traceparent) for job in jobs]

        def publish(channel: Any) -> None:
            for message in messages:
                channel.basic_publish(
                    channel.prepare_message(
                        message.body,
                        content_type="application/json",
                        content_encoding="utf-8",
                        headers=message.headers,
                        properties={
                            "correlation_id": message.headers["id"],
                            "delivery_mode": PERSISTENT,
                        },
                    ),
                    exchange=EXCHANGE,
                    routing_key=message.queue,
                )

        self._with_channel(publish)

    def _ping(self) -> None:
        self._with_channel(lambda channel: channel.basic_qos(0, 0, a_global=False))

    def _with_channel(self, use: Callable[[Any], None]) -> None:
        """Tries twice, because a connection that went stale while idle fails only when it is used.
        Publishing a message twice does no harm.
        """
        was_connected = self._channel is not None
        try:
            use(self._open_channel())
        except Exception:
            self._disconnect()
            if not was_connected:
                raise
            try:
                use(self._open_channel())
            except Exception:
                self._disconnect()
                raise

    def _open_channel(self) -> Any:
        if self._channel is None:
            self._connection = Connection(
                self._broker_url, connect_timeout=CONNECT_SECONDS_MAX, heartbeat=0
            )
            self._connection.connect()
            self._channel = self._connection.channel()
            declare(self._channel)
        return self._channel

    def _disconnect(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            with suppress(Exception):
                connection.release()
