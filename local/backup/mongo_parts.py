"""A MongoDB store as the parts of a backup, and back.

A backup is no snapshot: collections are read one after the other, while others write. Every write
of the product is one document, so the order makes it safe: what moves is read before the record of
what it did, and what is to be done before what it is done to. So a lead is read before its
messages: a message that left meanwhile is known, and a lead that is older than its message steps
with that message's outcome. Jobs come before campaigns, and both before leads: a page that is
repeated changes nothing, and `hold_restored` finds what is missing.
Invariant: a restored database can be used only after its last part, and is held from the first.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Any

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

from functions.adapters.collections.access import THROTTLE_BUCKETS
from functions.adapters.collections.campaigns import LEAD_CHOICES, RESTORATIONS
from functions.adapters.collections.sending import SENDING_ACCOUNTS
from functions.adapters.mongo import MongoStore
from functions.adapters.mongo.migrations import STEPS
from functions.service.campaigns.hold_restored import hold_restored
from functions.service.campaigns.records import CampaignStatus, Restoration, RestorationState
from functions.service.campaigns.restoration import HELD_REASON
from local.backup.archive import PART_BYTES_MAX, BackupError, Part
from local.backup.progress import Progress

FIRST = ("uploads", "jobs", "campaigns", "leads", "messages")
"""Read in this order, before all others."""
CAMPAIGNS, VERSIONS = "campaigns", "store_version"
LEFT_OUT = frozenset({"pulse", VERSIONS, THROTTLE_BUCKETS.name})
REPLACED = frozenset(
    {
        "pulse",
        "sessions",
        VERSIONS,
        RESTORATIONS.name,
        LEAD_CHOICES.name,
        SENDING_ACCOUNTS.name,
        THROTTLE_BUCKETS.name,
    }
)
"""Collections that a new store may have before anybody used it."""
DOCUMENTS_AT_ONCE = 1_000

_AWARE: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True, tzinfo=UTC)
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)


async def version_of(store: MongoStore) -> int:
    found = await store.database[VERSIONS].find_one()
    return int(found["version"]) if found else 0


async def read_parts(store: MongoStore, progress: Progress) -> AsyncIterator[Part]:
    names = await store.database.list_collection_names()
    there = {it for it in names if it not in LEFT_OUT and not it.startswith("system.")}
    ordered = [it for it in FIRST if it in there] + sorted(there.difference(FIRST))
    for number, name in enumerate(ordered):
        collection = store.database.with_options(codec_options=_RAW)[name]
        content = bytearray()
        async for document in collection.find(batch_size=DOCUMENTS_AT_ONCE):
            content += document.raw
            if len(content) >= PART_BYTES_MAX:
                yield Part(name, bytes(content))
                content.clear()
                progress(f"Reading {name}", number / len(ordered))
        if content:
            yield Part(name, bytes(content))
        progress(f"Reading {name}", (number + 1) / len(ordered))


async def write_parts(
    store: MongoStore, parts: Iterable[Part], version: int, taken_at: datetime, progress: Progress
) -> Restoration:
    """The database must be empty. Raises BackupError."""
    if version > len(STEPS):
        raise BackupError("A newer version of EmailBuilder made this backup: restore with it.")
    await _check_empty(store)
    for name in REPLACED:
        await store.database[name].drop()
    await store.migrate()
    now = await store.now()
    # First, so that a process that uses this database already runs no stored job.
    await store.restorations.begin(
        Restoration(backup_at=taken_at, restored_at=now, state=RestorationState.RESTORING)
    )
    for part in parts:
        progress(f"Restoring {part.name}", -1)
        await _write(store, part, taken_at)
    await store.database[VERSIONS].update_one({}, {"$set": {"version": version}})
    await store.migrate()
    return await hold_restored(store, taken_at)


async def _write(store: MongoStore, part: Part, taken_at: datetime) -> None:
    if part.name == LEAD_CHOICES.name:
        return
    if part.name == RESTORATIONS.name:
        await _heed(store, part, taken_at)
        return
    collection = store.database.with_options(codec_options=_RAW)[part.name]
    documents = bson.decode_all(part.content, codec_options=_RAW)
    if part.name == CAMPAIGNS:
        documents = [_paused(it) for it in documents]
    await collection.insert_many(documents, ordered=False)


async def _heed(store: MongoStore, part: Part, taken_at: datetime) -> None:
    """If the store was held when the backup was made, it was that from an earlier time on."""
    (found,) = bson.decode_all(part.content, codec_options=_AWARE)
    if found["state"] == RestorationState.OVER:
        return
    now = await store.now()
    restoration = Restoration(
        backup_at=min(taken_at, found["backup_at"]),
        restored_at=now,
        state=RestorationState.RESTORING,
    )
    await store.restorations.begin(restoration)


def _paused(document: RawBSONDocument) -> RawBSONDocument:
    """So that no process finds it running."""
    if document["status"] != CampaignStatus.RUNNING:
        return document
    changed = {
        **bson.decode(document.raw, codec_options=_AWARE),
        "status": CampaignStatus.PAUSED.value,
        "pause_reason": HELD_REASON,
    }
    return RawBSONDocument(bson.encode(changed), codec_options=_RAW)


async def _check_empty(store: MongoStore) -> None:
    for name in await store.database.list_collection_names():
        if name in REPLACED or name.startswith("system."):
            continue
        if await store.database[name].find_one(projection={"_id": 1}) is not None:
            raise BackupError(
                f"The database {store.database.name} is not empty ({name}), and a restore replaces "
                "nothing: stop everything that uses it, drop it or name another one in STORE_URI, "
                "and restore again."
            )
