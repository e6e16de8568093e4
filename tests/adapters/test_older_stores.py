"""Stores written by the last version without workspaces: they are migrated, however often that is
interrupted, and work in progress continues as it would have. tests/adapters/fixtures/README.md says
how they were made.
"""

import asyncio
import gzip
import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bson import json_util
from pymongo import IndexModel

from functions.adapters.mongo import MongoStore, migrations
from functions.adapters.sqlite import SqliteStore
from functions.adapters.sqlite.database import Reading
from functions.adapters.store_version import NewerStoreError, OlderStoreError
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.records import SuppressionReason
from functions.service.store import Store
from harness.fakes.clock import BEGINNING, FakeClock
from harness.fakes.world import FakeWorld
from harness.servers.mongo import PassingStore, new_database, shared_uri

FIXTURES = Path(__file__).parent / "fixtures"
NAME = "store-694064f"
WRITTEN_AT = BEGINNING + timedelta(seconds=5)
FORWARD_SECONDS = 600
CAMPAIGNS = ["draft", "late", "rest", "shop"]
ALL = 99
MOVED = "moved everything into the workspace default"


class CrashError(Exception):
    """The simulated end of the process that migrates."""


async def outcome(world: FakeWorld) -> dict[str, Any]:
    """The state of every campaign, lead, contact and job, and what was sent, as in the fixture's
    script.
    """
    store = world.store
    seen: dict[str, object] = {}
    for campaign in await store.campaigns.find(DEFAULT_WORKSPACE, CAMPAIGNS):
        name = campaign.campaign_id
        contacts = await store.contacts.page(DEFAULT_WORKSPACE, name, after_seq=0, limit=ALL)
        leads = [it.lead for it in await store.leads.page(name, after_seq=0, limit=ALL)]
        messages = await store.messages.page(name, after_key="", limit=ALL, state=None)
        counts = await store.counts.find([name])
        jobs = await store.jobs.page(DEFAULT_WORKSPACE, name, ALL)
        seen[name] = {
            "status": campaign.status,
            "draft": campaign.draft,
            "contacts": [[it.seq, it.email, dict(it.attributes)] for it in contacts],
            "leads": [
                [it.seq, it.email, it.status, it.reason, list(it.execution_path), it.revision]
                for it in leads
            ],
            "messages": sorted([it.key, it.state, it.delivery_attempts] for it in messages),
            "counts": dict(sorted(counts[0].values.items())) if counts else {},
            "jobs": sorted(([it.kind, it.state, it.cursor, it.report] for it in jobs), key=str),
        }
    seen["sent"] = sorted(it.rcpt_to for it in world.transport.sent)
    plain: dict[str, Any] = json.loads(json.dumps(seen))
    return plain


async def goes_on_as_before(store: Store, clock: FakeClock) -> None:
    """Leads decide, wait, retry and are counted as in the older program; leased and waiting jobs
    are done; an unfinished upload is imported.
    """
    world = FakeWorld(store, clock)
    await world.pass_time(FORWARD_SECONDS, step_seconds=5)
    expected = json.loads((FIXTURES / f"{NAME}.outcome.json").read_text())
    assert _comparable(await outcome(world)) == _comparable(expected)
    for name in CAMPAIGNS:
        found = await store.counts.find([name])
        values = found[0].values if found else {}
        recounted = await store.leads.recount(name)
        assert _by_version(values) == _by_version(recounted), name


def _by_version(values: Mapping[str, int]) -> dict[str, int]:
    return {key: number for key, number in values.items() if key.startswith("in/")}


def _comparable(seen: dict[str, Any]) -> dict[str, Any]:
    """Without how late each step was: a condition looks a moment after its deadline since then.
    Rows of known contacts were counted as duplicates.
    """
    for name in CAMPAIGNS:
        counts = seen[name]["counts"]
        seen[name]["counts"] = {
            it: counts[it] for it in counts if not it.startswith(("late/", "in/"))
        }
        for *_, report in seen[name]["jobs"]:
            if "duplicate" in report:
                report["duplicate"] += report.pop("changed", 0) + report.pop("same", 0)
                report["problems"] = [it for it in report["problems"] if "already" not in str(it)]
    return seen


