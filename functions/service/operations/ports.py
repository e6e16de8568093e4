"""What is asked of brokers about dead letters and queues.

Invariant: every write is a single-document compare-and-set or an idempotent insert, in
batches; each document of a batch stands or falls alone, and a crash between two documents is
always possible. Each method is one round trip unless it says otherwise.
This module must not know adapters.
"""

from typing import Protocol

from functions.service.operations.records import (
    Cleared,
    LetterPage,
    OpenedLetter,
    Place,
    QueueDepth,
)


class BrokerAwayError(Exception):
    """The broker does not answer, or another operator holds its dead letters. For logs only: the
    text may contain addresses."""


class DeadLetters(Protocol):
    """What the broker gave up on. Adapters: RabbitMQ, SQS. All raise BrokerAwayError.

    Whoever looks has hold of the letters for a moment; nobody else can requeue or drop them
    meanwhile. Bounded in time and number: what a call did not reach, it counts.
    """

    async def page(self, *, after: Place | None, limit: int) -> LetterPage:
        """Oldest first by (at, letter_id), strictly after the cursor."""

    async def find(self, letter_id: str) -> OpenedLetter | None: ...

    async def requeue(self, letter_ids: frozenset[str] | None) -> Cleared:
        """Put letters back into the queues they came from, their deliveries counted anew.

        None: all that are there now, at most `CLEARED_MAX`. Each is in its queue before it is
        taken away here: a crash in between leaves two, never none.
        """

    async def drop(self, letter_ids: frozenset[str] | None) -> Cleared:
        """Throw letters away; None as in `requeue`."""

    async def close(self) -> None: ...


class QueueDepths(Protocol):
    """What waits in a broker's queues, without touching it. Adapter: SQS."""

    async def read(self) -> list[QueueDepth]:
        """Of every queue, those of dead letters included. Raises BrokerAwayError."""

    async def close(self) -> None: ...
