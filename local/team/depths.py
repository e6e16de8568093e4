"""What waits in the broker's queues, without touching them: declared passively, over one
connection of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amqp.exceptions import NotFound
from kombu.connection import Connection


@dataclass(frozen=True, slots=True)
class Depth:
    """`jobs`: waiting for a consumer, None where there is no such queue."""

    name: str
    jobs: int | None
    consumers: int = 0


def read_depths(broker_url: str, names: Sequence[str], *, seconds_max: float) -> list[Depth]:
    """Blocks; `seconds_max` is for each answer of the broker. Raises OSError, amqp's errors."""
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


def _read(connection: Any, name: str) -> Depth:
    # A queue that does not exist closes its channel: each has one of its own.
    with connection.channel() as channel:
        try:
            declared = channel.queue_declare(queue=name, passive=True)
        except NotFound:
            return Depth(name, None)
        return Depth(name, declared.message_count, declared.consumer_count)
