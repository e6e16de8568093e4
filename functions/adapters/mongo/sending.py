"""Messages: the claim on each e-mail, and its outcome."""

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId
from pymongo import DeleteMany, ReplaceOne, UpdateOne

from functions.adapters.mongo.indexes import EPOCH, UP
from functions.adapters.mongo.session import Document, MongoSession, Operation
from functions.adapters.mongo.shape import from_document, to_document
from functions.service.sending.records import (
    Claim,
    Message,
    MessageChange,
    MessageState,
)

MESSAGES = "messages"

_ABSENT = {"state": {"$exists": False}}
"""A condition that no stored message meets."""

_HELD = [MessageState.CLAIMED, MessageState.SENDING]


def _message(document: Document) -> Message:
    return from_document(Message, document, "key")


class MongoMessages:
    def __init__(self, session: MongoSession) -> None:
        self._session = session

    async def find(self, keys: Sequence[str]) -> list[Message]:
        found = await self._session.find_ids("messages.find", MESSAGES, keys)
        return [_message(document) for document in found]

    async def claim(self, claims: Sequence[Claim]) -> frozenset[str]:
        """Inserts are upserts that match nothing, so that they share one command with takeovers. If
        the message already exists, the server refuses with a duplicate key."""
        operations: list[Operation] = []
        for claim in claims:
            document = to_document(claim.message, "key")
            before: Document = {"_id": document["_id"]}
            if claim.expected is None:
                before |= _ABSENT
            else:
                before |= {"state": claim.expected.state, "token": claim.expected.token}
            operations.append(ReplaceOne(before, document, upsert=claim.expected is None))
        written = await self._session.write("messages.claim", MESSAGES, operations)
        won = {claims[at].message.key for at in written.upserted}
        takeovers = {claim.message.key for claim in claims if claim.expected is not None}
        if written.matched == len(takeovers):
            won |= takeovers
        asked = {claim.message.key: claim.message.token for claim in claims}
        lost = [key for key in asked if key not in won]
        # A claim that is repeated because its answer was lost finds that it already won.
        owned = await self._session.find_ids(
            "messages.claim",
            MESSAGES,
            lost,
            {"state": MessageState.CLAIMED},
            projection={"token": 1},
        )
        won.update(found["_id"] for found in owned if found["token"] == asked[found["_id"]])
        return frozenset(won)

    async def write(self, changes: Sequence[MessageChange]) -> frozenset[str]:
        applied: frozenset[str] = frozenset()
        for part in _each_key_once(changes):
            applied |= await self._write(part)
        return applied

    async def _write(self, changes: Sequence[MessageChange]) -> frozenset[str]:
        # Identifies this write: the changes contain nothing that is unique to it.
        stamp = ObjectId()
        operations: list[Operation] = []
        for change in changes:
            before: Document = {"_id": change.key, "state": {"$in": list(change.from_states)}}
            if change.token is not None:
                before["token"] = change.token
            fields = _changed(change) | {"stamp": stamp}
            operations.append(UpdateOne(before, {"$set": fields}))
        written = await self._session.write("messages.write", MESSAGES, operations)
        keys = [change.key for change in changes]
        if written.matched == len(keys):
            return frozenset(keys)
        found = await self._session.find_ids(
            "messages.write", MESSAGES, keys, {"stamp": stamp}, projection={"_id": 1}
        )
        return frozenset(document["_id"] for document in found)

    async def turned_late(self, limit: int) -> list[Message]:
        found = await self._session.find(
            "messages.turned_late",
            MESSAGES,
            {"state": MessageState.SENT, "retry_at": {"$gte": EPOCH}},
            limit=limit,
            sort=(("retry_at", UP),),
        )
        return [_message(document) for document in found]

    async def renew(self, keys: Sequence[str], token: str, lease_until: datetime) -> None:
        await self._session.update_ids(
            "messages.renew",
            MESSAGES,
            keys,
            {"token": token, "state": {"$in": _HELD}},
            {"$set": {"lease_until": lease_until}},
        )

    async def drop(self, keys: Sequence[str], token: str) -> None:
        operations: list[Operation] = [DeleteMany({"_id": key, "token": token}) for key in keys]
        await self._session.write("messages.drop", MESSAGES, operations)

    async def of_lead(self, lead_id: str, limit: int) -> list[Message]:
        found = await self._session.find(
            "messages.of_lead",
            MESSAGES,
            {"lead_id": lead_id},
            limit=limit,
            sort=(("first_try_at", UP), ("_id", UP)),
        )
        return [_message(document) for document in found]

    async def page(
        self, campaign_id: str, *, after_key: str, limit: int, state: MessageState | None
    ) -> list[Message]:
        condition: Document = {"campaign_id": campaign_id, "_id": {"$gt": after_key}}
        if state is not None:
            condition["state"] = state
        found = await self._session.find(
            "messages.page", MESSAGES, condition, limit=limit, sort=(("_id", UP),)
        )
        return [_message(document) for document in found]

    async def leads_sent(
        self, campaign_id: str, node_id: str, *, after_id: str, limit: int
    ) -> list[str]:
        return await self._session.distinct_leads(
            "messages.leads_sent",
            MESSAGES,
            {"campaign_id": campaign_id, "node_id": node_id, "state": MessageState.SENT},
            after_id=after_id,
            limit=limit,
        )


def _changed(change: MessageChange) -> Document:
    fields: Document = {
        "state": change.state,
        "changed_at": change.at,
        "lease_until": change.lease_until,
        "retry_at": change.retry_at,
        "words": change.outcome_reason,
        "tries": change.delivery_attempts,
        "resolution": change.resolution,
    }
    return {field: value for field, value in fields.items() if value is not None}


def _each_key_once(changes: Sequence[MessageChange]) -> list[list[MessageChange]]:
    """Split the changes, because a bulk write has no order: a second change of the same message
    goes into a later bulk."""
    parts: list[dict[str, MessageChange]] = []
    for change in changes:
        for part in parts:
            if change.key not in part:
                part[change.key] = change
                break
        else:
            parts.append({change.key: change})
    return [list(part.values()) for part in parts]
