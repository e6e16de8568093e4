"""The inbox on disk: every received message, in the order of storing.

It uses SQLite instead of an append-only file with its own index, because the oldest messages are
dropped when the inbox is full, pages are read by recipient, other programs (the demo's checker, the
readers) open the file while mail arrives, and SQLite handles a torn last record after a power cut.
This costs little: with WAL and synchronous=FULL one commit is one fsync, the inbox commits
everything that arrived during the previous fsync as one group, and the SMTP conversation is the
limit, not the disk (bench/inbox.py prints both). `append` returns only after the commit, so the
server answers 250 only after it. Numbers (`seq`) increase by one per message and are never reused,
so the kept messages always have consecutive numbers: counting and trimming need no scan.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

MESSAGES_KEPT_MAX = 100_000
BYTES_KEPT_MAX = 4 * 1024**3
BUSY_SECONDS = 10.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at_ms INTEGER NOT NULL,
    mail_from TEXT NOT NULL,
    rcpt_to TEXT NOT NULL,
    message_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    raw BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS recipients (
    address TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (address, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recipients_by_seq ON recipients (seq);
CREATE TABLE IF NOT EXISTS totals (only INTEGER PRIMARY KEY CHECK (only = 1), bytes INTEGER);
INSERT OR IGNORE INTO totals VALUES (1, 0);
"""
_HEAD = "seq, received_at_ms, mail_from, rcpt_to, message_id, subject, size_bytes"
_WHOLE = "SELECT seq, received_at_ms, mail_from, rcpt_to, message_id, subject, raw FROM messages"


