"""The store: the ports of all areas, and one clock.

Invariant: use cases reach every collection through this one, so that a process has one connection
to one store. This module must not know adapters.
"""

from datetime import datetime
from typing import Protocol

from functions.service.audience.ports import AudienceStore
from functions.service.campaigns.ports import CampaignsStore
from functions.service.execution.ports import ExecutionStore
from functions.service.jobs.ports import JobsStore
from functions.service.reports.ports import ReportsStore
from functions.service.sending.ports import SendingStore
from functions.service.tracking.ports import TrackingStore


class Store(
    JobsStore,
    AudienceStore,
    CampaignsStore,
    ExecutionStore,
    SendingStore,
    TrackingStore,
    ReportsStore,
    Protocol,
):
    """The parts of all areas. Adapters: SQLite (one machine), MongoDB. One clock: the store's."""

    async def now(self) -> datetime:
        """The store's clock, UTC, whole milliseconds. No round trip as a rule: an adapter may
        keep the difference to its server's clock and refresh it now and then."""

    async def ping(self) -> None:
        """Raises when the store cannot be read and written now."""

    async def migrate(self) -> list[str]:
        """Make tables and indexes, idempotent; what was done, in words."""

    async def unmigrated(self) -> list[str]:
        """What `migrate` would do, in words (several round trips); nothing is changed."""

    async def close(self) -> None: ...
