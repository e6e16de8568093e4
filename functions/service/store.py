"""The store: the ports of all areas, and one clock.

Invariant: use cases reach every collection through this one, so that a process has one connection
to one store. This module must not know adapters.
"""

from datetime import datetime
from typing import Protocol

from functions.service.audience.ports import Contacts, Suppressions
from functions.service.campaigns.ports import Campaigns
from functions.service.execution.ports import Journal, Leads
from functions.service.jobs.ports import Answers, Jobs, Uploads
from functions.service.reports.ports import CountsStore
from functions.service.sending.ports import Accounts, Messages
from functions.service.tracking.ports import Hits


class Store(Protocol):
    """Adapters: SQLite (one machine) and MongoDB. One clock: the store's."""

    campaigns: Campaigns
    contacts: Contacts
    uploads: Uploads
    leads: Leads
    messages: Messages
    hits: Hits
    journal: Journal
    counts: CountsStore
    suppressions: Suppressions
    jobs: Jobs
    answers: Answers
    accounts: Accounts

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
