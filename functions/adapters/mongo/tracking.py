"""Raw tracking events."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo import InsertOne, UpdateOne

from functions.adapters.documents import load
from functions.adapters.mongo.indexes import EPOCH, UP
from functions.adapters.mongo.session import Document, MongoSession, Operation
from functions.adapters.mongo.shape import from_document, to_document
from functions.flow.event import TrackingEvent
from functions.service.tracking.ports import TRACKING_EVENTS_PER_LEAD_MAX
from functions.service.tracking.records import StoredTrackingEvent


class MongoTrackingEvents:
    def __init__(self, session: MongoSession) -> None:
        self._session = session

    async def insert(self, tracking_events: Sequence[StoredTrackingEvent]) -> int:
        operations = [InsertOne(to_document(it, "hit_id")) for it in tracking_events]
        written = await self._session.write("tracking_events.insert", "hits", operations)
        return len(operations) - len(written.refused)

    async def of_leads(self, lead_ids: Sequence[str]) -> dict[str, list[TrackingEvent]]:
        """Limited on the server, so that a robot that follows every link costs no more."""
        if not lead_ids:
            return {}
        earliest = {
            "n": TRACKING_EVENTS_PER_LEAD_MAX,
            "sortBy": {"hit.at": UP, "_id": UP},
            "output": "$hit",
        }
        stages: list[Document] = [
            {"$match": {"lead_id": {"$in": list(lead_ids)}}},
            {"$group": {"_id": "$lead_id", "hits": {"$topN": earliest}}},
        ]
        found = await self._session.aggregate(
            "tracking_events.of_leads", "hits", stages, batch_size=len(lead_ids) + 1
        )
        return {
            document["_id"]: [load(TrackingEvent, it) for it in document["hits"]]
            for document in found
        }

    async def unsettled(self, now: datetime, limit: int) -> list[StoredTrackingEvent]:
        found = await self._session.find(
            "tracking_events.unsettled",
            "hits",
            {"look_at": {"$gte": EPOCH, "$lte": now}},
            limit=limit,
            sort=(("look_at", UP),),
        )
        return [from_document(StoredTrackingEvent, document, "hit_id") for document in found]

    async def settle(self, look_at: Mapping[str, datetime | None]) -> None:
        operations: list[Operation] = [
            UpdateOne({"_id": tracking_event_id}, {"$set": {"look_at": at}})
            for tracking_event_id, at in look_at.items()
        ]
        await self._session.write("tracking_events.settle", "hits", operations)
