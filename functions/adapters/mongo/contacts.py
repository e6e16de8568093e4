"""Contacts of a campaign, and uploaded rows on their way to becoming some."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import DeleteMany, InsertOne, ReplaceOne

from functions.adapters.mongo.gate import Document, Gate, Operation
from functions.adapters.mongo.indexes import DOWN, UP
from functions.adapters.mongo.shape import from_document, from_text, to_document, to_text
from functions.service.audience.records import Contact


def _contact(document: Document) -> Contact:
    return from_document(Contact, document, None)


class MongoContacts:
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def add(self, contacts: Sequence[Contact]) -> int:
        operations: list[Operation] = []
        for contact in contacts:
            document = to_document(contact, None)
            # The promise of one contact per seq is the key's; that of the address an index's.
            document["_id"] = f"{contact.campaign_id}/{contact.seq}"
            operations.append(InsertOne(document))
        written = await self._gate.write("contacts.add", "contacts", operations)
        return len(contacts) - len(written.refused)

    async def existing(self, campaign_id: str, email_keys: Sequence[str]) -> list[Contact]:
        condition = {"campaign_id": campaign_id, "email_key": {"$in": list(email_keys)}}
        found = await self._gate.find(
            "contacts.existing", "contacts", condition, limit=len(email_keys)
        )
        return [_contact(document) for document in found]

    async def last_seq(self, campaign_id: str) -> int:
        found = await self._gate.find(
            "contacts.last_seq",
            "contacts",
            {"campaign_id": campaign_id},
            limit=1,
            sort=(("seq", DOWN),),
            projection={"_id": 0, "seq": 1},
        )
        return int(found[0]["seq"]) if found else 0

    async def page(self, campaign_id: str, *, after_seq: int, limit: int) -> list[Contact]:
        found = await self._gate.find(
            "contacts.page",
            "contacts",
            {"campaign_id": campaign_id, "seq": {"$gt": after_seq}},
            limit=limit,
            sort=(("seq", UP),),
        )
        return [_contact(document) for document in found]

    async def delete_page(self, campaign_id: str, limit: int) -> int:
        found = await self._gate.find(
            "contacts.delete_page",
            "contacts",
            {"campaign_id": campaign_id},
            limit=limit,
            projection={"_id": 1},
        )
        return await self._gate.delete_by(
            "contacts.delete_page", "contacts", "_id", [document["_id"] for document in found]
        )


class MongoUploads:
    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def add(self, upload_id: str, number: int, rows: Sequence[object], at: datetime) -> None:
        page_id = f"{upload_id}/{number}"
        document = {"upload_id": upload_id, "number": number, "rows": to_text(list(rows)), "at": at}
        await self._gate.write(
            "uploads.add", "uploads", [ReplaceOne({"_id": page_id}, document, upsert=True)]
        )

    async def read(self, upload_id: str, number: int) -> list[object] | None:
        found = await self._gate.find_ids("uploads.read", "uploads", [f"{upload_id}/{number}"])
        if not found:
            return None
        rows = from_text(found[0]["rows"])
        assert isinstance(rows, list)
        return rows

    async def drop(self, upload_id: str) -> None:
        await self._gate.write("uploads.drop", "uploads", [DeleteMany({"upload_id": upload_id})])

    async def abandoned(self, before: datetime, limit: int) -> list[str]:
        if limit <= 0:
            return []
        stages: list[Document] = [
            {"$group": {"_id": "$upload_id", "youngest": {"$max": "$at"}}},
            {"$match": {"youngest": {"$lte": before}}},
            {"$sort": {"youngest": UP, "_id": UP}},
            {"$limit": limit},
        ]
        found = await self._gate.aggregate(
            "uploads.abandoned", "uploads", stages, batch_size=limit + 1
        )
        return [document["_id"] for document in found]
