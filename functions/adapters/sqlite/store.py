"""The embedded store: all ports on one SQLite file (WAL, synchronous=FULL)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self

from functions.adapters.collections.access import AccessCollections
from functions.adapters.collections.audience import AudienceCollections
from functions.adapters.collections.campaigns import CampaignsCollections
from functions.adapters.collections.jobs import JobsCollections
from functions.adapters.collections.reports import ReportsCollections
from functions.adapters.collections.sending import SendingCollections
from functions.adapters.sqlite.access import SqliteThrottleBuckets
from functions.adapters.sqlite.campaigns import SqliteCampaigns
from functions.adapters.sqlite.columns import from_ms, to_ms
from functions.adapters.sqlite.database import Database, Hook, Writing
from functions.adapters.sqlite.execution_journal import SqliteJournal
from functions.adapters.sqlite.execution_leads import SqliteLeads
from functions.adapters.sqlite.jobs import SqliteJobs, SqliteUploads
from functions.adapters.sqlite.schema import MIGRATIONS, check, migrate, unmigrated
from functions.adapters.sqlite.sending import SqliteMessages
from functions.adapters.sqlite.table import SqliteTables
from functions.adapters.sqlite.tracking import SqliteTrackingEvents
from functions.service.access.ports import ThrottleBuckets
from functions.service.campaigns.ports import Campaigns
from functions.service.execution.ports import Journal, Leads
from functions.service.jobs.ports import Jobs, Uploads
from functions.service.sending.ports import Messages
from functions.service.tracking.ports import TrackingEventStore


def _machine_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 (this is where the store's clock comes from)


class SqliteStore(
    AccessCollections,
    AudienceCollections,
    CampaignsCollections,
    JobsCollections,
    ReportsCollections,
    SendingCollections,
):
    """Several stores, in one process or in several, may be open on the same file."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        tables = SqliteTables(database)
        super().__init__(tables)
        database.guard = check
        self._database = database
        self._clock = clock
        self._collections = tables.collections
        self.throttle_buckets: ThrottleBuckets = SqliteThrottleBuckets(database, tables)
        self.campaigns: Campaigns = SqliteCampaigns(database, tables)
        self.uploads: Uploads = SqliteUploads(database, tables)
        self.leads: Leads = SqliteLeads(database)
        self.messages: Messages = SqliteMessages(database)
        self.tracking_events: TrackingEventStore = SqliteTrackingEvents(database)
        self.journal: Journal = SqliteJournal(database)
        self.jobs: Jobs = SqliteJobs(database, tables)

    @classmethod
    async def open(
        cls,
        path: str,
        *,
        per_document: bool = False,
        on_write: Hook | None = None,
        clock: Callable[[], datetime] | None = None,
        inline: bool = False,
    ) -> Self:
        """`path`: a file, which is created with its folder if it does not exist, or `:memory:`.
        `migrate` creates the tables.

        For simulations: `per_document` commits each document of a batch separately. `on_write` is
        called with `before:<port>.<method>` and `after:<port>.<method>` around each commit and may
        raise. `inline` runs in the thread of the event loop, so that a run repeats exactly.
        """
        database = Database(path, per_document=per_document, on_write=on_write, inline=inline)
        return cls(database, clock or _machine_clock)

    def trace(self, round_trips: Hook) -> None:
        """From now on, call `round_trips` with `<port>.<method>` for each transaction or read."""
        self._database.round_trips = round_trips

    @property
    def known_version(self) -> int:
        return len(MIGRATIONS)

    async def now(self) -> datetime:
        return from_ms(to_ms(self._clock()))

    async def ping(self) -> None:
        """Read, and write to the disk."""
        at_ms = to_ms(self._clock())

        def work(writing: Writing) -> None:
            sql = "INSERT OR REPLACE INTO pulse (id, at) VALUES (1, ?)"
            writing.write(sql, (at_ms,))

        await self._database.read("store.ping", lambda reading: reading.row("SELECT 1"))
        await self._database.write("store.ping", work)

    async def migrate(self) -> list[str]:
        done = await self._database.transact(
            "store.migrate", lambda writing: migrate(writing, self._collections)
        )
        self._database.guard = None
        return done

    async def unmigrated(self) -> list[str]:
        return await self._database.look(
            "store.unmigrated", lambda reading: unmigrated(reading, self._collections)
        )

    async def close(self) -> None:
        await self._database.close()
