"""Who looks on: what the use cases tell whoever measures them, and nothing else.

Invariant: it is told facts that are at hand anyway, once for a batch and never for a lead, so
that looking on costs no round trip and next to no time; nothing is decided by it, and it never
raises. This module must not know what becomes of the figures.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

SEND_QUEUE = "send_email"
RESUME_QUEUE = "resume_lead"
SWEEP = "sweep"

DONE = "done"
"""A job that did its work, or was of no use any more."""
FAILED = "failed"
"""A job that failed by itself: delivered again, in the end a dead letter."""
AGAIN = "again"
"""A job of a batch that an error of the store or broker ended: delivered again."""


class Observer(Protocol):
    def batch(self, queue: str, jobs: Mapping[str, int], seconds: float) -> None:
        """A batch ended: its jobs by outcome (`DONE`, `FAILED`, `AGAIN`). A sweep is a batch
        of one job."""

    def messages(self, outcomes: Mapping[str, int]) -> None:
        """What became of messages: sent, rejected, deferred, unknown, suppressed,
        unrenderable."""

    def resumed(self, lateness_seconds: Sequence[float]) -> None:
        """Pauses that ended at or after their due time, and how long after."""

    def window(self, in_flight: int, most: int) -> None:
        """Leads in flight over all workers, counted up to `most`, the window."""

    def overdue(self, seconds: float) -> None:
        """How late the most overdue lead of a running campaign is; 0 where none is."""


class _Nobody:
    def batch(self, queue: str, jobs: Mapping[str, int], seconds: float) -> None: ...

    def messages(self, outcomes: Mapping[str, int]) -> None: ...

    def resumed(self, lateness_seconds: Sequence[float]) -> None: ...

    def window(self, in_flight: int, most: int) -> None: ...

    def overdue(self, seconds: float) -> None: ...


NO_OBSERVER: Observer = _Nobody()
