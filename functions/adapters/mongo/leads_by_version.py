"""Count the leads of a database by flow version, as every commit has done since.

Invariant: afterwards, what is stored and the records that are not rolled up yet equal a recount of
the leads. So counting again changes nothing, unless an older process has moved leads meanwhile.
"""

from collections import Counter
from collections.abc import Iterable

from pymongo import InsertOne, UpdateOne

from functions.adapters.documents import dump
from functions.adapters.mongo.indexes import EPOCH, UP
from functions.adapters.mongo.session import Document, MongoSession
from functions.flow.journal import IN_VERSION, version_key
from functions.flow.lead import ON_THEIR_WAY
from functions.service.reports.records import Counts

PAGE = 500
ATTEMPTS_MAX = 5
_METHOD = "store.migrate"
_PREFIX = IN_VERSION + "/"


async def count_leads_by_version(session: MongoSession) -> bool:
    """Returns whether it changed anything."""
    changed = False
    after_id = ""
    while page := await session.find(
        _METHOD,
        "campaigns",
        {"_id": {"$gt": after_id}, "status": {"$ne": "draft"}},
        limit=PAGE,
        sort=(("_id", UP),),
        projection={"_id": 1, "workspace_id": 1},
    ):
        for campaign in page:
            for _ in range(ATTEMPTS_MAX):
                done = await _count(session, campaign)
                if done is not None:
                    changed |= done
                    break
        after_id = page[-1]["_id"]
    return changed


async def _count(session: MongoSession, campaign: Document) -> bool | None:
    """Whether it changed anything; None if somebody else has changed the counts meanwhile."""
    campaign_id: str = campaign["_id"]
    found = await session.find_ids(_METHOD, "counts", [campaign_id])
    counted = Counter(_of_versions(found[0]["values"].items())) if found else Counter()
    applied = found[0].get("applied", ()) if found else ()
    wanted = await _recount(session, campaign_id)
    wanted.subtract(await _pending(session, campaign_id, applied))
    missing = {it: number for it, number in wanted.items() if number != counted[it]}
    if not missing and not counted.keys() - wanted.keys():
        return False
    values = {it: number for it, number in wanted.items() if number}
    if not found:
        first = Counts(
            workspace_id=campaign["workspace_id"],
            campaign_id=campaign_id,
            revision=1,
            values=values,
        )
        document = dump(first)
        document["_id"] = document.pop("campaign_id")
        written = await session.write(_METHOD, "counts", [InsertOne(document)])
        return None if written.refused else True
    revision = found[0]["revision"]
    others = {it: n for it, n in found[0]["values"].items() if not it.startswith(_PREFIX)}
    after = {"$set": {"values": others | values, "revision": revision + 1}}
    operation = UpdateOne({"_id": campaign_id, "revision": revision}, after)
    return True if (await session.write(_METHOD, "counts", [operation])).matched else None


async def _recount(session: MongoSession, campaign_id: str) -> Counter[str]:
    place = {"version": "$flow_version", "state": "$state", "node_id": "$current_node"}
    stages: list[Document] = [
        {"$match": {"campaign_id": campaign_id, "status": {"$in": list(ON_THEIR_WAY)}}},
        {"$group": {"_id": place, "number": {"$sum": 1}}},
    ]
    counts: Counter[str] = Counter()
    for group in await session.aggregate(_METHOD, "leads", stages, batch_size=1000):
        place = group["_id"]
        key = version_key(place["version"], place.get("node_id"), place["state"])
        counts[key] += int(group["number"])
    return counts


async def _pending(session: MongoSession, campaign_id: str, applied: Iterable[str]) -> Counter[str]:
    """What records will add that are not rolled up, or not written to the journal yet."""
    deltas: dict[str, Document] = {}
    after_id = ""
    while page := await session.find(
        _METHOD,
        "journal",
        {"campaign_id": campaign_id, "unrolled": True, "_id": {"$gt": after_id}},
        limit=PAGE,
        sort=(("_id", UP),),
        projection={"delta": 1},
    ):
        deltas |= {it["_id"]: it["delta"] for it in page}
        after_id = page[-1]["_id"]
    after_id = ""
    while page := await session.find(
        _METHOD,
        "leads",
        {
            "campaign_id": campaign_id,
            "undrained_at": {"$gte": EPOCH},
            "_id": {"$gt": after_id},
        },
        limit=PAGE,
        sort=(("_id", UP),),
        projection={"records": 1},
    ):
        held = {it["key"]: it["delta"] for lead in page for it in lead["records"]}
        # Those that are in the journal are rolled up, or counted above.
        written = await session.find_ids(_METHOD, "journal", list(held), projection={"_id": 1})
        known = {it["_id"] for it in written}
        deltas |= {key: delta for key, delta in held.items() if key not in known}
        after_id = page[-1]["_id"]
    pending: Counter[str] = Counter()
    for key, delta in deltas.items():
        if key not in applied:
            pending.update(_of_versions(delta.items()))
    return pending


def _of_versions(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    return {key: number for key, number in amounts if key.startswith(_PREFIX)}
