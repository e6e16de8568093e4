"""What happened: readers' hits as they came, and the journal of steps."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo import InsertOne, UpdateOne

from functions.adapters.documents import load
from functions.adapters.mongo.gate import Document, Gate, Operation
from functions.adapters.mongo.indexes import EPOCH, UP
from functions.adapters.mongo.shape import from_document, to_document
from functions.flow.event import Hit, HitKind
from functions.flow.journal import EntryKind, JournalRecord
from functions.service.tracking.ports import HITS_PER_LEAD_MAX
from functions.service.tracking.records import StoredHit


class MongoHits:
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def insert(self, hits: Sequence[StoredHit]) -> None:
        operations = [InsertOne(to_document(hit, "hit_id")) for hit in hits]
        await self._gate.write("hits.insert", "hits", operations)

    async def of_leads(self, lead_ids: Sequence[str]) -> dict[str, list[Hit]]:
        """Cut at the server, so that a robot that follows every link costs no more."""
        if not lead_ids:
            return {}
        earliest = {
            "n": HITS_PER_LEAD_MAX,
            "sortBy": {"hit.at": UP, "_id": UP},
            "output": "$hit",
        }
        stages: list[Document] = [
            {"$match": {"lead_id": {"$in": list(lead_ids)}}},
            {"$group": {"_id": "$lead_id", "hits": {"$topN": earliest}}},
        ]
        found = await self._gate.aggregate(
            "hits.of_leads", "hits", stages, batch_size=len(lead_ids) + 1
        )
        return {document["_id"]: [load(Hit, hit) for hit in document["hits"]] for document in found}

    async def unsettled(self, now: datetime, limit: int) -> list[StoredHit]:
        found = await self._gate.find(
            "hits.unsettled",
            "hits",
            {"look_at": {"$gte": EPOCH, "$lte": now}},
            limit=limit,
            sort=(("look_at", UP),),
        )
        return [from_document(StoredHit, document, "hit_id") for document in found]

    async def settle(self, look_at: Mapping[str, datetime | None]) -> None:
        operations: list[Operation] = [
            UpdateOne({"_id": hit_id}, {"$set": {"look_at": at}}) for hit_id, at in look_at.items()
        ]
        await self._gate.write("hits.settle", "hits", operations)


class MongoJournal:
    """`unrolled` is on a record until its delta is counted, `leadless` on one of no lead; each
    absent otherwise, so that their indexes stay as small as what is left to do. `hit_node` and
    `hit_kind` are on the records of hits only."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def insert(self, records: Sequence[JournalRecord]) -> None:
        await self._gate.write(
            "journal.insert", "journal", [InsertOne(_record(record)) for record in records]
        )

    async def of_lead(self, lead_id: str, limit: int) -> list[JournalRecord]:
        found = await self._gate.find(
            "journal.of_lead",
            "journal",
            {"lead_id": lead_id},
            limit=limit,
            sort=(("at", UP), ("revision", UP), ("_id", UP)),
        )
        return [from_document(JournalRecord, document, "key") for document in found]

    async def leads_hit(
        self, campaign_id: str, node_id: str, kind: HitKind, *, after_id: str, limit: int
    ) -> list[str]:
        return await self._gate.distinct_leads(
            "journal.leads_hit",
            "journal",
            {"campaign_id": campaign_id, "hit_node": node_id, "hit_kind": kind.value},
            after_id=after_id,
            limit=limit,
        )

    async def unrolled_campaigns(self, limit: int) -> list[str]:
        if limit <= 0:
            return []
        stages: list[Document] = [
            # The bound on the first field of the index lets the server use it.
            {"$match": {"campaign_id": {"$gte": ""}, "unrolled": True}},
            {"$group": {"_id": "$campaign_id"}},
            {"$limit": limit},
        ]
        found = await self._gate.aggregate(
            "journal.unrolled_campaigns", "journal", stages, batch_size=limit + 1
        )
        return [document["_id"] for document in found]

    async def unrolled(self, campaign_id: str, limit: int) -> list[JournalRecord]:
        found = await self._gate.find(
            "journal.unrolled",
            "journal",
            {"campaign_id": campaign_id, "unrolled": True},
            limit=limit,
            sort=(("at", UP), ("_id", UP)),
        )
        return [from_document(JournalRecord, document, "key") for document in found]

    async def mark_rolled(self, keys: Sequence[str]) -> None:
        await self._gate.update_ids(
            "journal.mark_rolled", "journal", keys, {}, {"$unset": {"unrolled": ""}}
        )


def _record(record: JournalRecord) -> Document:
    """A record without a delta has nothing that is still to be counted."""
    document = to_document(record, "key")
    if record.delta:
        document["unrolled"] = True
    if record.lead_id is None:
        document["leadless"] = True
    hits = [it for it in record.entries if it.kind is EntryKind.HIT]
    if hits:
        document["hit_node"] = hits[0].node_id
        document["hit_kind"] = hits[0].detail["what"]
    return document
