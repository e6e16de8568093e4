"""Several stores on one file: the API, the handlers and the command line of one machine."""

import asyncio
import fcntl
import multiprocessing
import os
import signal
import sqlite3
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from functions.adapters.sqlite import SqliteStore, database
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.reports.records import Counts
from tests.adapters.store_contract.builders import NOW, at, commit, contact, enrolled, lead, sending

SPAWN = multiprocessing.get_context("spawn")
LEADS = 300


async def opened(path: Path) -> SqliteStore:
    store = await SqliteStore.open(str(path))
    await store.migrate()
    return store


def test_two_stores_see_each_other(tmp_path: Path) -> None:
    """What one has committed the other reads at once."""

    async def scenario() -> None:
        one, two = await opened(tmp_path / "s"), await opened(tmp_path / "s")
        for n in range(20):
            writer, reader = (one, two) if n % 2 else (two, one)
            await writer.contacts.add([contact(n + 1)])
            assert await reader.contacts.last_seq(DEFAULT_WORKSPACE, "c1") == n + 1
        await one.close()
        await two.close()

    asyncio.run(scenario())


def test_turn_that_is_not_given_back_delays_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Like that of a suspended process: SQLite's own lock then decides."""

    async def scenario() -> None:
        store = await opened(tmp_path / "s")
        monkeypatch.setattr(database, "BUSY_TIMEOUT_SECONDS", 0.2)
        with (tmp_path / "s-turn").open("ab") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            await store.contacts.add([contact(1)])
        assert await store.contacts.last_seq(DEFAULT_WORKSPACE, "c1") == 1
        await store.close()

    asyncio.run(scenario())


def test_two_stores_share_winners(tmp_path: Path) -> None:
    """A hundred compare-and-sets at once through both: each revision is won once."""

    async def scenario() -> None:
        stores = [await opened(tmp_path / "s") for _ in range(2)]
        won = await asyncio.gather(
            *(
                stores[n % 2].counts.save(
                    Counts(
                        workspace_id=DEFAULT_WORKSPACE,
                        campaign_id="c1",
                        revision=1,
                        values={"x": n},
                    )
                )
                for n in range(100)
            )
        )
        assert sum(won) == 1
        leads = await enrolled(stores[0], 50)
        commits = [commit(sending(it), 20) for it in leads]
        winners = await asyncio.gather(
            *(stores[n % 2].leads.commit(commits, f"t{n}", NOW) for n in range(10))
        )
        assert sorted(map(len, winners)) == [0] * 9 + [50]
        for store in stores:
            await store.close()

    asyncio.run(scenario())


def test_look_and_write_are_one(tmp_path: Path) -> None:
    """A transaction that reads before it writes never fails because of another writer."""

    async def scenario() -> None:
        stores = [await opened(tmp_path / "s") for _ in range(2)]
        await enrolled(stores[0], 400)
        taken = await asyncio.gather(
            *(stores[n % 2].leads.take_due("c1", NOW, 2, at(99), f"t{n}") for n in range(200))
        )
        assert sorted(it.lead.seq for batch in taken for it in batch) == list(range(1, 401))
        for store in stores:
            await store.close()

    asyncio.run(scenario())


def test_writer_waits_for_another_process(tmp_path: Path) -> None:
    """A busy file is not an error: the write is late, not lost."""

    async def scenario() -> None:
        store = await opened(tmp_path / "s")
        other = sqlite3.connect(tmp_path / "s", isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        adding = asyncio.create_task(store.contacts.add([contact(1)]))
        assert await asyncio.wait({adding}, timeout=0.3) == (set(), {adding})
        other.execute("COMMIT")
        await adding
        assert await store.contacts.last_seq(DEFAULT_WORKSPACE, "c1") == 1
        other.close()
        await store.close()

    asyncio.run(scenario())


def _take_all(path: Path, name: str, answer: Connection) -> None:
    """In a separate process: open, migrate, enrol the same page, take until none is due."""

    async def work() -> list[int]:
        store = await opened(path)
        await store.leads.enrol([lead(seq) for seq in range(1, LEADS + 1)], NOW)
        seen: list[int] = []
        while taken := await store.leads.take_due("c1", NOW, 7, at(99), name):
            seen += [it.lead.seq for it in taken]
        await store.close()
        return seen

    answer.send(asyncio.run(work()))


def test_processes_that_start_together_share_the_work(tmp_path: Path) -> None:
    """On a file that does not exist yet: created once, every lead enrolled once and taken once."""
    pipes = [SPAWN.Pipe() for _ in range(3)]
    children = [
        SPAWN.Process(target=_take_all, args=(tmp_path / "s", f"p{n}", pipe[1]))
        for n, pipe in enumerate(pipes)
    ]
    for child in children:
        child.start()
    seen = [seq for pipe in pipes for seq in pipe[0].recv()]
    for child in children:
        child.join()
        assert child.exitcode == 0
    assert sorted(seen) == list(range(1, LEADS + 1))


def _write_until_killed(path: Path, answer: Connection) -> None:
    async def work() -> None:
        store = await opened(path)
        for start in range(1, 1_000_000, 10):
            await store.contacts.add([contact(seq) for seq in range(start, start + 10)])
            answer.send(start + 9)

    asyncio.run(work())


def test_kill_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """kill -9 in the midst of writing: whole batches, and every one that was answered."""
    receiver, sender = SPAWN.Pipe()
    child = SPAWN.Process(target=_write_until_killed, args=(tmp_path / "s", sender))
    child.start()
    acknowledged = 0
    while acknowledged < 500:
        acknowledged = receiver.recv()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    while receiver.poll():
        acknowledged = receiver.recv()

    async def last_seq() -> int:
        store = await opened(tmp_path / "s")
        last = await store.contacts.last_seq(DEFAULT_WORKSPACE, "c1")
        page = await store.contacts.page(DEFAULT_WORKSPACE, "c1", after_seq=0, limit=last + 1)
        assert [it.seq for it in page] == list(range(1, last + 1))
        await store.close()
        return last

    last = asyncio.run(last_seq())
    assert last >= acknowledged
    assert last % 10 == 0
    with closing(sqlite3.connect(tmp_path / "s")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
