"""What is MongoDB's own in the MongoDB store: round trips, durability, indexes, clock, errors.

The promises of the ports themselves are in store_contract.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo import IndexModel, UpdateOne
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    OperationFailure,
    ServerSelectionTimeoutError,
)

from functions.adapters.mongo import MongoStore
from functions.adapters.mongo.clock import ServerClock
from functions.adapters.mongo.gate import Gate
from functions.adapters.mongo.indexes import EPOCH, INDEXES
from functions.service.records import Claim, Counts, FlowVersion, MessageState, StoredHit
from tests.adapters.store_contract.builders import (
    NOW,
    answer,
    at,
    campaign,
    change,
    claimed,
    commit,
    committed,
    contact,
    ended,
    enrolled,
    hit,
    job,
    message,
    record,
    sending,
    waiting,
)
from tests.mongo_server import MongoServer, open_passing

CLAIMED, SENDING, SENT = MessageState.CLAIMED, MessageState.SENDING, MessageState.SENT


async def trips_of(work: Callable[[MongoStore], Awaitable[object]], heard: list[str]) -> list[str]:
    """What `work` adds to `heard`, on a store of its own."""
    store = await open_passing(round_trips=heard.append)
    try:
        heard.clear()
        await work(store)
        return list(heard)
    finally:
        await store.close()


def run_with_store(work: Callable[[MongoStore], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await open_passing()
        try:
            await work(store)
        finally:
            await store.close()

    asyncio.run(run())


# Round trips


def test_a_batch_of_a_hundred_leads_costs_one_round_trip_a_method() -> None:
    """Each line is a command to the server; a batch that is won whole costs one."""
    heard: list[str] = []

    async def work(store: MongoStore) -> None:
        leads = await enrolled(store, 100)
        ids = [lead.lead_id for lead in leads]
        await store.leads.find(ids)
        await store.leads.commit([commit(sending(lead), 20) for lead in leads], "t", NOW)
        await store.journal.insert([record(f"{one}@1", one) for one in ids])
        await store.leads.drained(dict.fromkeys(ids, 1))
        await store.leads.renew(ids, at(30))
        await store.leads.in_flight(NOW, 1000)
        await store.leads.oldest_due(["c1"])
        await store.leads.undrained(NOW, 100)
        await store.hits.of_leads(ids)
        await store.suppressions.find([lead.email for lead in leads])
        await store.leads.take_due("c1", at(30), 100, at(60), "taker")
        await store.leads.page("c1", after_seq=0, limit=100)

    assert asyncio.run(trips_of(work, heard)) == [
        "leads.enrol",
        "leads.find",
        "leads.commit",
        "journal.insert",
        "leads.drained",
        "leads.renew",
        "leads.in_flight",
        "leads.oldest_due",
        "leads.undrained",
        "hits.of_leads",
        "suppressions.find",
        "leads.take_due",
        "leads.take_due",
        "leads.take_due",
        "leads.page",
    ]


def test_a_batch_of_a_hundred_messages_costs_one_round_trip_a_method() -> None:
    """New claims and takeovers of expired ones share one command."""
    heard: list[str] = []

    async def work(store: MongoStore) -> None:
        old = [message(n) for n in range(50)]
        await store.messages.claim([Claim(it, None) for it in old])
        heard.clear()
        ours = [message(n, token="t2") for n in range(100)]
        claims = [Claim(it, old[n] if n < 50 else None) for n, it in enumerate(ours)]
        keys = [it.key for it in ours]
        assert await store.messages.claim(claims) == set(keys)
        await store.messages.find(keys)
        marks = [change(key, SENDING, CLAIMED, token="t2") for key in keys]
        assert await store.messages.write(marks) == set(keys)
        await store.messages.renew(keys, "t2", at(40))
        await store.messages.turned_late(100)
        await store.messages.page("c1", after_key="", limit=100, state=None)

    assert asyncio.run(trips_of(work, heard)) == [
        "messages.claim",
        "messages.find",
        "messages.write",
        "messages.renew",
        "messages.turned_late",
        "messages.page",
    ]


def test_losers_cost_one_round_trip_more() -> None:
    """Of commits, claims and changes alike."""
    heard: list[str] = []

    async def work(store: MongoStore) -> None:
        leads = await enrolled(store, 3)
        await committed(store, [waiting(leads[0], 5)])
        old = [message(n) for n in range(3)]
        await claimed(store, old)
        theirs = replace(old[0], token="theirs")
        await store.messages.claim([Claim(theirs, old[0])])
        heard.clear()
        won = await store.leads.commit([commit(sending(lead)) for lead in leads], "late", NOW)
        assert won == {leads[1].lead_id, leads[2].lead_id}
        ours = [replace(it, token="ours") for it in old]
        new = message(9, token="ours")
        claims = [Claim(it, before) for it, before in zip(ours, old, strict=True)]
        won = await store.messages.claim([*claims, Claim(new, None), Claim(message(9), None)])
        assert won >= {ours[1].key, ours[2].key, new.key}
        assert ours[0].key not in won
        marks = [change(it.key, SENDING, CLAIMED, token="ours") for it in ours]
        assert await store.messages.write(marks) == {ours[1].key, ours[2].key}

    assert Counter(asyncio.run(trips_of(work, heard))) == {
        "leads.commit": 2,
        "messages.claim": 2,
        "messages.write": 2,
    }


def test_a_page_longer_than_the_drivers_first_batch_is_one_round_trip() -> None:
    """Left to itself the server stops after 101 documents and waits to be asked for more."""
    heard: list[str] = []

    async def work(store: MongoStore) -> None:
        await store.contacts.add([contact(seq) for seq in range(1, 301)])
        assert len(await store.contacts.page("c1", after_seq=0, limit=300)) == 300
        assert len(await store.contacts.page("c1", after_seq=0, limit=250)) == 250
        keys = [contact(seq).email_key for seq in range(1, 301)]
        assert len(await store.contacts.existing("c1", keys)) == 300
        await store.hits.insert([hit(n, f"l{n}") for n in range(150)])
        assert len(await store.hits.of_leads([f"l{n}" for n in range(150)])) == 150

    assert Counter(asyncio.run(trips_of(work, heard))) == {
        "contacts.add": 1,
        "contacts.page": 2,
        "contacts.existing": 1,
        "hits.insert": 1,
        "hits.of_leads": 1,
    }


def test_nothing_asked_is_no_round_trip() -> None:
    """Neither for an empty batch nor for a limit of 0, which to the server would mean all."""
    heard: list[str] = []

    async def work(store: MongoStore) -> None:
        await enrolled(store, 2)
        heard.clear()
        assert await store.leads.find([]) == []
        assert await store.leads.commit([], "t", NOW) == frozenset()
        assert await store.messages.claim([]) == frozenset()
        assert await store.messages.write([]) == frozenset()
        await store.journal.insert([])
        await store.hits.settle({})
        await store.leads.renew([], NOW)
        assert await store.leads.take_due("c1", at(9), 0, at(19), "t") == []
        assert await store.leads.page("c1", after_seq=0, limit=0) == []
        assert await store.leads.in_flight(NOW, 0) == 0
        assert await store.leads.oldest_due([]) is None
        assert await store.journal.unrolled_campaigns(0) == []

    assert asyncio.run(trips_of(work, heard)) == []


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
    """Though the URI says nothing about journals here."""
    server = MongoServer()
    uri = server.uri.replace("&journal=true", "")
    try:
        server.start()

        async def write() -> None:
            store = await MongoStore.open(uri)
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
    """A bulk in which one document is refused for another reason is no quiet loss."""

    async def work(store: MongoStore) -> None:
        await claimed(store, [message(1), message(2)])
        keys = [message(n).key for n in (1, 2)]
        gate = Gate(store.database, per_document=False, on_write=None)
        impossible = UpdateOne({"_id": keys[0]}, {"$inc": {"words": 1}})
        possible = UpdateOne({"_id": keys[1]}, {"$set": {"words": "hello"}})
        with pytest.raises(BulkWriteError, match="non-numeric"):
            await gate.write("messages.write", "messages", [impossible, possible])
        # Unordered: the sound one stands.
        found = {it.key: it.words for it in await store.messages.find(keys)}
        assert found == {keys[0]: "", keys[1]: "hello"}

    run_with_store(work)


def test_an_unreachable_server_raises() -> None:
    """The broker delivers again; an empty answer would lose jobs."""

    async def work() -> None:
        store = await MongoStore.open(
            "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100&retryWrites=false"
        )
        try:
            for ask in (
                store.leads.find(["l1"]),
                store.leads.enrol([], NOW),
                store.leads.take_due("c1", NOW, 1, NOW, "t"),
                store.suppressions.find(["a@example.org"]),
                store.now(),
                store.ping(),
            ):
                try:
                    await ask
                except ServerSelectionTimeoutError:
                    continue
                assert ask.__name__ == "enrol", "nothing to write, nothing to fail"
        finally:
            await store.close()

    asyncio.run(work())


@dataclass
class CrashAt:
    """Raises at the n-th write point it hears, as a process that dies there."""

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
    """In the mode of simulations; else before and after the batch."""
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
        second = MongoStore(Gate(store.database, per_document=True, on_write=None), None)
        taken = await asyncio.gather(
            *(
                each.leads.take_due("c1", at(1), 40, at(30), f"t{n}")
                for n, each in enumerate((store, second, store, second))
            )
        )
        ids = [it.lead.lead_id for some in taken for it in some]
        assert len(ids) == len(set(ids))
        assert set(ids) <= {lead.lead_id for lead in leads}
        assert len(ids) >= 40

    run_with_store(work)


# What lies in the database


def test_documents_are_native() -> None:
    """Dates as dates, attributes as a sub-document, flat counter keys as field names."""

    async def work(store: MongoStore) -> None:
        (lead,) = await enrolled(store, 1)
        await store.leads.commit([commit(waiting(lead, 60))], "t", NOW)
        document = await store.database.leads.find_one({"_id": lead.lead_id})
        assert document is not None
        assert document["due_at"] == document["wait_until"] == at(60)
        assert isinstance(document["due_at"], datetime)
        assert document["attributes"] == {"n": 1}
        assert document["undrained_at"] == NOW
        assert document["records"][0]["delta"]["at/wait/waiting"] == 1
        counts = Counts("c1", 1, {"total/email-1/sent": 3}, {"total/email-1/sent": 1})
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
        assert await store.campaigns.find(["c1"]) == [draft]
        version = FlowVersion("c1", 1, odd, NOW)
        assert await store.campaigns.add_version(version)
        assert await store.campaigns.version("c1", 1) == version
        await store.uploads.add("u1", 0, [odd, odd], NOW)
        assert await store.uploads.read("u1", 0) == [odd, odd]
        reporting = job("j1", report=odd)
        assert await store.jobs.insert(reporting)
        assert await store.jobs.find("j1") == reporting

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
    """Said in words the first time, nothing the second; the server holds just these."""

    async def work(store: MongoStore) -> None:
        assert await store.migrate() == []
        await store.database.hits.drop_index("look")
        assert await store.migrate() == ["made index look of hits"]
        for collection in {index.collection for index in INDEXES}:
            held = await store.database[collection].index_information()
            wanted = {it.name for it in INDEXES if it.collection == collection}
            assert held.keys() == wanted | {"_id_"}

    run_with_store(work)


def test_migrate_raises_where_an_index_has_another_shape() -> None:
    """A promise that is not kept by the database is not passed over."""

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
        await committed(store, [ended(lead) for lead in leads[:20]])
        await store.leads.commit([commit(sending(leads[20]), 20)], "t", NOW)
        now = at(5)
        asked: list[tuple[str, dict[str, Any], str]] = [
            ("leads", {"campaign_id": "c1", "due_at": {"$gte": EPOCH, "$lte": now}}, "due"),
            ("leads", {"lease_until": {"$gt": now}}, "lease"),
            ("leads", {"undrained_at": {"$gte": EPOCH, "$lte": now}}, "undrained"),
            ("hits", {"look_at": {"$gte": EPOCH, "$lte": now}}, "look"),
            ("hits", {"lead_id": {"$in": ["l1", "l2"]}}, "lead"),
            ("journal", {"campaign_id": "c1", "unrolled": True}, "unrolled"),
            ("messages", {"state": SENT, "retry_at": {"$gte": EPOCH}}, "late"),
            ("answers", {"at": {"$gte": EPOCH, "$lt": now}}, "age"),
        ]
        for collection, condition, index in asked:
            plan = await store.database[collection].find(condition).explain()
            stage = plan["queryPlanner"]["winningPlan"]
            while "inputStage" in stage:
                stage = stage["inputStage"]
            assert (stage["stage"], stage.get("indexName")) == ("IXSCAN", index), condition

    run_with_store(work)


def test_hits_beyond_the_bound_stay_at_the_server() -> None:
    """A robot that follows every link makes nobody else's batch slow: what is needed is sent."""
    heard: list[str] = []
    many: list[StoredHit] = [hit(n, "l1", at_s=n) for n in range(700)]

    async def work(store: MongoStore) -> None:
        await store.hits.insert(list(reversed(many)))
        found = await store.hits.of_leads(["l1", "l2"])
        assert found == {"l1": [it.hit for it in many[:500]]}

    assert asyncio.run(trips_of(work, heard)) == ["hits.insert", "hits.of_leads"]


