"""The journal of leads."""

from collections.abc import Sequence

from pymongo import InsertOne

from functions.adapters.mongo.indexes import UP
from functions.adapters.mongo.session import Document, MongoSession
from functions.adapters.mongo.shape import from_document, to_document
from functions.flow.event import TrackingEventKind
from functions.flow.journal import EntryKind, JournalRecord


class MongoJournal:
    """Additional fields of records: `unrolled` until the delta is counted, `leadless` on records
    without a lead. Both are absent otherwise, so that their indexes stay small. `hit_node` and
    `hit_kind` are only on the records of tracking events."""

    def __init__(self, session: MongoSession) -> None:
        self._session = session

    async def insert(self, records: Sequence[JournalRecord]) -> None:
        await self._session.write(
            "journal.insert", "journal", [InsertOne(_record(record)) for record in records]
        )

    async def of_lead(self, lead_id: str, limit: int) -> list[JournalRecord]:
        found = await self._session.find(
            "journal.of_lead",
            "journal",
            {"lead_id": lead_id},
            limit=limit,
            sort=(("at", UP), ("revision", UP), ("_id", UP)),
        )
        return [from_document(JournalRecord, document, "key") for document in found]

    async def leads_tracked(
        self, campaign_id: str, node_id: str, kind: TrackingEventKind, *, after_id: str, limit: int
    ) -> list[str]:
        return await self._session.distinct_leads(
            "journal.leads_tracked",
            "journal",
            {"campaign_id": campaign_id, "hit_node": node_id, "hit_kind": kind.value},
            after_id=after_id,
            limit=limit,
        )

    async def unrolled_campaigns(self, limit: int) -> list[str]:
        if limit <= 0:
            return []
        stages: list[Document] = [
            # The bound on the first field lets the server use the index.
            {"$match": {"campaign_id": {"$gte": ""}, "unrolled": True}},
            {"$group": {"_id": "$campaign_id"}},
            {"$limit": limit},
        ]
        found = await self._session.aggregate(
            "journal.unrolled_campaigns", "journal", stages, batch_size=limit + 1
        )
        return [document["_id"] for document in found]

    async def unrolled(self, campaign_id: str, limit: int) -> list[JournalRecord]:
        found = await self._session.find(
            "journal.unrolled",
            "journal",
            {"campaign_id": campaign_id, "unrolled": True},
            limit=limit,
            sort=(("at", UP), ("_id", UP)),
        )
        return [from_document(JournalRecord, document, "key") for document in found]

    async def mark_rolled(self, keys: Sequence[str]) -> None:
        await self._session.update_ids(
            "journal.mark_rolled", "journal", keys, {}, {"$unset": {"unrolled": ""}}
        )


def _record(record: JournalRecord) -> Document:
    """A record without a delta needs no rolling up."""
    document = to_document(record, "key")
    if record.delta:
        document["unrolled"] = True
    if record.lead_id is None:
        document["leadless"] = True
    tracking_events = [it for it in record.entries if it.kind is EntryKind.TRACKING_EVENT]
    if tracking_events:
        document["hit_node"] = tracking_events[0].node_id
        document["hit_kind"] = tracking_events[0].detail["what"]
    return document
