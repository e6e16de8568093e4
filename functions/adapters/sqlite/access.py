"""The buckets of throttles: the step that a `Table` cannot express."""

from datetime import datetime, timedelta

from functions.adapters.collections.access import THROTTLE_BUCKETS, StoredThrottleBuckets
from functions.adapters.documents import dump_json
from functions.adapters.sqlite.columns import from_ms, to_ms
from functions.adapters.sqlite.database import Database, Writing
from functions.adapters.sqlite.table import SqliteTables
from functions.service.access.ports import THROTTLE_SKEW
from functions.service.access.records import ThrottleBucket


class SqliteThrottleBuckets(StoredThrottleBuckets):
    def __init__(self, database: Database, tables: SqliteTables) -> None:
        super().__init__(tables.of(THROTTLE_BUCKETS))
        self._database = database

    async def take(
        self, name: str, now: datetime, cost: timedelta, room: timedelta
    ) -> datetime | None:
        now_ms, latest_ms = to_ms(now), to_ms(now + room + THROTTLE_SKEW)

        def work(writing: Writing) -> datetime | None:
            found = writing.row(
                "SELECT full_at FROM throttle_buckets"
                " WHERE name = ? AND full_at > ? AND full_at <= ?",
                (name, now_ms, latest_ms),
            )
            full_at = now if found is None else from_ms(found[0])
            if full_at + cost > now + room:
                return full_at
            bucket = ThrottleBucket(name=name, full_at=full_at + cost)
            writing.write(
                "INSERT OR REPLACE INTO throttle_buckets (name, full_at, document)"
                " VALUES (?, ?, ?)",
                (name, to_ms(bucket.full_at), dump_json(bucket)),
            )
            return None

        return await self._database.write("throttle_buckets.take", work)
