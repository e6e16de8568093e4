"""The store: the ports of all areas, and one clock.

Invariant: use cases reach every collection through it, so that a process has one connection to
one store. This module must not know adapters.
"""

from datetime import datetime
from typing import Protocol

from functions.service.access.ports import AccessStore
from functions.service.audience.ports import AudienceStore
from functions.service.campaigns.ports import CampaignsStore
from functions.service.execution.ports import ExecutionStore
from functions.service.jobs.ports import JobsStore
from functions.service.reports.ports import ReportsStore
from functions.service.sending.ports import SendingStore
from functions.service.tracking.ports import TrackingStore


class Store(
    AccessStore,
    JobsStore,
    AudienceStore,
    CampaignsStore,
    ExecutionStore,
    SendingStore,
    TrackingStore,
    ReportsStore,
    Protocol,
):
    """The parts of all areas. Its adapters are SQLite (for one machine) and MongoDB. Its clock is
    the only one that use cases read."""

    @property
    def known_version(self) -> int:
        """The version of a store that this program writes, to which `migrate` brings it."""

    async def now(self) -> datetime:
        """The store's clock: UTC, whole milliseconds. Usually without a round trip: an adapter may
        remember the difference to its server's clock and refresh it occasionally."""

    async def ping(self) -> None:
        """Raises if the store cannot be read and written now."""

    async def migrate(self) -> list[str]:
        """Create tables and indexes. Idempotent. Returns one sentence for each thing done."""

    async def unmigrated(self) -> list[str]:
        """What `migrate` would do, as it would say it. Changes nothing. Several round trips."""

    async def close(self) -> None: ...
