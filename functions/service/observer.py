"""The observer: what use cases report to whoever measures them.

Invariant: use cases report only facts that they already hold, once per batch and never per lead,
so that observing costs no round trip and almost no time. An observer decides nothing and never
raises. This module must not know what the figures are used for.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

SEND_QUEUE = "send_email"
RESUME_QUEUE = "resume_lead"
SWEEP = "sweep"

DONE = "done"
"""The job did its work, or was no longer needed."""
FAILED = "failed"
"""The job itself failed. It is delivered again, and in the end becomes a dead letter."""
AGAIN = "again"
"""The batch was ended by an error of the store or the broker. Its jobs are delivered again."""


class Observer(Protocol):
    def batch(self, queue: str, jobs: Mapping[str, int], seconds: float) -> None:
        """A batch has ended. `jobs`: how many by outcome (`DONE`, `FAILED`, `AGAIN`). A sweep
        counts as a batch of one job."""

    def messages(self, outcomes: Mapping[str, int]) -> None:
        """How many messages ended as sent, rejected, deferred, unknown, suppressed or
        unrenderable."""

    def resumed(self, lateness_seconds: Sequence[float]) -> None:
        """For each pause that ended, how long after its due time it did."""

    def window(self, in_flight: int, most: int) -> None:
        """`in_flight`: leads in flight over all workers, counted up to `most`, the window."""

    def overdue(self, seconds: float) -> None:
        """How late the most overdue lead of a running campaign is; 0 if none is late."""

    def paused(self) -> None:
        """A campaign was paused because too much of its mail came back."""


class _Nobody:
    def batch(self, queue: str, jobs: Mapping[str, int], seconds: float) -> None: ...

    def messages(self, outcomes: Mapping[str, int]) -> None: ...

    def resumed(self, lateness_seconds: Sequence[float]) -> None: ...

    def window(self, in_flight: int, most: int) -> None: ...

    def overdue(self, seconds: float) -> None: ...

    def paused(self) -> None: ...


NO_OBSERVER: Observer = _Nobody()
