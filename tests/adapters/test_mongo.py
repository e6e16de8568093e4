"""What is specific to the MongoDB store: durability, errors, crash points, documents, indexes.
store_contract tests the guarantees of the ports.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest
from pymongo import IndexModel, MongoClient, UpdateOne
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    OperationFailure,
    ServerSelectionTimeoutError,
)

from functions.adapters.mongo import MongoStore
from functions.adapters.mongo.indexes import EPOCH
from functions.adapters.mongo.session import MongoSession
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.campaigns.records import FlowVersion
from functions.service.reports.records import Counts
from functions.service.sending.records import Claim, MessageState
from functions.wiring import STORE_OPTIONS
from harness.servers.mongo import MongoServer, open_passing, shared_uri
from tests.adapters.store_contract.builders import (
    NOW,
    at,
    campaign,
    change,
    claimed,
    commit,
    committed,
    ended,
    enrolled,
    idempotency_record,
    job,
    lead,
    message,
    record,
    sending,
    upload,
    waiting,
)


def run_with_store(work: Callable[[MongoStore], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await open_passing()
        try:
            await work(store)
        finally:
            await store.close()

    asyncio.run(run())


# Writes: durable, each document for itself, errors not swallowed


def test_writes_wait_for_a_majority_and_its_journals_unless_the_uri_says_otherwise() -> None:
    """`w` and `journal` of the URI win, one by one; w=0 is refused. Nothing is sent for that."""

    async def concern_of(options: str) -> dict[str, Any]:
        store = await MongoStore.open(f"mongodb://nowhere.invalid/{options}")
        try:
            return store.database.write_concern.document
        finally:
            await store.close()

    assert asyncio.run(concern_of("")) == {"w": "majority", "j": True}
    assert asyncio.run(concern_of("?w=2")) == {"w": 2, "j": True}
    assert asyncio.run(concern_of("?journal=false")) == {"w": "majority", "j": False}
    with pytest.raises(ConfigurationError, match="w=0"):
        asyncio.run(concern_of("?w=0"))


def test_acknowledged_writes_survive_a_killed_server() -> None:
    """Although the URI does not mention journals here."""
    server = MongoServer()
    uri = server.uri.replace("&journal=true", "")
    try:
        server.start()

        async def write() -> None:
            store = await MongoStore.open(uri)
            await store.migrate()
            leads = await enrolled(store, 50)
            await store.leads.commit([commit(sending(it), 20) for it in leads], "t", NOW)
            server.kill()
            await store.close()

        asyncio.run(write())
        server.start()

        async def read() -> list[int]:
            store = await MongoStore.open(uri)
            found = await store.leads.page("c1", after_seq=0, limit=100)
            await store.close()
            return [it.lead.revision for it in found]

        assert asyncio.run(read()) == [1] * 50
    finally:
        server.stop()


def test_other_write_errors_than_duplicates_raise() -> None:
    """If one document of a bulk is refused for another reason, it is not lost silently."""

    async def work(store: MongoStore) -> None:
        await claimed(store, [message(1), message(2)])
        keys = [message(n).key for n in (1, 2)]
        session = MongoSession(store.database, per_document=False, on_write=None)
        impossible = UpdateOne({"_id": keys[0]}, {"$inc": {"words": 1}})
        possible = UpdateOne({"_id": keys[1]}, {"$set": {"words": "hello"}})
        with pytest.raises(BulkWriteError, match="non-numeric"):
            await session.write("messages.write", "messages", [impossible, possible])
        # Unordered: the valid one is written.
        found = {it.key: it.outcome_reason for it in await store.messages.find(keys)}
        assert found == {keys[0]: "", keys[1]: "hello"}

    run_with_store(work)


def test_an_unreachable_server_raises() -> None:
    """The broker delivers again; an empty answer would lose jobs."""

    async def work() -> None:
        store = await MongoStore.open(
            "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100&retryWrites=false"
        )
        asked: tuple[Callable[[], Awaitable[object]], ...] = (
            lambda: store.leads.find(["l1"]),
            lambda: store.leads.enrol([lead(1)], NOW),
            lambda: store.leads.take_due("c1", NOW, 1, NOW, "t"),
            lambda: store.suppressions.find([(DEFAULT_WORKSPACE, "a@example.org")]),
            store.now,
            store.ping,
        )
        for ask in asked:
            with pytest.raises(ServerSelectionTimeoutError):
                await ask()
        await store.close()

    asyncio.run(work())


def test_a_claim_that_comes_again_wins_only_while_it_is_one() -> None:
    """Its first answer was lost; meanwhile the message may have moved on under the same token."""

    async def work(store: MongoStore) -> None:
        one, two = message(1), message(2)
        await claimed(store, [one, two])
        await store.messages.write([change(two.key, MessageState.SENDING, MessageState.CLAIMED)])
        again = [Claim(one, None), Claim(two, None)]
        assert await store.messages.claim(again) == {one.key}

    run_with_store(work)


def test_a_record_that_counts_nothing_is_not_looked_at_again() -> None:
    async def work(store: MongoStore) -> None:
        bare = replace(record("k1", "l1", campaign_id="c1"), delta={})
        await store.journal.insert([bare, record("k2", "l2", campaign_id="c2")])
        assert await store.journal.unrolled_campaigns(9) == ["c2"]
        assert await store.journal.unrolled("c1", 9) == []
        assert await store.journal.of_lead("l1", 9) == [bare]

    run_with_store(work)


@dataclass
class CrashAt:
    """Raises at the n-th write point, like a process that dies there."""

    point: int
    heard: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> None:
        self.heard.append(name)
        if len(self.heard) == self.point:
            raise InterruptedError(name)


async def crashed_commit(point: int, *, per_document: bool) -> tuple[list[str], list[int]]:
    """The write points heard, and the revisions of three leads after the crash."""
    crash = CrashAt(0)
    store = await open_passing(per_document=per_document, on_write=crash)
    try:
        leads = await enrolled(store, 3)
        crash.heard.clear()
        crash.point = point
        with pytest.raises(InterruptedError):
            await store.leads.commit([commit(sending(it), 20) for it in leads], "t", NOW)
        found = await store.leads.page("c1", after_seq=0, limit=9)
        return crash.heard, [it.lead.revision for it in found]
    finally:
        await store.close()


def test_a_crash_may_come_before_and_after_each_document() -> None:
    """In the mode of simulations; otherwise before and after the batch."""
    before, after = "before:leads.commit", "after:leads.commit"
    alone = {
        1: ([before], [0, 0, 0]),
        2: ([before, after], [1, 0, 0]),
        5: ([before, after] * 2 + [before], [1, 1, 0]),
    }
    for point, expected in alone.items():
        assert asyncio.run(crashed_commit(point, per_document=True)) == expected
    together = {1: ([before], [0, 0, 0]), 2: ([before, after], [1, 1, 1])}
    for point, expected in together.items():
        assert asyncio.run(crashed_commit(point, per_document=False)) == expected


def test_two_stores_never_take_the_same_lead() -> None:
    """Over two connections, at once, over one server."""

    async def work(store: MongoStore) -> None:
        leads = await enrolled(store, 60)
        second = MongoStore(MongoSession(store.database, per_document=True, on_write=None), None)
        taken = await asyncio.gather(
            *(
                each.leads.take_due("c1", at(1), 40, at(30), f"t{n}")
                for n, each in enumerate((store, second, store, second))
            )
        )
        ids = [it.lead.lead_id for some in taken for it in some]
        assert len(ids) == len(set(ids))
        assert set(ids) <= {it.lead_id for it in leads}
        assert len(ids) >= 40

    run_with_store(work)


# What lies in the database


def test_documents_are_native() -> None:
    """Dates as dates, attributes as a sub-document, flat counter keys as field names."""

    async def work(store: MongoStore) -> None:
        (one,) = await enrolled(store, 1)
        await store.leads.commit([commit(waiting(one, 60))], "t", NOW)
        document = await store.database.leads.find_one({"_id": one.lead_id})
        assert document is not None
        assert document["due_at"] == document["wait_until"] == at(60)
        assert isinstance(document["due_at"], datetime)
        assert document["attributes"] == {"n": 1}
        assert document["undrained_at"] == NOW
        assert document["records"][0]["delta"]["at/wait/waiting"] == 1
        counts = Counts(
            workspace_id=DEFAULT_WORKSPACE,
            campaign_id="c1",
            revision=1,
            values={"total/email-1/sent": 3},
            changed={"total/email-1/sent": 1},
        )
        assert await store.counts.save(counts)
        found = await store.database.counts.find_one({"values.total/email-1/sent": 3})
        assert found is not None

    run_with_store(work)


def test_open_ended_json_may_hold_what_a_field_name_may_not() -> None:
    """The canvas of a flow, uploaded rows, a job's report: keys and numbers of people's making."""
    odd = {"$where": 1, "a.b": {"": [2**70, "\ud83d", None]}, "nul\x00": "x\x00y"}

    async def work(store: MongoStore) -> None:
        draft = campaign("c1", draft=odd)
        assert await store.campaigns.insert(draft)
        assert await store.campaigns.find(DEFAULT_WORKSPACE, ["c1"]) == [draft]
        version = FlowVersion("c1", 1, odd, NOW)
        assert await store.campaigns.add_version(version)
        assert await store.campaigns.version("c1", 1) == version
        await store.uploads.add(upload("u1", 0, [odd, odd]))
        assert await store.uploads.read(DEFAULT_WORKSPACE, "u1", 0) == [odd, odd]
        reporting = job("j1", report=odd)
        assert await store.jobs.insert(reporting)
        assert await store.jobs.find(DEFAULT_WORKSPACE, "j1") == reporting

    run_with_store(work)


def test_the_database_is_the_uris_or_the_one_given() -> None:
    async def name_of(path: str, database: str | None = None) -> str:
        store = await MongoStore.open(f"mongodb://nowhere.invalid/{path}", database)
        await store.close()
        return store.database.name

    assert asyncio.run(name_of("")) == "emailbuilder"
    assert asyncio.run(name_of("letters")) == "letters"
    assert asyncio.run(name_of("letters", "others")) == "others"


# Indexes


def test_migrate_makes_each_index_once() -> None:
    """Reported the first time, nothing the second time; the server has exactly these."""

    async def work(store: MongoStore) -> None:
        assert await store.migrate() == []
        await store.database.hits.drop_index("look")
        assert await store.unmigrated() == ["index look of hits"]
        assert await store.unmigrated() == ["index look of hits"]
        assert await store.migrate() == ["made index look of hits"]
        for collection in {index.collection for index in store.indexes}:
            held = await store.database[collection].index_information()
            wanted = {it.name for it in store.indexes if it.collection == collection}
            assert held.keys() == wanted | {"_id_"}

    run_with_store(work)


def test_migrate_raises_where_an_index_has_another_shape() -> None:
    """A missing guarantee of the database is not ignored."""

    async def work(store: MongoStore) -> None:
        await store.database.leads.drop_index("seq")
        loose = IndexModel([("campaign_id", 1), ("seq", 1)], name="seq")
        await store.database.leads.create_indexes([loose])
        with pytest.raises(OperationFailure):
            await store.migrate()

    run_with_store(work)


def test_queries_of_the_sweep_use_their_indexes() -> None:
    """As the server explains them, over documents of which few match."""

    async def work(store: MongoStore) -> None:
        leads = await enrolled(store, 30)
        await committed(store, [ended(it) for it in leads[:20]])
        await store.leads.commit([commit(sending(leads[20]), 20)], "t", NOW)
        now = at(5)
        asked: list[tuple[str, dict[str, Any], str]] = [
            ("leads", {"campaign_id": "c1", "due_at": {"$gte": EPOCH, "$lte": now}}, "due"),
            ("leads", {"lease_until": {"$gt": now}}, "lease"),
            ("leads", {"undrained_at": {"$gte": EPOCH, "$lte": now}}, "undrained"),
            ("hits", {"look_at": {"$gte": EPOCH, "$lte": now}}, "look"),
            ("hits", {"lead_id": {"$in": ["l1", "l2"]}}, "lead"),
            ("journal", {"campaign_id": "c1", "unrolled": True}, "unrolled"),
            ("messages", {"state": MessageState.SENT, "retry_at": {"$gte": EPOCH}}, "late"),
            (
                "counts",
                {"workspace_id": "w", "last_outcome_hour": {"$gte": "2027-03-01T09"}},
                "recent",
            ),
            ("campaigns", {"workspace_id": "w", "status": "running"}, "workspace"),
            (
                "messages",
                {"campaign_id": "c1", "node_id": "n", "state": "sent", "lead_id": {"$gt": "l"}},
                "sent",
            ),
            (
                "journal",
                {
                    "campaign_id": "c1",
                    "hit_node": "n",
                    "hit_kind": "opened",
                    "lead_id": {"$gt": "l"},
                },
                "hits",
            ),
            ("answers", {"at": {"$gte": EPOCH, "$lt": now}}, "age"),
        ]
        for collection, condition, index in asked:
            plan = await store.database[collection].find(condition).explain()
            stage = plan["queryPlanner"]["winningPlan"]
            while "inputStage" in stage:
                stage = stage["inputStage"]
            assert (stage["stage"], stage.get("indexName")) == ("IXSCAN", index), condition

    run_with_store(work)


def test_a_key_released_while_it_is_looked_at_is_reserved() -> None:
    """The insertion was refused, and what refused it is gone when it is read."""

    async def work() -> None:
        heard: list[str] = []

        def release_once(name: str) -> None:
            heard.append(name)
            if heard.count("after:idempotency_records.reserve") == 2:
                with MongoClient[dict[str, object]](shared_uri()) as other:
                    other[store.database.name].answers.delete_one({"_id": "default/k"})

        store = await open_passing(on_write=release_once)
        assert await store.idempotency_records.reserve(idempotency_record("k")) is None
        assert (
            await store.idempotency_records.reserve(idempotency_record("k", fingerprint="other"))
            is None
        )
        assert await store.idempotency_records.reserve(
            idempotency_record("k")
        ) == idempotency_record("k", fingerprint="other")
        await store.close()

    asyncio.run(work())


def test_uri_overrides_the_defaults_of_a_deployment() -> None:
    """The functions keep few connections and soon say that the store is away."""

    async def story() -> None:
        uri = "mongodb://127.0.0.1:1/x?maxpoolsize=3"
        store = await MongoStore.open(uri, defaults=STORE_OPTIONS)
        options = store.database.client.options
        assert options.pool_options.max_pool_size == 3
        assert options.server_selection_timeout == 5
        await store.close()

    asyncio.run(story())
