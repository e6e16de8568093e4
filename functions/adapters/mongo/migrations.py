"""The migrations of a database from earlier versions, and its version.

Invariant: every step may be interrupted between any two commands and run again with the same
result. The version is written after all steps are done and the indexes exist, so no process of this
version uses the database before. The last step runs at every migration, because processes of the
version before may have written something while they were being replaced.
"""

from collections.abc import Awaitable, Callable, Sequence

from pymongo import InsertOne, ReplaceOne, UpdateMany

from functions.adapters.mongo import indexes
from functions.adapters.mongo.indexes import Index
from functions.adapters.mongo.leads_by_version import count_leads_by_version
from functions.adapters.mongo.session import Document, MongoSession, Operation
from functions.adapters.store_version import check_not_newer, check_version
from functions.service.access.records import DEFAULT_WORKSPACE

PAGE = 500

_METHOD = "store.migrate"
_VERSIONS = "store_version"
_VERSION_ID = "store"


async def _move_into_default(session: MongoSession) -> bool:
    moved = 0
    without: Document = {"workspace_id": {"$exists": False}}
    given: Document = {"$set": {"workspace_id": DEFAULT_WORKSPACE}}
    for collection in ("campaigns", "contacts", "uploads", "jobs", "counts"):
        written = await session.write(_METHOD, collection, [UpdateMany(without, given)])
        moved += written.matched
    # Their `_id` now begins with the workspace. The new document is written before the old one
    # is deleted.
    for collection, key in (
        ("suppressions", "email_key"),
        ("answers", "key"),
        ("accounts", "account"),
    ):
        while page := await session.find(_METHOD, collection, without, limit=PAGE):
            old_ids = [document["_id"] for document in page]
            inserts: list[Operation] = [
                InsertOne(
                    {
                        **document,
                        "_id": f"{DEFAULT_WORKSPACE}/{document['_id']}",
                        "workspace_id": DEFAULT_WORKSPACE,
                        key: document["_id"],
                    }
                )
                for document in page
            ]
            moved += len(inserts)
            await session.write(_METHOD, collection, inserts)
            await session.delete_by(_METHOD, collection, "_id", old_ids)
    for collection, index in (("campaigns", "age"), ("counts", "outcome")):
        if index in await session.index_names(_METHOD, collection):
            await session.drop_index(_METHOD, collection, index)
    return moved > 0


async def _give_contacts_revisions(session: MongoSession) -> bool:
    without: Document = {"revision": {"$exists": False}}
    written = await session.write(
        _METHOD, "contacts", [UpdateMany(without, {"$set": {"revision": 1}})]
    )
    return written.matched > 0


async def _count_leads_by_version(session: MongoSession) -> bool:
    """Once: the leads of a migrated database are on the move, and not all they do is rolled up."""
    if await _version(session, _METHOD) == len(STEPS):
        return False
    return await count_leads_by_version(session)


STEPS: tuple[tuple[str, Callable[[MongoSession], Awaitable[bool]]], ...] = (
    ("moved everything into the workspace default", _move_into_default),
    ("gave contacts revisions", _give_contacts_revisions),
    ("counted leads by flow version", _count_leads_by_version),
)
"""For each step what is done, in words, and a function that returns whether it changed anything.
Only append to it: the number of steps is the version of a database."""


async def migrate(session: MongoSession, wanted: Sequence[Index]) -> list[str]:
    """Raises NewerStoreError, or `pymongo.errors.OperationFailure` if an index with one of our
    names differs."""
    version = await _version(session, _METHOD)
    done: list[str] = []
    for number, (description, step) in enumerate(STEPS, 1):
        if number >= version and (await step(session) or number > version):
            done.append(description)
    done += await indexes.migrate(session, wanted)
    if version < len(STEPS):
        document: Document = {"version": len(STEPS)}
        operation = ReplaceOne({"_id": _VERSION_ID}, document, upsert=True)
        await session.write(_METHOD, _VERSIONS, [operation])
    return done


async def unmigrated(session: MongoSession, wanted: Sequence[Index]) -> list[str]:
    """Raises NewerStoreError."""
    version = await _version(session, "store.unmigrated")
    return [description for description, _ in STEPS[version:]] + await indexes.unmigrated(
        session, wanted
    )


async def check(session: MongoSession) -> None:
    """Raises OlderStoreError, NewerStoreError."""
    check_version(await _version(session, "store.check"), len(STEPS))


async def _version(session: MongoSession, method: str) -> int:
    """0 if the database is empty or older than versions. Raises NewerStoreError."""
    found = await session.find_ids(method, _VERSIONS, [_VERSION_ID])
    version = int(found[0]["version"]) if found else 0
    check_not_newer(version, len(STEPS))
    return version
