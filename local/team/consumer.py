"""Celery's consumer, changed to declare our queues first, to reconnect soon and to drop no message
silently.

Celery acknowledges a message it cannot decode, which loses it; here it is rejected, which sends it
to the dead letters. Celery's delayed delivery through 28 queues is left out: the worker holds a few
delayed jobs, and the sweep handles all others.
"""

import logging
from functools import partial
from typing import Any

from celery import bootsteps
from celery.worker.consumer import Consumer as CeleryConsumer
from celery.worker.consumer.connection import Connection

from local.team.batches import BatchQueue
from local.team.queues import declare

RECONNECT_SECONDS = 1.0
"""The pause between two attempts. Celery's own pause grows by 2 s after each, up to 30 s, which is
longer than leads may wait once the broker is back.
"""

logger = logging.getLogger(__name__)


class Declare(bootsteps.StartStopStep):  # type: ignore[misc]
    """Runs at every connection, because a wiped broker lacks the queue of dead letters, too."""

    requires = (Connection,)

    def start(self, parent: Any) -> None:
        with parent.connection.channel() as channel:
            declare(channel)


class Consumer(CeleryConsumer):  # type: ignore[misc]
    class Blueprint(CeleryConsumer.Blueprint):  # type: ignore[misc]
        default_steps = (
            "celery.worker.consumer.connection:Connection",
            Declare,
            "celery.worker.consumer.mingle:Mingle",
            "celery.worker.consumer.events:Events",
            "celery.worker.consumer.gossip:Gossip",
            "celery.worker.consumer.heart:Heart",
            "celery.worker.consumer.control:Control",
            "celery.worker.consumer.tasks:Tasks",
            "celery.worker.consumer.consumer:Evloop",
            "celery.worker.consumer.agent:Agent",
        )

    def __init__(self, *given: Any, **named: Any) -> None:
        self.batches: dict[str, BatchQueue] = {}
        super().__init__(*given, **named)

    def ensure_connected(self, conn: Any) -> Any:
        conn.ensure_connection = partial(
            conn.ensure_connection, interval_start=RECONNECT_SECONDS, interval_step=0
        )
        return super().ensure_connected(conn)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        for batches in self.batches.values():
            batches.forget()
        super().on_connection_error_after_connected(exc)

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        logger.error("a message of %r cannot be read: %s", message.content_type, exc)
        message.reject_log_error(logger, self.connection_errors)
