"""Count the leads of a database by flow version, as every commit has done since.

Invariant: nobody steps leads meanwhile, because no process of this version works before the
database is migrated. Counting again changes nothing.
"""

from pymongo import InsertOne, UpdateOne

from functions.adapters.documents import dump
from functions.adapters.mongo.indexes import UP
from functions.adapters.mongo.session import Document, MongoSession
from functions.flow.journal import version_key
from functions.flow.lead import ON_THEIR_WAY
from functions.service.reports.records import Counts

PAGE = 500
_METHOD = "store.migrate"


async def count_leads_by_version(session: MongoSession) -> bool:
    """Returns whether it changed anything."""
    changed = False
    after_id = ""
    while page := await session.find(
        _METHOD,
        "campaigns",
        {"_id": {"$gt": after_id}},
        limit=PAGE,
        sort=(("_id", UP),),
        projection={"_id": 1, "workspace_id": 1},
    ):
        for campaign in page:
            changed |= await _count(session, campaign)
        after_id = page[-1]["_id"]
    return changed


async def _count(session: MongoSession, campaign: Document) -> bool:
    campaign_id: str = campaign["_id"]
    counts = await _recount(session, campaign_id)
    found = await session.find_ids(_METHOD, "counts", [campaign_id])
    before = found[0]["values"] if found else {}
    # The leads are where they are now, whichever of their records are rolled up.
    values = before | counts
    if values == before:
        return False
    if not found:
        first = Counts(
            workspace_id=campaign["workspace_id"],
            campaign_id=campaign_id,
            revision=1,
            values=values,
        )
        document = dump(first)
        document["_id"] = document.pop("campaign_id")
        await session.write(_METHOD, "counts", [InsertOne(document)])
    else:
        operation = UpdateOne({"_id": campaign_id}, {"$set": {"values": values}})
        await session.write(_METHOD, "counts", [operation])
    return True


async def _recount(session: MongoSession, campaign_id: str) -> dict[str, int]:
    place = {"version": "$flow_version", "state": "$state", "node_id": "$current_node"}
    stages: list[Document] = [
        {"$match": {"campaign_id": campaign_id, "status": {"$in": list(ON_THEIR_WAY)}}},
        {"$group": {"_id": place, "number": {"$sum": 1}}},
    ]
    groups = await session.aggregate(_METHOD, "leads", stages, batch_size=1000)
    return {
        version_key(it["_id"]["version"], it["_id"].get("node_id"), it["_id"]["state"]): int(
            it["number"]
        )
        for it in groups
    }