async def holds_what_it_held(store: Store) -> None:
    """Documents that only a query by workspace finds."""
    asked = [(DEFAULT_WORKSPACE, f"{it}@example.com") for it in ("ann", "carl", "nobody")]
    suppressed = {it.email_key: it.reason for it in await store.suppressions.find(asked)}
    assert suppressed == {
        "carl@example.com": SuppressionReason.UNSUBSCRIBED,
        "nobody@example.com": SuppressionReason.COMPLAINT,
    }
    listed = await store.suppressions.page(DEFAULT_WORKSPACE, prefix="", after_key="", limit=9)
    assert [(it.email_key, it.source) for it in listed] == [(it, "") for it in suppressed]
    account = await store.sending_accounts.find(DEFAULT_WORKSPACE, "inbox")
    assert account is not None
    assert (account.revision, account.buckets["a.b"].full_at_us) == (1, 2)
    now = await store.now()
    # Of the import that waits, and of one that never began.
    uploads = await store.uploads.abandoned_anywhere(now, 9)
    assert len(uploads) == 2
    assert all([await store.uploads.read(*upload, 0) for upload in uploads])
    assert await store.idempotency_records.expire_anywhere(now + timedelta(days=1), 9) == 2


async def refuses_to_work(store: Store) -> None:
    with pytest.raises(OlderStoreError, match="emailbuilder migrate"):
        await store.campaigns.find(DEFAULT_WORKSPACE, CAMPAIGNS)
    with pytest.raises(OlderStoreError, match="emailbuilder migrate"):
        await store.ping()


# SQLite


def sqlite_file(folder: Path, name: str = "old") -> str:
    path = folder / f"{name}.sqlite"
    path.write_bytes(gzip.decompress((FIXTURES / f"{NAME}.sqlite.gz").read_bytes()))
    return str(path)


async def open_sqlite(path: str) -> tuple[SqliteStore, FakeClock]:
    clock = FakeClock(WRITTEN_AT)
    return await SqliteStore.open(path, clock=clock, inline=True), clock


def rows_of(path: str) -> list[str]:
    """The whole file, as the statements that would make it again."""
    with closing(sqlite3.connect(path)) as connection:
        return [*connection.iterdump(), str(connection.execute("PRAGMA user_version").fetchone())]


def test_older_sqlite_file_is_refused_until_it_is_migrated(tmp_path: Path) -> None:
    """The error names the command and what is missing; afterwards nothing is missing."""

    async def work() -> None:
        store, _ = await open_sqlite(sqlite_file(tmp_path))
        await refuses_to_work(store)
        lacks = await store.unmigrated()
        assert MOVED in lacks
        assert await store.migrate() == lacks
        assert await store.migrate() == await store.unmigrated() == []
        await holds_what_it_held(store)
        await store.close()

    asyncio.run(work())


def test_older_sqlite_file_goes_on_as_before(tmp_path: Path) -> None:
    """Ten minutes of the product on it end as they did with the older program."""

    async def work() -> None:
        store, clock = await open_sqlite(sqlite_file(tmp_path))
        await store.migrate()
        await goes_on_as_before(store, clock)
        await store.close()

    asyncio.run(work())