@dataclass(frozen=True, slots=True)
class Received:
    """A message as the SMTP conversation delivered it. `received_at_ms`: the inbox's clock."""

    received_at_ms: int
    mail_from: str
    rcpt_to: tuple[str, ...]
    message_id: str
    subject: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class MessageHead:
    """What a list shows of a kept message."""

    seq: int
    received_at_ms: int
    mail_from: str
    rcpt_to: tuple[str, ...]
    message_id: str
    subject: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A kept message, whole."""

    seq: int
    received_at_ms: int
    mail_from: str
    rcpt_to: tuple[str, ...]
    message_id: str
    subject: str
    raw: bytes


class Ledger:
    """Readers open a connection per call; the inbox holds its own and passes it to `append`."""

    def __init__(
        self,
        path: Path,
        *,
        messages_kept_max: int = MESSAGES_KEPT_MAX,
        bytes_kept_max: int = BYTES_KEPT_MAX,
    ) -> None:
        if messages_kept_max < 1 or bytes_kept_max < 1:
            raise ValueError("an inbox keeps at least one message")
        self.path = path
        self._messages_kept_max = messages_kept_max
        self._bytes_kept_max = bytes_kept_max

    def create(self) -> None:
        """Create file and tables unless they exist. Idempotent."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Readable by its owner only; SQLite gives its other files the mode of this one.
        self.path.touch(mode=0o600)
        with closing(self._open("rwc")) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_SCHEMA)

    def connect(self) -> sqlite3.Connection:
        """A new connection, which the caller must close.

        Raises sqlite3.OperationalError if there is no inbox, because reading must not create one.
        """
        return self._open("rw")

    def _open(self, mode: str) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"{self.path.resolve().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA synchronous=FULL")
        return connection

    def append(self, connection: sqlite3.Connection, batch: Sequence[Received]) -> int:
        """Store the batch durably as one group and drop messages over the caps; returns the last
        number.
        """
        if not batch:
            return 0
        with _writing(connection):
            last = 0
            for message in batch:
                last = _insert(connection, message)
            arrived_bytes = sum(len(message.raw) for message in batch)
            connection.execute("UPDATE totals SET bytes = bytes + ?", (arrived_bytes,))
            self._trim(connection, last)
        return last

    def _trim(self, connection: sqlite3.Connection, last: int) -> None:
        """Drop the oldest until both caps are met; the newest message always stays."""
        (kept_bytes,) = connection.execute("SELECT bytes FROM totals").fetchone()
        (first,) = connection.execute("SELECT min(seq) FROM messages").fetchone()
        over_count = last - self._messages_kept_max
        if first > over_count and kept_bytes <= self._bytes_kept_max:
            return
        dropped_bytes = 0
        keep_from = first
        sizes = connection.execute(
            "SELECT seq, size_bytes FROM messages WHERE seq < ? ORDER BY seq", (last,)
        )
        for seq, size_bytes in sizes:
            if seq > over_count and kept_bytes - dropped_bytes <= self._bytes_kept_max:
                break
            dropped_bytes += size_bytes
            keep_from = seq + 1
        connection.execute("DELETE FROM recipients WHERE seq < ?", (keep_from,))
        connection.execute("DELETE FROM messages WHERE seq < ?", (keep_from,))
        connection.execute("UPDATE totals SET bytes = bytes - ?", (dropped_bytes,))

    def count(self) -> int:
        """How many messages are kept, without a scan."""
        with closing(self.connect()) as connection:
            row = connection.execute(
                "SELECT (SELECT max(seq) FROM messages), (SELECT min(seq) FROM messages)"
            ).fetchone()
        last, first = row
        return 0 if last is None else last - first + 1

    def page(
        self, *, before: int | None = None, recipient: str | None = None, limit: int
    ) -> list[MessageHead]:
        """Newest first: up to `limit` messages older than `before`, to `recipient` if given."""
        bound = before if before is not None else 2**63 - 1
        if recipient is None:
            query = f"SELECT {_HEAD} FROM messages WHERE seq < ? ORDER BY seq DESC LIMIT ?"  # noqa: S608
            values: tuple[int | str, ...] = (bound, limit)
        else:
            query = (
                f"SELECT {_HEAD} FROM messages WHERE seq IN "  # noqa: S608
                "(SELECT seq FROM recipients WHERE address = ? AND seq < ?"
                " ORDER BY seq DESC LIMIT ?) ORDER BY seq DESC"
            )
            values = (recipient.strip().lower(), bound, limit)
        with closing(self.connect()) as connection:
            rows = connection.execute(query, values).fetchall()
        return [
            MessageHead(seq, at, sender, tuple(to.split("\n")), message_id, subject, size)
            for seq, at, sender, to, message_id, subject, size in rows
        ]

    def read(self, seq: int) -> InboxMessage | None:
        """One message, or None if it never existed or was dropped."""
        with closing(self.connect()) as connection:
            return _first(connection, "seq = ?", seq)

    def messages(self, *, after: int = 0) -> Iterator[InboxMessage]:
        """Every kept message with a number above `after`, oldest first, one in memory at a time.

        Each is read by its own statement, so that a slow consumer holds no snapshot open (which
        would keep the write-ahead log from being emptied) and sees messages that arrive meanwhile.
        """
        with closing(self.connect()) as connection:
            while (message := _first(connection, "seq > ?", after)) is not None:
                yield message
                after = message.seq

    def delete_all(self) -> int:
        """Empty the inbox; returns how many messages there were. Numbering continues."""
        with closing(self.connect()) as connection, _writing(connection):
            deleted = connection.execute("DELETE FROM messages").rowcount
            connection.execute("DELETE FROM recipients")
            connection.execute("UPDATE totals SET bytes = 0")
        return deleted


def _insert(connection: sqlite3.Connection, message: Received) -> int:
    seq = connection.execute(
        "INSERT INTO messages (received_at_ms, mail_from, rcpt_to, message_id, subject,"
        " size_bytes, raw) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            message.received_at_ms,
            message.mail_from,
            "\n".join(message.rcpt_to),
            message.message_id,
            message.subject,
            len(message.raw),
            message.raw,
        ),
    ).lastrowid
    assert seq is not None
    connection.executemany(
        "INSERT OR IGNORE INTO recipients VALUES (?, ?)",
        [(address.lower(), seq) for address in message.rcpt_to],
    )
    return seq


def _first(connection: sqlite3.Connection, condition: str, seq: int) -> InboxMessage | None:
    row = connection.execute(f"{_WHOLE} WHERE {condition} ORDER BY seq LIMIT 1", (seq,)).fetchone()
    if row is None:
        return None
    number, at, sender, to, message_id, subject, raw = row
    return InboxMessage(number, at, sender, tuple(to.split("\n")), message_id, subject, raw)


@contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
