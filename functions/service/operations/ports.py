"""Ports to the dead letters and the queues of a broker.

Invariant: requeueing never loses a letter: it is in its queue before it is removed here.
This module must not know adapters.
"""

from typing import Protocol

from functions.service.operations.records import (
    Cleared,
    DeadLetterPage,
    OpenedDeadLetter,
    Place,
    QueueDepth,
)


class BrokerAwayError(Exception):
    """The broker does not answer, or another operator holds its dead letters. The text may contain
    addresses, so it is for logs only."""


class DeadLetters(Protocol):
    """Messages that the broker gave up on. Adapters: RabbitMQ, SQS. All methods raise
    BrokerAwayError.

    A call holds the letters for a moment, during which nobody else can requeue or drop them. Calls
    are bounded in time and number, and count the letters that they did not reach.
    """

    async def page(self, *, after: Place | None, limit: int) -> DeadLetterPage:
        """Oldest first by (at, letter_id), strictly after `after`."""

    async def find(self, dead_letter_id: str) -> OpenedDeadLetter | None: ...

    async def requeue(self, dead_letter_ids: frozenset[str] | None) -> Cleared:
        """Put letters back into the queues they came from. Their deliveries are counted from 0.

        `dead_letter_ids`: None means all that are there now, at most `CLEARED_MAX`. A crash may
        leave a letter both here and in its queue, but never in neither.
        """

    async def drop(self, dead_letter_ids: frozenset[str] | None) -> Cleared:
        """Delete letters. `dead_letter_ids`: as in `requeue`."""

    async def close(self) -> None: ...


class QueueDepths(Protocol):
    """The numbers of messages in a broker's queues, read without touching them. Adapter: SQS."""

    async def read(self) -> list[QueueDepth]:
        """The depth of every queue, including those of dead letters. Raises BrokerAwayError."""

    async def close(self) -> None: ...
