"""Two connections to one SQLite file, off the event loop, and the transactions on them.

A port's write method is one transaction (`BEGIN IMMEDIATE`, so that waiting for another
process happens once, at its start, and never half-way). WAL lets the
reading connection work beside it. `per_document` mode commits every document by itself, as a
document database would: it exists so that simulations meet every crash between two documents.
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
"""Far above any transaction of ours; a writer that waits longer has lost its machine."""
TURN_SECONDS = 0.0005
"""Between two looks whether another process has finished writing."""
WRITER_CACHE_KIB = 16 * 1024
READER_CACHE_KIB = 8 * 1024
PAGE_BYTES = 8192
"""Leads are about half a kilobyte: against the usual 4096, imports are a sixth faster."""
CHECKPOINT_PAGES = 500
"""4 MB of log before a commit moves its pages to the file. Four times as many make imports a
little faster and every such commit wait 60 ms instead of 30."""
LOG_BYTES_MAX = 64 * 1024 * 1024
"""What a log that a long reader once let grow is cut back to."""
VALUES_MAX = 500
"""Placeholders in one statement; longer lists are read in parts of one transaction."""


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
        """`sql` holds `{}` where the placeholders of `members` go, after those of `before`."""
        wanted = list(dict.fromkeys(members))
        found: list[Row] = []
        for start in range(0, len(wanted), VALUES_MAX):
            part = wanted[start : start + VALUES_MAX]
            marks = ",".join("?" * len(part))
            found += self._connection.execute(sql.format(marks), (*before, *part))
        return found


class Writing(Reading):
    """Statements of one write method. Each of `values_of_each` is one document."""

    __slots__ = ("_hook", "_name")

    def __init__(self, connection: sqlite3.Connection, name: str, hook: Hook | None) -> None:
        """`hook` is given where each document is a commit of its own."""
        super().__init__(connection)
        self._name = name
        self._hook = hook

    def write(self, sql: str, values: Sequence[Value]) -> int:
        """How many documents changed."""
        return self.each(sql, (values,))

    def each(self, sql: str, values_of_each: Iterable[Sequence[Value]]) -> int:
        """The same statement for each document; how many changed."""
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
    """The hook of a store nobody listens to."""


class _Turn:
    """Whose turn it is to write, among processes. SQLite's own lock is the one that counts; but
    whoever finds that taken looks again after ever longer sleeps, up to a tenth of a second. Here
    they are short, which gives two workers more mail to send. A process that dies leaves its
    turn; behind one that is stopped, SQLite's lock decides once the timeout is over."""

    def __init__(self, path: str) -> None:
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
    """`on_write` is called around every commit and may raise: a crash at that point.

    `round_trips` is told the name of each transaction and each read, as it is asked for.
    """

    def __init__(
        self, path: str, *, per_document: bool, on_write: Hook | None, inline: bool
    ) -> None:
        self.round_trips: Hook = _ignore
        self.guard: Callable[[Reading], None] | None = None
        """Is asked once, before anything is read or written, and may raise."""
        self._per_document = per_document
        self._on_write = on_write or _ignore
        self._writer = connect(path, WRITER_CACHE_KIB)
        # A database in memory belongs to its connection, so there reads share it.
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
        """One transaction; nothing of it stays if `work` raises (but see `per_document`)."""
        self.round_trips(name)
        work = self._guarded(work)
        if self._per_document:
            return await _run(
                self._writer_thread, lambda: work(Writing(self._writer, name, self._on_write))
            )
        return await _run(self._writer_thread, lambda: self._write(name, work))

    async def look(self, name: str, work: Callable[[Reading], R]) -> R:
        """A read that is not guarded."""
        self.round_trips(name)
        return await _run(self._reader_thread, lambda: self._read(work))

    async def transact(self, name: str, work: Callable[[Writing], R]) -> R:
        """One transaction in either mode, and not guarded."""
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
        """Waits for what was asked before. Closing twice does nothing."""
        for thread in (self._reader_thread, self._writer_thread):
            if thread is not None:
                await asyncio.to_thread(thread.shutdown)
        self._reader.close()
        self._writer.close()
        if self._turn is not None:
            self._turn.close()


async def _run(thread: ThreadPoolExecutor | None, work: Callable[[], R]) -> R:
    if thread is None:
        # Others get their turn, as they would while a thread works.
        await asyncio.sleep(0)
        return work()
    return await asyncio.get_running_loop().run_in_executor(thread, work)


def connect(path: str, cache_kib: int) -> sqlite3.Connection:
    """Transactions are begun and ended by our own statements only."""
    if path != MEMORY:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(
        path,
        timeout=BUSY_TIMEOUT_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    # Of a file that exists already the page size stays what it is.
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
    """Switching a new file to WAL ignores the busy timeout when two processes do it at once."""
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
