"""Importing a contact file, compared with the bare driver that inserts the same documents.

Ours goes from the bytes of the file through the row reader, the stored upload and the import job.
The driver gets finished documents, in equally large and durable transactions, with no index besides
the key.
"""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.launch import open_services, upload
from functions.adapters.documents import dump_json
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.import_contacts import PAGE_ROWS
from functions.service.audience.records import Contact
from functions.service.schedule.run_jobs import run_jobs


def measure(count: int) -> tuple[float, float]:
    """Rows per second of our import, and of the driver."""
    with TemporaryDirectory(prefix="emailbuilder-speed-") as folder:
        bare = count / _insert(Path(folder) / "bare.db", count)
        ours = count / asyncio.run(_import(Path(folder) / "store.db", count))
    return ours, bare


async def _import(path: Path, count: int) -> float:
    """Seconds from the first byte to the last contact."""
    services = await open_services(path)
    began = time.perf_counter()
    await upload(services, count)
    while await run_jobs(services):
        pass
    seconds = time.perf_counter() - began
    last_seq = await services.store.contacts.last_seq(DEFAULT_WORKSPACE, "spring")
    await services.store.close()
    if last_seq != count:
        raise AssertionError(f"{count} rows became {last_seq} contacts")
    return seconds


def _insert(path: Path, count: int) -> float:
    """Seconds in the driver."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE contacts (key TEXT PRIMARY KEY, document TEXT)")
        seconds = 0.0
        for page in _pages(count):
            began = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO contacts VALUES (?, ?)", page)
            connection.execute("COMMIT")
            seconds += time.perf_counter() - began
    return seconds


def _pages(count: int) -> Iterator[list[tuple[str, str]]]:
    for start in range(0, count, PAGE_ROWS):
        numbers = range(start, min(start + PAGE_ROWS, count))
        yield [(f"spring/{n + 1}", dump_json(_contact(n))) for n in numbers]


def _contact(number: int) -> Contact:
    email = f"p{number * 7919 % 1_000_003}.{number}@example.com"
    attributes = {"first_name": "Ann", "last_name": "Example", "plan": "pro", "city": "Berlin"}
    return Contact(
        workspace_id=DEFAULT_WORKSPACE,
        campaign_id="spring",
        seq=number + 1,
        email=email,
        email_key=email,
        attributes=attributes,
        source="i-speed",
        line=number + 2,
    )
