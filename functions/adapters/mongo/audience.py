"""The audience: contacts, and addresses not to be written to."""

from collections.abc import Sequence

from pymongo import InsertOne

from functions.adapters.mongo.indexes import DOWN, UP
from functions.adapters.mongo.session import Document, MongoSession, Operation
from functions.adapters.mongo.shape import from_document, to_document
from functions.service.audience.records import Contact, Suppression


def _contact(document: Document) -> Contact:
    return from_document(Contact, document, None)


class MongoContacts:
    def __init__(self, session: MongoSession) -> None:
        self._session = session

    async def add(self, contacts: Sequence[Contact]) -> int:
        operations: list[Operation] = []
        for contact in contacts:
            document = to_document(contact, None)
            # The promise of one contact per seq is the key's; that of the address an index's.
            document["_id"] = f"{contact.campaign_id}/{contact.seq}"
            operations.append(InsertOne(document))
        written = await self._session.write("contacts.add", "contacts", operations)
        return len(contacts) - len(written.refused)

    async def existing(self, campaign_id: str, email_keys: Sequence[str]) -> list[Contact]:
        condition = {"campaign_id": campaign_id, "email_key": {"$in": list(email_keys)}}
        found = await self._session.find(
            "contacts.existing", "contacts", condition, limit=len(email_keys)
        )
        return [_contact(document) for document in found]

    async def last_seq(self, campaign_id: str) -> int:
        found = await self._session.find(
            "contacts.last_seq",
            "contacts",
            {"campaign_id": campaign_id},
            limit=1,
            sort=(("seq", DOWN),),
            projection={"_id": 0, "seq": 1},
        )
        return int(found[0]["seq"]) if found else 0

    async def page(self, campaign_id: str, *, after_seq: int, limit: int) -> list[Contact]:
        found = await self._session.find(
            "contacts.page",
            "contacts",
            {"campaign_id": campaign_id, "seq": {"$gt": after_seq}},
            limit=limit,
            sort=(("seq", UP),),
        )
        return [_contact(document) for document in found]

    async def delete_page(self, campaign_id: str, limit: int) -> int:
        found = await self._session.find(
            "contacts.delete_page",
            "contacts",
            {"campaign_id": campaign_id},
            limit=limit,
            projection={"_id": 1},
        )
        return await self._session.delete_by(
            "contacts.delete_page", "contacts", "_id", [document["_id"] for document in found]
        )


class MongoSuppressions:
    def __init__(self, session: MongoSession) -> None:
        self._session = session

    async def add(self, suppression: Suppression) -> None:
        document = to_document(suppression, "email_key")
        await self._session.write("suppressions.add", "suppressions", [InsertOne(document)])

    async def find(self, email_keys: Sequence[str]) -> list[Suppression]:
        found = await self._session.find_ids("suppressions.find", "suppressions", email_keys)
        return [from_document(Suppression, document, "email_key") for document in found]