def test_sqlite_migration_cut_short_anywhere_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each of its statements; run again, it ends as one that was never cut short."""
    statements = 0
    dies_at = 0
    original = Reading.rows

    def rows(self: Reading, sql: str, values: Any = ()) -> Any:
        nonlocal statements
        statements += 1
        if statements == dies_at:
            raise CrashError(sql)
        return original(self, sql, values)

    async def migrate(path: str) -> None:
        nonlocal statements
        statements = 0
        store, _ = await open_sqlite(path)
        try:
            await store.migrate()
        finally:
            await store.close()

    monkeypatch.setattr(Reading, "rows", rows)
    whole = sqlite_file(tmp_path, "whole")
    asyncio.run(migrate(whole))
    number = statements
    assert number > 20
    before, path = rows_of(sqlite_file(tmp_path, "before")), sqlite_file(tmp_path)
    for point in range(1, number + 1):
        dies_at = point
        with pytest.raises(CrashError):
            asyncio.run(migrate(path))
        assert rows_of(path) == before
    dies_at = 0
    asyncio.run(migrate(path))
    assert rows_of(path) == rows_of(whole)


# MongoDB


async def open_mongo(
    on_write: Callable[[str], None] | None = None,
) -> tuple[PassingStore, FakeClock]:
    """A database written by the older program."""
    clock = FakeClock(WRITTEN_AT)
    store = await PassingStore.open(shared_uri(), new_database(), clock=clock, on_write=on_write)
    text = gzip.decompress((FIXTURES / f"{NAME}.mongo.json.gz").read_bytes()).decode()
    options = json_util.CANONICAL_JSON_OPTIONS.with_options(tz_aware=True)
    for name, held in json_util.loads(text, json_options=options).items():
        collection = store.database[name]
        await collection.insert_many(held["documents"])
        models = [IndexModel(**_index(it)) for it in held["indexes"]]
        if models:
            await collection.create_indexes(models)
    return store, clock


def _index(held: dict[str, Any]) -> dict[str, Any]:
    options = {option: value for option, value in held.items() if option != "key"}
    return {**options, "keys": [(field, int(direction)) for field, direction in held["key"]]}


async def documents_of(store: MongoStore) -> dict[str, object]:
    """The whole database, indexes too."""
    held: dict[str, object] = {}
    for name in sorted(await store.database.list_collection_names()):
        collection = store.database[name]
        held[name] = [it async for it in collection.find(sort=[("_id", 1)])]
        held[f"indexes of {name}"] = sorted((await collection.index_information()).items())
    return held


def test_older_database_is_refused_until_it_is_migrated() -> None:
    """Like the SQLite file."""

    async def work() -> None:
        store, _ = await open_mongo()
        await refuses_to_work(store)
        lacks = await store.unmigrated()
        assert lacks[0] == MOVED
        done = await store.migrate()
        assert done[0] == MOVED
        assert len(done) == len(lacks)
        assert await store.migrate() == await store.unmigrated() == []
        await holds_what_it_held(store)
        await store.close()

    asyncio.run(work())


def test_older_database_goes_on_as_before() -> None:
    """Like the SQLite file."""

    async def work() -> None:
        store, clock = await open_mongo()
        await store.migrate()
        await goes_on_as_before(store, clock)
        await store.close()

    asyncio.run(work())


def test_mongo_migration_cut_short_anywhere_ends_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before and after each of its writes. Cut short it is refused; run again, it ends as one that
    was never cut short."""
    monkeypatch.setattr(migrations, "PAGE", 1)
    heard = 0
    dies_at = 0

    def on_write(point: str) -> None:
        nonlocal heard
        heard += 1
        if heard == dies_at:
            raise CrashError(point)

    async def migrated() -> dict[str, object]:
        nonlocal heard, dies_at
        store, _ = await open_mongo(on_write)
        heard = 0
        if dies_at:
            with pytest.raises(CrashError):
                await store.migrate()
            dies_at = 0
            if heard < number:  # The very last point is after the version was written.
                await refuses_to_work(store)
            await store.migrate()
        else:
            await store.migrate()
        held = await documents_of(store)
        await store.close()
        return held

    number = 0
    whole = asyncio.run(migrated())
    number = heard
    assert number > 30
    for point in range(1, number + 1):
        dies_at = point
        assert asyncio.run(migrated()) == whole, point


def test_migrated_database_is_not_counted_again() -> None:
    """Its leads are on the move: a count taken beside them would be wrong."""

    async def work() -> None:
        store, _ = await open_mongo()
        await store.migrate()
        counted = (await store.counts.find(["shop"]))[0].values
        assert _by_version(counted) == _by_version(await store.leads.recount("shop"))
        (key, *_) = _by_version(counted)
        await store.database.counts.update_one({"_id": "shop"}, {"$inc": {f"values.{key}": 5}})
        assert await store.migrate() == []
        assert (await store.counts.find(["shop"]))[0].values[key] == counted[key] + 5
        await store.close()

    asyncio.run(work())


def test_database_of_a_later_program_is_refused() -> None:
    """With words, and untouched."""

    async def work() -> None:
        store, _ = await open_mongo()
        await store.database.store_version.replace_one(
            {"_id": "store"}, {"version": 9}, upsert=True
        )
        for ask in (store.migrate, store.unmigrated, store.ping):
            with pytest.raises(NewerStoreError, match="newer program"):
                await ask()
        await store.close()

    asyncio.run(work())
