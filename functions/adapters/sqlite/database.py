"""Two connections to one SQLite file, off the event loop, and the transactions on them.

A port's write method is one transaction (`BEGIN IMMEDIATE`, so that it waits for other processes
only at its start). Thanks to WAL, the reading connection can work at the same time. In
`per_document` mode every document is committed separately, as in a document database, so that
simulations cover a crash between any two documents.
"""

import asyncio
import fcntl
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypeVar

R = TypeVar("R")
Value = str | int | None
Row = tuple[Any, ...]
Hook = Callable[[str], None]

MEMORY = ":memory:"
BUSY_TIMEOUT_SECONDS = 30.0
"""Far longer than any transaction takes. If a writer waits longer, the machine is in trouble."""
TURN_SECONDS = 0.0005
"""The interval at which to check whether another process has finished writing."""
WRITER_CACHE_KIB = 16 * 1024
READER_CACHE_KIB = 8 * 1024
PAGE_BYTES = 8192
"""A lead takes about half a kilobyte. Imports are a sixth faster than with the usual 4096."""
CHECKPOINT_PAGES = 500
"""After 4 MB of log, a commit moves the pages to the file. With four times as many pages, imports
are a little faster, but such a commit takes 60 ms instead of 30."""
LOG_BYTES_MAX = 64 * 1024 * 1024
"""The size to which a log is cut after a long reader has let it grow."""
VALUES_MAX = 500
"""Placeholders in one statement. Longer lists are read in parts, within one transaction."""


