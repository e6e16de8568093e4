"""Listing, recounting and deleting leads."""

from collections.abc import Callable, Collection, Mapping, Sequence

from pymongo import DeleteMany

from functions.adapters.mongo.indexes import UP
from functions.adapters.mongo.session import Document, Filter, MongoSession
from functions.flow.journal import at_key, status_key, total_key, version_key
from functions.flow.lead import ON_THEIR_WAY, LeadStatus
from functions.mail.address import email_key
from functions.service.execution.records import StoredLead
from functions.service.sending.records import MessageState

PREFIX_END = "\U0010ffff"
"""Greater than any character that can follow a prefix."""

_COUNT = {"$sum": 1}


class LeadPages:
    """`projection` and `read`: how a document becomes a `StoredLead`."""

    def __init__(
        self,
        session: MongoSession,
        projection: Filter,
        read: Callable[[Mapping[str, object]], StoredLead],
    ) -> None:
        self._session = session
        self._projection = projection
        self._read = read

    async def page(
        self,
        campaign_id: str,
        *,
        after_seq: int,
        limit: int,
        statuses: Collection[LeadStatus] = (),
        node_id: str | None = None,
        email_prefix: str | None = None,
    ) -> list[StoredLead]:
        condition: Document = {}
        if statuses:
            # The index on status provides one range per status, merged by seq.
            condition["status"] = {"$in": list(statuses)}
        if node_id is not None:
            condition["current_node"] = node_id
        if email_prefix:
            prefix = email_key(email_prefix)
            condition["email_key"] = {"$gte": prefix, "$lt": prefix + PREFIX_END}
        found = await self._session.find(
            "leads.page",
            "leads",
            {"campaign_id": campaign_id, "seq": {"$gt": after_seq}, **condition},
            limit=limit,
            sort=(("seq", UP),),
            projection=self._projection,
        )
        return [self._read(document) for document in found]

    async def recount(self, campaign_id: str) -> dict[str, int]:
        """At least two round trips."""
        counts: dict[str, int] = {}
        by_place = {
            "status": "$status",
            "state": "$state",
            "node_id": "$current_node",
            "version": "$flow_version",
        }
        for group in await self._grouped("leads", {"campaign_id": campaign_id}, by_place):
            place, number = group["_id"], int(group["number"])
            key = status_key(place["status"])
            counts[key] = counts.get(key, 0) + number
            node_id = place.get("node_id")
            if node_id is not None:
                at = at_key(node_id, place["state"])
                counts[at] = counts.get(at, 0) + number
            if place["status"] in ON_THEIR_WAY:
                counts[version_key(place["version"], node_id, place["state"])] = number
        sent = {"campaign_id": campaign_id, "state": MessageState.SENT}
        for group in await self._grouped("messages", sent, "$node_id"):
            counts[total_key("sent", group["_id"])] = int(group["number"])
        return counts

    async def _grouped(
        self, collection: str, condition: Filter, by: str | Mapping[str, str]
    ) -> Sequence[Document]:
        stages: list[Document] = [
            {"$match": condition},
            {"$group": {"_id": by, "number": _COUNT}},
        ]
        return await self._session.aggregate("leads.recount", collection, stages, batch_size=1000)

    async def delete_page(self, campaign_id: str, limit: int) -> int:
        """The leads are deleted last, because the other documents are found through them."""
        method = "leads.delete_page"
        found = await self._session.find(
            method, "leads", {"campaign_id": campaign_id}, limit=limit, projection={"_id": 1}
        )
        lead_ids = [document["_id"] for document in found]
        for collection in ("hits", "messages", "journal"):
            await self._session.delete_by(method, collection, "lead_id", lead_ids)
        await self._session.delete_by(method, "leads", "_id", lead_ids)
        if len(lead_ids) < limit:
            leadless = DeleteMany({"campaign_id": campaign_id, "leadless": True})
            await self._session.write(method, "journal", [leadless])
        return len(lead_ids)
