"""The campaigns' counters that are rolled up from the journal."""

from collections.abc import Sequence

from pymongo import InsertOne, ReplaceOne

from functions.adapters.mongo.indexes import DOWN
from functions.adapters.mongo.session import MongoSession
from functions.adapters.mongo.shape import from_document, to_document
from functions.service.reports.records import Counts


class MongoCounts:
    def __init__(self, session: MongoSession) -> None:
        self._session = session

    async def find(self, campaign_ids: Sequence[str]) -> list[Counts]:
        found = await self._session.find_ids("counts.find", "counts", campaign_ids)
        return [from_document(Counts, document, "campaign_id") for document in found]

    async def outcome_since(self, hour: str, limit: int) -> list[Counts]:
        found = await self._session.find(
            "counts.outcome_since",
            "counts",
            {"last_outcome_hour": {"$gte": hour}},
            limit=limit,
            sort=(("last_outcome_hour", DOWN),),
        )
        return [from_document(Counts, document, "campaign_id") for document in found]

    async def save(self, counts: Counts) -> bool:
        document = to_document(counts, "campaign_id")
        if counts.revision == 1:
            written = await self._session.write("counts.save", "counts", [InsertOne(document)])
            return not written.refused
        before = {"_id": counts.campaign_id, "revision": counts.revision - 1}
        written = await self._session.write("counts.save", "counts", [ReplaceOne(before, document)])
        return written.matched == 1
