"""The MongoDB store: all ports on one database of a replica set or a single server."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from pymongo import AsyncMongoClient, ReplaceOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConfigurationError
from pymongo.write_concern import WriteConcern

from functions.adapters.collections.access import AccessCollections
from functions.adapters.collections.audience import AudienceCollections
from functions.adapters.collections.campaigns import CampaignsCollections
from functions.adapters.collections.jobs import JobsCollections
from functions.adapters.collections.reports import ReportsCollections
from functions.adapters.collections.sending import SendingCollections
from functions.adapters.mongo.access import MongoThrottleBuckets
from functions.adapters.mongo.campaigns import MongoCampaigns
from functions.adapters.mongo.clock import ServerClock, whole_ms
from functions.adapters.mongo.execution_journal import MongoJournal
from functions.adapters.mongo.execution_leads import MongoLeads
from functions.adapters.mongo.indexes import INDEXES
from functions.adapters.mongo.jobs import MongoJobs, MongoUploads
from functions.adapters.mongo.migrations import STEPS, check, migrate, unmigrated
from functions.adapters.mongo.sending import MongoMessages
from functions.adapters.mongo.session import Document, Hook, MongoSession, RoundTrips
from functions.adapters.mongo.table import MongoTables
from functions.adapters.mongo.tracking import MongoTrackingEvents
from functions.service.access.ports import ThrottleBuckets
from functions.service.campaigns.ports import Campaigns
from functions.service.execution.ports import Journal, Leads
from functions.service.jobs.ports import Jobs, Uploads
from functions.service.sending.ports import Messages
from functions.service.tracking.ports import TrackingEventStore

DATABASE_DEFAULT = "emailbuilder"


class MongoStore(
    AccessCollections,
    AudienceCollections,
    CampaignsCollections,
    JobsCollections,
    ReportsCollections,
    SendingCollections,
):
    """Bound to the event loop on which it was opened, and to the process (open it after a fork)."""

    def __init__(self, session: MongoSession, clock: Callable[[], datetime] | None) -> None:
        tables = MongoTables(session)
        super().__init__(tables)
        session.guard = partial(check, session)
        self._session = session
        self._simulated_clock = clock
        self._clock = ServerClock(self._server_time)
        self.throttle_buckets: ThrottleBuckets = MongoThrottleBuckets(session, tables)
        self.campaigns: Campaigns = MongoCampaigns(session, tables)
        self.uploads: Uploads = MongoUploads(session, tables)
        self.leads: Leads = MongoLeads(session)
        self.messages: Messages = MongoMessages(session)
        self.tracking_events: TrackingEventStore = MongoTrackingEvents(session)
        self.journal: Journal = MongoJournal(session)
        self.jobs: Jobs = MongoJobs(session, tables)
        self.indexes = (*INDEXES, *tables.indexes)

    @classmethod
    async def open(
        cls,
        uri: str,
        database: str | None = None,
        *,
        per_document: bool = False,
        on_write: Hook | None = None,
        clock: Callable[[], datetime] | None = None,
        round_trips: Hook | None = None,
        defaults: Mapping[str, int] | None = None,
    ) -> Self:
        """`database`: None means the one in the URI, or `emailbuilder` if it names none.
        `defaults`: options of the driver that the URI may set otherwise. Nothing is sent to the
        server yet. `migrate` creates the indexes.

        `round_trips` is called with `<port>.<method>` for each command that goes to the server.
        For simulations: `per_document` sends each document of a batch separately. `on_write` is
        called with `before:<port>.<method>` and `after:<port>.<method>` around each write and may
        raise. `clock` replaces that of the server.
        """
        client: AsyncMongoClient[Document] = AsyncMongoClient(
            uri,
            tz_aware=True,
            tzinfo=UTC,
            appname="emailbuilder",
            event_listeners=[] if round_trips is None else [RoundTrips(round_trips)],
            **_unless_set(uri, defaults or {}),
        )
        handle = _durable(client, database)
        return cls(MongoSession(handle, per_document=per_document, on_write=on_write), clock)

    @property
    def database(self) -> AsyncDatabase[Document]:
        """For tests and benchmarks that bypass the ports."""
        return self._session.database

    @property
    def known_version(self) -> int:
        return len(STEPS)

    async def now(self) -> datetime:
        if self._simulated_clock is not None:
            return whole_ms(self._simulated_clock())
        return await self._clock.now()

    async def _server_time(self) -> datetime:
        answer = await self._session.command("store.now", "hello")
        server_time: datetime = answer["localTime"]
        return server_time.replace(tzinfo=UTC)

    async def ping(self) -> None:
        """Write, with the same durability as any other write, and read."""
        at = await self.now()
        await self._session.write(
            "store.ping", "pulse", [ReplaceOne({"_id": "ping"}, {"at": at}, upsert=True)]
        )
        await self._session.find_ids("store.ping", "pulse", ["ping"])

    async def migrate(self) -> list[str]:
        done = await migrate(self._session, self.indexes)
        self._session.guard = None
        return done

    async def unmigrated(self) -> list[str]:
        return await unmigrated(self._session, self.indexes)

    async def close(self) -> None:
        await self._session.database.client.close()


def _unless_set(uri: str, defaults: Mapping[str, int]) -> dict[str, Any]:
    """Arguments of the driver take precedence over its URI."""
    written = {name.lower() for name, _ in parse_qsl(urlsplit(uri).query)}
    return {name: value for name, value in defaults.items() if name.lower() not in written}


def _durable(client: AsyncMongoClient[Document], database: str | None) -> AsyncDatabase[Document]:
    """A database on which acknowledged writes survive the loss of one server and of its power,
    unless the URI says otherwise (`w`, `journal`)."""
    asked = client.write_concern.document
    if asked.get("w") == 0:
        raise ConfigurationError("w=0 in the URI of the store: writes would not be acknowledged")
    concern = WriteConcern(**{"w": "majority", "j": True, **asked})
    if database is not None:
        return client.get_database(database, write_concern=concern)
    return client.get_default_database(DATABASE_DEFAULT, write_concern=concern)
