"""The buckets of throttles: the step that a `Table` cannot express."""

from datetime import datetime, timedelta

from pymongo import UpdateOne

from functions.adapters.collections.access import THROTTLE_BUCKETS, StoredThrottleBuckets
from functions.adapters.mongo.session import MongoSession
from functions.adapters.mongo.table import MongoTables
from functions.service.access.ports import THROTTLE_SKEW

_MILLISECOND = timedelta(milliseconds=1)
_ATTEMPTS_MAX = 2


class MongoThrottleBuckets(StoredThrottleBuckets):
    def __init__(self, session: MongoSession, tables: MongoTables) -> None:
        super().__init__(tables.of(THROTTLE_BUCKETS))
        self._session = session

    async def take(
        self, name: str, now: datetime, cost: timedelta, room: timedelta
    ) -> datetime | None:
        """A bucket without room does not match, and inserting it once more is refused."""
        method, latest = "throttle_buckets.take", now + room + THROTTLE_SKEW
        has_room = {"$lte": now + room - cost}
        wanted = {"_id": name, "$or": [{"full_at": has_room}, {"full_at": {"$gt": latest}}]}
        # A field that is absent is less than any date.
        is_current = {"$and": [{"$gt": ["$full_at", now]}, {"$lte": ["$full_at", latest]}]}
        full_at = {"$cond": [is_current, "$full_at", now]}
        change = [{"$set": {"full_at": {"$add": [full_at, cost // _MILLISECOND]}}}]
        operation = UpdateOne(wanted, change, upsert=True)
        found = now
        for _ in range(_ATTEMPTS_MAX):
            written = await self._session.write(method, THROTTLE_BUCKETS.name, [operation])
            if not written.refused:
                return None
            buckets = await self._table.get(method, [(name,)], ("full_at", ">", now))
            found = buckets[0].full_at if buckets else now
            if now + room - cost < found <= latest:
                break
            # Another process has inserted it at the same moment.
        return found
