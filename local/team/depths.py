"""Counts what waits in the broker's queues without changing them: it declares them passively, over
its own connection.
"""

from collections.abc import Sequence
from typing import Any

from amqp.exceptions import NotFound
from kombu.connection import Connection

from functions.service.operations.records import QueueDepth
from local.team.queues import DEAD_LETTERS


def read_depths(broker_url: str, names: Sequence[str], *, seconds_max: float) -> list[QueueDepth]:
    """Blocks; `seconds_max` limits each answer of the broker. Raises OSError and amqp's errors."""
    make: Any = Connection  # kombu has no types
    connection = make(
        broker_url,
        connect_timeout=seconds_max,
        heartbeat=0,
        transport_options={"read_timeout": seconds_max, "write_timeout": seconds_max},
    )
    with connection:
        connection.connect()
        return [_read(connection, name) for name in names]


def _read(connection: Any, name: str) -> QueueDepth:
    """`waiting`: None if there is no such queue."""
    holds_dead_letters = name == DEAD_LETTERS
    # Asking for a queue that does not exist closes the channel, so each has its own.
    with connection.channel() as channel:
        try:
            declared = channel.queue_declare(queue=name, passive=True)
        except NotFound:
            return QueueDepth(name=name, waiting=None, holds_dead_letters=holds_dead_letters)
        return QueueDepth(
            name=name,
            waiting=declared.message_count,
            consumers=declared.consumer_count,
            holds_dead_letters=holds_dead_letters,
        )