class Reading:
    """Statements on one snapshot of the store."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, values: Sequence[Value] = ()) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        row: Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def rows_in(
        self, sql: str, members: Iterable[Value], before: Sequence[Value] = ()
    ) -> list[Row]:
        """`sql`: with `{}` in place of the placeholders of `members`, after those of `before`."""
        wanted = list(dict.fromkeys(members))
        found: list[Row] = []
        for start in range(0, len(wanted), VALUES_MAX):
            part = wanted[start : start + VALUES_MAX]
            marks = ",".join("?" * len(part))
            found += self._connection.execute(sql.format(marks), (*before, *part))
        return found


class Writing(Reading):
    """Statements of one write method. Each item of `values_of_each` is one document."""

    __slots__ = ("_hook", "_name")

    def __init__(self, connection: sqlite3.Connection, name: str, hook: Hook | None) -> None:
        """`hook`: set if each document is committed separately, and called around each."""
        super().__init__(connection)
        self._name = name
        self._hook = hook

    def write(self, sql: str, values: Sequence[Value]) -> int:
        """Returns how many documents changed."""
        return self.each(sql, (values,))

    def each(self, sql: str, values_of_each: Iterable[Sequence[Value]]) -> int:
        """Run the statement for each document. Returns how many changed."""
        if self._hook is None:
            return self._connection.executemany(sql, values_of_each).rowcount
        changed = 0
        for values in values_of_each:
            self._hook(f"before:{self._name}")
            changed += self._connection.execute(sql, values).rowcount
            self._hook(f"after:{self._name}")
        return changed


Q = TypeVar("Q", bound=Reading)


def _ignore(_: str) -> None:
    """The hook of a store that nobody observes."""


class _Turn:
    """A lock by which processes take turns to write.

    Only SQLite's own lock is needed for correctness, but a process that finds it taken sleeps ever
    longer, up to a tenth of a second. Here the sleeps are short, so that two workers send more
    mail. A process that dies releases its turn. If the holder is suspended, the others go on after
    the timeout, and SQLite's lock decides.
    """

    def __init__(self, path: str) -> None:
        make_private(f"{path}-turn")
        self._file = Path(f"{path}-turn").open("ab")  # noqa: SIM115

    def __enter__(self) -> None:
        deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(TURN_SECONDS)
            else:
                return

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        self._file.close()


class Database:
    """`on_write`: called around every commit; it may raise, to simulate a crash at that point.

    `round_trips`: called with the name of each transaction and each read when it is requested.
    """

    def __init__(
        self, path: str, *, per_document: bool, on_write: Hook | None, inline: bool
    ) -> None:
        self.round_trips: Hook = _ignore
        self.guard: Callable[[Reading], None] | None = None
        """Called once, before anything is read or written. It may raise."""
        self._per_document = per_document
        self._on_write = on_write or _ignore
        self._writer = connect(path, WRITER_CACHE_KIB)
        # A database in memory belongs to its connection, so reads share that connection.
        is_shared = path == MEMORY
        self._turn = None if is_shared else _Turn(path)
        self._reader = self._writer if is_shared else connect(path, READER_CACHE_KIB)
        self._writer_thread: ThreadPoolExecutor | None = None
        self._reader_thread: ThreadPoolExecutor | None = None
        if not inline:
            self._writer_thread = ThreadPoolExecutor(1, "sqlite-write")
            self._reader_thread = (
                self._writer_thread if is_shared else ThreadPoolExecutor(1, "sqlite-read")
            )

    async def read(self, name: str, work: Callable[[Reading], R]) -> R:
        self.round_trips(name)
        return await _run(self._reader_thread, lambda: self._read(self._guarded(work)))

    async def write(self, name: str, work: Callable[[Writing], R]) -> R:
        """One transaction. It is rolled back if `work` raises, except in `per_document` mode."""
        self.round_trips(name)
        work = self._guarded(work)
        if self._per_document:
            return await _run(
                self._writer_thread, lambda: work(Writing(self._writer, name, self._on_write))
            )
        return await _run(self._writer_thread, lambda: self._write(name, work))

    async def look(self, name: str, work: Callable[[Reading], R]) -> R:
        """A read without the guard."""
        self.round_trips(name)
        return await _run(self._reader_thread, lambda: self._read(work))

    async def transact(self, name: str, work: Callable[[Writing], R]) -> R:
        """One transaction in either mode, without the guard."""
        self.round_trips(name)
        return await _run(self._writer_thread, lambda: self._write(name, work))

    def _guarded(self, work: Callable[[Q], R]) -> Callable[[Q], R]:
        if self.guard is None:
            return work

        def guarded(statements: Q) -> R:
            if self.guard is not None:
                self.guard(statements)
                self.guard = None
            return work(statements)

        return guarded

    def _read(self, work: Callable[[Reading], R]) -> R:
        self._reader.execute("BEGIN")
        try:
            return work(Reading(self._reader))
        finally:
            self._reader.execute("ROLLBACK")

    def _write(self, name: str, work: Callable[[Writing], R]) -> R:
        self._on_write(f"before:{name}")
        with self._turn or nullcontext():
            result = self._transact(lambda: work(Writing(self._writer, name, None)))
        self._on_write(f"after:{name}")
        return result

    def _transact(self, work: Callable[[], R]) -> R:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            result = work()
            self._writer.execute("COMMIT")
        except BaseException:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise
        return result

    async def close(self) -> None:
        """Waits for earlier calls. Closing twice has no effect."""
        for thread in (self._reader_thread, self._writer_thread):
            if thread is not None:
                await asyncio.to_thread(thread.shutdown)
        self._reader.close()
        self._writer.close()
        if self._turn is not None:
            self._turn.close()


async def _run(thread: ThreadPoolExecutor | None, work: Callable[[], R]) -> R:
    if thread is None:
        # Let other tasks run, as they would while a thread works.
        await asyncio.sleep(0)
        return work()
    return await asyncio.get_running_loop().run_in_executor(thread, work)


def make_private(path: str) -> None:
    """Create the file, readable by its owner only, unless it exists."""
    Path(path).touch(mode=0o600)


def connect(path: str, cache_kib: int) -> sqlite3.Connection:
    """A connection on which only our own statements begin and end transactions."""
    if path != MEMORY:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # SQLite gives its other files the mode of this one.
        make_private(path)
    connection = sqlite3.connect(
        path,
        timeout=BUSY_TIMEOUT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    # The page size of an existing file does not change.
    connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
    _use_log(connection)
    for pragma in (
        "synchronous=FULL",
        f"cache_size=-{cache_kib}",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
        f"journal_size_limit={LOG_BYTES_MAX}",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _use_log(connection: sqlite3.Connection) -> None:
    """Switch to WAL. Retries, because SQLite ignores the busy timeout if two processes switch a new
    file at once."""
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
