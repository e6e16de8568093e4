"""What the SQLite store guarantees beyond the ports: transactions, crashes, plans, its file."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from functions.adapters.sqlite import SqliteStore
from functions.adapters.sqlite.database import LOG_BYTES_MAX
from functions.adapters.sqlite.schema import MIGRATIONS
from functions.adapters.store_version import NewerStoreError
from functions.flow.event import TrackingEventKind
from functions.flow.lead import ON_THEIR_WAY, LeadStatus
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.sending.records import Claim, MessageState
from tests.adapters.store_contract.builders import (
    NOW,
    at,
    change,
    commit,
    contact,
    enrolled,
    idempotency_record,
    job,
    lead,
    message,
    record,
    sending,
    tracking_event,
)


class CrashError(Exception):
    """The simulated end of the machine."""


class Crash:
    """Raises at the `nth` call of `point`; records all calls."""

    def __init__(self, point: str, nth: int = 1) -> None:
        self.heard: list[str] = []
        self._point = point
        self._nth = nth

    def __call__(self, point: str) -> None:
        self.heard.append(point)
        if point == self._point and self.heard.count(point) == self._nth:
            raise CrashError(point)


async def crashing(per_document: bool, point: str, nth: int = 1) -> tuple[SqliteStore, Crash]:
    crash = Crash(point, nth)
    store = await SqliteStore.open(
        ":memory:", per_document=per_document, on_write=crash, inline=True
    )
    await store.migrate()
    crash.heard.clear()
    return store, crash


@pytest.mark.parametrize(("point", "kept"), [("before", 0), ("after", 3)])
def test_crash_around_a_transaction_keeps_all_or_nothing(point: str, kept: int) -> None:
    """The store keeps working."""

    async def scenario() -> None:
        store, crash = await crashing(False, f"{point}:contacts.add")
        with pytest.raises(CrashError):
            await store.contacts.add([contact(n) for n in (1, 2, 3)])
        assert len(await store.contacts.page(DEFAULT_WORKSPACE, "c1", after_seq=0, limit=9)) == kept
        await store.contacts.add([contact(n) for n in (1, 2, 3, 4)])
        assert await store.contacts.last_seq(DEFAULT_WORKSPACE, "c1") == 4
        assert crash.heard[-2:] == ["before:contacts.add", "after:contacts.add"]

    asyncio.run(scenario())


@pytest.mark.parametrize(("point", "kept"), [("before", 1), ("after", 2)])
def test_crash_between_documents_keeps_those_before(point: str, kept: int) -> None:
    """In per-document mode each is a separate commit, even in an insert of many."""

    async def scenario() -> None:
        store, crash = await crashing(True, f"{point}:leads.enrol", 2)
        with pytest.raises(CrashError):
            await store.leads.enrol([lead(n) for n in (1, 2, 3)], NOW)
        assert len(await store.leads.page("c1", after_seq=0, limit=9)) == kept
        assert len(crash.heard) == (3 if point == "before" else 4)

    asyncio.run(scenario())


Batch = Callable[[SqliteStore], Awaitable[object]]

BATCHES: dict[str, Batch] = {
    "contacts.add": lambda store: store.contacts.add([contact(n) for n in (1, 2, 3)]),
    "contacts.change": lambda store: store.contacts.change(
        [contact(n, revision=2) for n in (1, 2, 3)]
    ),
    "leads.commit": lambda store: store.leads.commit(
        [commit(sending(lead(n)), 20) for n in (1, 2, 3)], "t", NOW
    ),
    "leads.drained": lambda store: store.leads.drained({lead(n).lead_id: 1 for n in (1, 2, 3)}),
    "leads.take_due": lambda store: store.leads.take_due("c1", NOW, 3, at(9), "t"),
    "leads.renew": lambda store: store.leads.renew([lead(n).lead_id for n in (1, 2, 3)], at(9)),
    "leads.delete_page": lambda store: store.leads.delete_page("c1", 2),
    "messages.claim": lambda store: store.messages.claim(
        [Claim(message(n), None) for n in (1, 2, 3)]
    ),
    "messages.write": lambda store: store.messages.write(
        [change(f"k{n}", MessageState.SENT, MessageState.SENDING) for n in (1, 2, 3)]
    ),
    "tracking_events.insert": lambda store: store.tracking_events.insert(
        [tracking_event(n, "l1") for n in (1, 2, 3)]
    ),
    "tracking_events.settle": lambda store: store.tracking_events.settle(
        {"a": None, "b": None, "c": None}
    ),
    "journal.insert": lambda store: store.journal.insert([record(f"k{n}", "l") for n in (1, 2, 3)]),
    "journal.mark_rolled": lambda store: store.journal.mark_rolled(["k1", "k2", "k3"]),
    "campaigns.delete": lambda store: store.campaigns.delete("c1"),
    "idempotency_records.reserve": lambda store: store.idempotency_records.reserve(
        idempotency_record("k")
    ),
    "jobs.take_anywhere": lambda store: store.jobs.take_anywhere(NOW, at(9), "t", 9),
}
WRITES_PER_DOCUMENT = {
    "leads.delete_page": 8,
    "campaigns.delete": 4,
    "idempotency_records.reserve": 1,
    "jobs.take_anywhere": 1,
}
"""Where it is not three. Two leads with four kinds of things each; four tables of a campaign."""


@pytest.mark.parametrize("name", BATCHES)
def test_every_driver_write_is_announced(name: str) -> None:
    """Once around the transaction, or once around each document."""

    async def heard(per_document: bool) -> list[str]:
        store, crash = await crashing(per_document, "never")
        await enrolled(store, 3)
        await store.jobs.insert(job("j1"))
        crash.heard.clear()
        await BATCHES[name](store)
        return crash.heard

    once = [f"before:{name}", f"after:{name}"]
    assert asyncio.run(heard(False)) == once
    assert asyncio.run(heard(True)) == once * WRITES_PER_DOCUMENT.get(name, 3)


def test_lease_of_a_crashed_taker_stays() -> None:
    """Per document: the first lead was leased, the second was not."""

    async def scenario() -> None:
        store, _ = await crashing(True, "after:leads.take_due")
        await enrolled(store, 2)
        with pytest.raises(CrashError):
            await store.leads.take_due("c1", NOW, 2, at(10), "a")
        assert await store.leads.in_flight(NOW, 9) == 1
        assert len(await store.leads.take_due("c1", NOW, 2, at(10), "b")) == 1

    asyncio.run(scenario())


def test_batch_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    """The transaction is rolled back, and the next one is not inside it."""

    async def scenario() -> None:
        store = await SqliteStore.open(str(tmp_path / "s"))
        await store.migrate()
        broken = contact(2, attributes={"x": object()})
        with pytest.raises(ValueError, match="serialize"):
            await store.contacts.add([contact(1), broken])
        await store.contacts.add([contact(3)])
        assert [
            it.seq
            for it in await store.contacts.page(DEFAULT_WORKSPACE, "c1", after_seq=0, limit=9)
        ] == [3]
        await store.close()

    asyncio.run(scenario())


def test_round_trips_are_named_one_by_one() -> None:
    """Each port method is one transaction or one read; an empty batch is none."""

    async def scenario() -> None:
        store = await SqliteStore.open(":memory:", inline=True)
        await store.migrate()
        seen: list[str] = []
        store.trace(seen.append)
        leads = await enrolled(store, 2)
        await store.leads.commit([commit(sending(it), 20) for it in leads], "t", NOW)
        await store.leads.commit([commit(sending(it), 20) for it in leads], "loser", NOW)
        await store.leads.commit([], "t", NOW)
        await store.journal.insert([])
        await store.leads.find([leads[0].lead_id])
        await store.now()
        assert seen == ["leads.enrol", "leads.commit", "leads.commit", "leads.find"]

    asyncio.run(scenario())


def test_file_is_durable_and_small_reads_do_not_wait(tmp_path: Path) -> None:
    """The shipped settings: WAL, and a sync at each commit."""

    async def scenario() -> None:
        path = tmp_path / "new folder" / "store.sqlite"
        store = await SqliteStore.open(str(path))
        await store.migrate()
        for connection in (store._database._writer, store._database._reader):
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert await store.leads.page("c1", after_seq=0, limit=9) == []
            other.execute("ROLLBACK")
        await store.close()
        await store.close()

    asyncio.run(scenario())


def test_log_stays_bounded(tmp_path: Path) -> None:
    """However much is written, and despite readers that come and go."""

    async def scenario() -> None:
        store = await SqliteStore.open(str(tmp_path / "s"))
        await store.migrate()
        sizes = []
        for start in range(1, 20_001, 1000):
            await asyncio.gather(
                store.leads.enrol([lead(seq) for seq in range(start, start + 1000)], NOW),
                store.leads.page("c1", after_seq=0, limit=50),
            )
            sizes.append((tmp_path / "s-wal").stat().st_size)
        await store.close()
        assert max(sizes) < LOG_BYTES_MAX / 4

    asyncio.run(scenario())


def test_clock_is_cut_to_milliseconds() -> None:
    """Never rounded up: no time lies ahead of the clock."""

    async def scenario() -> None:
        late = datetime(2026, 1, 1, 0, 0, 0, 999_999, tzinfo=UTC)
        store = await SqliteStore.open(":memory:", inline=True, clock=lambda: late)
        assert await store.now() == late - timedelta(microseconds=999)

    asyncio.run(scenario())


def test_inline_store_starts_no_thread() -> None:
    """A simulation with the same seed must run the same way twice."""

    async def scenario() -> None:
        before = threading.active_count()
        store = await SqliteStore.open(":memory:", inline=True)
        await store.migrate()
        await enrolled(store, 1)
        await store.leads.find([lead(1).lead_id])
        assert threading.active_count() == before
        await store.close()

    asyncio.run(scenario())


def test_new_file_says_what_it_lacks(tmp_path: Path) -> None:
    """Asking it creates nothing."""

    async def scenario() -> None:
        store = await SqliteStore.open(str(tmp_path / "s"))
        lacks = await store.unmigrated()
        assert lacks[: len(MIGRATIONS)] == [description for description, _ in MIGRATIONS]
        assert await store.unmigrated() == lacks
        assert await store.migrate() == lacks
        await store.close()

    asyncio.run(scenario())


def test_store_of_a_later_program_is_refused(tmp_path: Path) -> None:
    """With a message, and unchanged."""

    async def scenario() -> None:
        path = tmp_path / "s"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        store = await SqliteStore.open(str(path))
        with pytest.raises(NewerStoreError, match="newer program"):
            await store.unmigrated()
        with pytest.raises(NewerStoreError, match="newer program"):
            await store.migrate()
        await store.close()
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)

    asyncio.run(scenario())


def test_ping_of_a_store_that_cannot_be_written_raises(tmp_path: Path) -> None:
    """Readable is not enough."""

    async def scenario() -> None:
        store = await SqliteStore.open(str(tmp_path / "s"))
        await store.migrate()
        await store.ping()
        store._database._writer.execute("PRAGMA query_only = ON")
        with pytest.raises(sqlite3.OperationalError):
            await store.ping()
        await store.close()

    asyncio.run(scenario())


async def _everything(store: SqliteStore) -> None:
    """One call of each method that must not walk a table."""
    key, lead_id = message(1).key, lead(1).lead_id
    for batch in BATCHES.values():
        await batch(store)
    await store.campaigns.find(DEFAULT_WORKSPACE, ["c1"])
    await store.campaigns.page(DEFAULT_WORKSPACE, after=(NOW, "c1"), limit=9, status=None)
    await store.contacts.existing(DEFAULT_WORKSPACE, "c1", [f"{n}@example.org" for n in range(500)])
    await store.contacts.last_seq(DEFAULT_WORKSPACE, "c1")
    await store.contacts.total(DEFAULT_WORKSPACE, "c1")
    await store.contacts.find(DEFAULT_WORKSPACE, "c1", 1)
    await store.contacts.beginning(DEFAULT_WORKSPACE, "c1", "reader", 9)
    await store.contacts.page(DEFAULT_WORKSPACE, "c1", after_seq=0, limit=9)
    await store.contacts.delete(contact(1))
    await store.contacts.delete_page(DEFAULT_WORKSPACE, "c1", 9)
    await store.uploads.read(DEFAULT_WORKSPACE, "u", 0)
    await store.uploads.drop(DEFAULT_WORKSPACE, "u")
    await store.leads.find([lead_id])
    await store.leads.undrained(NOW, 9)
    await store.leads.oldest_due(["c1"])
    await store.leads.in_flight(NOW, 9)
    for statuses in ((), (LeadStatus.PAUSED,), ON_THEIR_WAY):
        for node_id in (None, "n"):
            for email_prefix in (None, "a"):
                await store.leads.page(
                    "c1",
                    after_seq=0,
                    limit=9,
                    statuses=statuses,
                    node_id=node_id,
                    email_prefix=email_prefix,
                )
    await store.messages.find([key])
    await store.messages.turned_late(9)
    await store.messages.of_lead(lead_id, 9)
    await store.messages.page("c1", after_key="", limit=9, state=None)
    await store.messages.page("c1", after_key="", limit=9, state=MessageState.SENT)
    await store.tracking_events.of_leads([lead_id])
    await store.tracking_events.unsettled(NOW, 9)
    await store.journal.of_lead(lead_id, 9)
    await store.journal.unrolled_campaigns(9)
    await store.journal.unrolled("c1", 9)
    await store.counts.find(["c1"])
    await store.counts.outcome_since(DEFAULT_WORKSPACE, "2027-03-01T09", 9)
    await store.campaigns.tally(DEFAULT_WORKSPACE)
    await store.messages.leads_sent("c1", "n", after_id="l", limit=9)
    await store.journal.leads_tracked("c1", "n", TrackingEventKind.OPENED, after_id="l", limit=9)
    await store.suppressions.find([(DEFAULT_WORKSPACE, "a@example.org")])
    await store.jobs.find(DEFAULT_WORKSPACE, "j")
    await store.jobs.page(DEFAULT_WORKSPACE, "c1", 9)
    await store.idempotency_records.release(DEFAULT_WORKSPACE, "k")
    await store.idempotency_records.expire_anywhere(NOW, 9)


def test_no_method_walks_or_sorts_a_large_table() -> None:
    """Every statement goes through an index that is in the asked order already."""
    sorted_on_purpose = (
        "INDEXED BY leads_email",
        "FROM jobs AS job",
        "FROM uploads WHERE upload_id",
    )
    """Bounded otherwise: few matches, few waiting jobs, few pages."""

    async def scenario() -> dict[str, list[str]]:
        store = await SqliteStore.open(":memory:", inline=True)
        await store.migrate()
        connection = store._database._writer
        statements: set[str] = set()
        connection.set_trace_callback(statements.add)
        await _everything(store)
        connection.set_trace_callback(None)
        plans = {}
        for sql in statements:
            if sql.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
                rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
                plans[sql] = [row[3] for row in rows]
        return plans

    plans = asyncio.run(scenario())
    assert len(plans) > 40
    for sql, plan in plans.items():
        walks = [step for step in plan if step.startswith("SCAN") and " next" not in step]
        if "ORDER BY" in sql and not any(clause in sql for clause in sorted_on_purpose):
            walks += [step for step in plan if "TEMP B-TREE" in step]
        if "email_key IN" in sql:
            # Bound by the campaign alone, it would walk all of its contacts.
            walks += [step for step in plan if "email_key=?" not in step]
        allowed = (
            *("SCAN (subquery", "SCAN CONSTANT", "SCAN job USING INDEX jobs_waiting"),
            # All campaigns are counted, out of an index.
            "SCAN campaigns USING COVERING INDEX campaigns_status",
        )
        assert [step for step in walks if not step.startswith(allowed)] == [], (sql, plan)