def test_release_frees_a_key_for_the_next() -> None:
    """A reservation that is released under a waiting one's eyes goes to it."""

    async def work(store: MongoStore) -> None:
        assert await store.answers.reserve(answer("k")) is None
        again = await asyncio.gather(
            store.answers.release("k"), *(store.answers.reserve(answer("k")) for _ in range(4))
        )
        assert again[1:].count(None) <= 1
        await store.answers.release("k")
        assert await store.answers.reserve(answer("k")) is None

    run_with_store(work)


# The clock


@dataclass
class FakeTime:
    """A server's clock and two local ones, moved by hand."""

    server: datetime = NOW
    steady: float = 50.0
    wall: float = 1e9
    travel_seconds: float = 0.0
    asked: int = 0

    async def ask(self) -> datetime:
        self.asked += 1
        reading = self.server
        self.steady += self.travel_seconds
        self.wall += self.travel_seconds
        self.server += timedelta(seconds=self.travel_seconds)
        return reading

    def clock(self) -> ServerClock:
        return ServerClock(self.ask, steady=lambda: self.steady, wall=lambda: self.wall)

    def pass_seconds(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += seconds
        self.server += timedelta(seconds=seconds)


def test_the_clock_is_the_servers_and_asked_for_twice_a_minute() -> None:
    time = FakeTime()

    async def work() -> None:
        clock = time.clock()
        assert await clock.now() == NOW
        time.pass_seconds(29.0004)
        assert await clock.now() == at(29)
        assert time.asked == 1
        time.pass_seconds(1)
        assert await clock.now() == at(30)
        assert time.asked == 2

    asyncio.run(work())


def test_the_clock_is_never_ahead_of_the_server() -> None:
    """However long the answer travels: a wait must not end early."""
    time = FakeTime(travel_seconds=3)

    async def work() -> None:
        clock = time.clock()
        assert await clock.now() <= time.server

    asyncio.run(work())


def test_a_small_step_back_lets_the_clock_stand_still() -> None:
    """Until the server's has caught up; it never returns what was before."""
    time = FakeTime()

    async def work() -> None:
        clock = time.clock()
        time.pass_seconds(0)
        latest = await clock.now()
        time.pass_seconds(30)
        time.server = latest - timedelta(milliseconds=400)
        assert await clock.now() == latest
        time.pass_seconds(0.3)
        assert await clock.now() == latest
        time.pass_seconds(0.2)
        assert await clock.now() == latest + timedelta(milliseconds=100)

    asyncio.run(work())


def test_a_large_step_back_is_followed() -> None:
    """Time that stood still for five minutes would hold up every wait."""
    time = FakeTime()

    async def work() -> None:
        clock = time.clock()
        await clock.now()
        time.pass_seconds(30)
        time.server -= timedelta(minutes=5)
        assert await clock.now() == time.server

    asyncio.run(work())


def test_a_frozen_function_asks_anew() -> None:
    """Its steady clock stood still for an hour, its wall clock jumped."""
    time = FakeTime()

    async def work() -> None:
        clock = time.clock()
        await clock.now()
        time.wall += 3600
        time.server += timedelta(hours=1)
        assert await clock.now() == at(3600)

    asyncio.run(work())


def test_many_who_ask_at_once_share_one_question() -> None:
    time = FakeTime()

    async def work() -> None:
        clock = time.clock()
        await asyncio.gather(*(clock.now() for _ in range(50)))
        assert time.asked == 1

    asyncio.run(work())


def test_the_stores_clock_costs_one_round_trip_for_many_readings() -> None:
    """Whole milliseconds, aware UTC, close to the server's."""
    heard: list[str] = []

    async def work(store: MongoStore) -> None:
        readings = [await store.now() for _ in range(20)]
        assert readings == sorted(readings)
        assert all(it.microsecond % 1000 == 0 for it in readings)
        assert all(it.utcoffset() == timedelta() for it in readings)
        answer = await store.database.client.admin.command("hello")
        assert abs(readings[-1] - answer["localTime"]) < timedelta(seconds=2)

    assert asyncio.run(trips_of(work, heard)) == ["store.now", "hello"]


def test_a_simulated_clock_takes_the_servers_place() -> None:
    heard: list[str] = []

    async def work() -> None:
        store = await open_passing(
            clock=lambda: NOW + timedelta(microseconds=700), round_trips=heard.append
        )
        heard.clear()
        assert await store.now() == NOW
        assert heard == []
        await store.close()

    asyncio.run(work())
