"""From a contact file to leads:

`python -m bench.launch` (about a minute). Prints rows per second from the bytes of a CSV file
through upload, import job, launch and enrol job into SQLite as shipped (WAL, synchronous=FULL), as
a ratio to bare `executemany` of the same contacts and leads in the same run; and the peak memory.
Exit code 1 if a target is missed.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from bench.store import IMPORT_RATIO_MIN, bare, bench_memory, peak_mb, told
from functions.adapters.ids import new_token
from functions.adapters.sqlite import SqliteStore
from functions.adapters.workbooks import ProcessWorkbooks
from functions.mail.tokens import Keyring
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_rows import RowReader
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.jobs.records import Job
from functions.service.policy import Policy
from functions.service.schedule.run_jobs import run_jobs
from functions.service.services import Services, WorkspaceServices
from harness.fakes.dead_letters import FakeDeadLetters
from harness.fakes.transport import FakeTransport

CHUNK_ROWS = 2000
ROUNDS = 3
FLOW = {
    "nodes": [
        {"id": "start", "type": "start"},
        {"id": "mail", "type": "sendEmail", "configuration": {"subject": "Hi", "body": "Hi"}},
    ],
    "connections": [{"from_node": "start", "to_node": "mail"}],
}


class NoBroker:
    """Notifies nobody, because this bench runs the jobs itself."""

    async def dispatch(self, jobs: Sequence[Job]) -> None: ...

    async def ping(self) -> None: ...

    async def close(self) -> None: ...


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--only", type=int, help="import this many, print the peak memory in MB")
    arguments = parser.parse_args()
    if arguments.only:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(bring_in(Path(folder) / "store.sqlite", arguments.only))
        print(peak_mb())
        return
    kept = [
        bench_rate(arguments.contacts),
        bench_memory(arguments.contacts, "bench.launch", "--only"),
    ]
    sys.exit(0 if all(kept) else 1)


def bench_rate(count: int) -> bool:
    ratios, rates = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            plain = bare(Path(folder) / "bare.sqlite", count)
            ours = asyncio.run(bring_in(Path(folder) / "store.sqlite", count))
        ratios.append(plain / ours)
        rates.append(count / ours)
    print(f"import and launch     {median(rates):>10,.0f} contacts/s, median of {ROUNDS}")
    return told("ratio to executemany", median(ratios), IMPORT_RATIO_MIN, at_least=True)


async def bring_in(path: Path, count: int) -> float:
    """Returns the seconds from the first byte of the file to the last lead."""
    services = await open_services(path)
    began = time.perf_counter()
    await upload(services, count)
    await launch(services, "spring")
    while await run_jobs(services):
        pass
    seconds = time.perf_counter() - began
    leads = await services.store.leads.page("spring", after_seq=count - 1, limit=1)
    await services.store.close()
    assert len(leads) == 1
    return seconds


async def open_services(path: Path) -> WorkspaceServices:
    """Over a new store at `path`, with the campaign `spring` in it."""
    store = await SqliteStore.open(str(path))
    await store.migrate()
    services = Services(
        store=store,
        dispatcher=NoBroker(),
        transport=FakeTransport(),
        keyring=Keyring.parse("k1:a secret of benches"),
        policy=Policy("http://127.0.0.1", "hello@example.com", job_budget_seconds=60),
        new_token=new_token,
        dead_letters=FakeDeadLetters(),
        sessions=store.sessions,
        workbooks=ProcessWorkbooks(),
    ).in_workspace(DEFAULT_WORKSPACE)
    await create_campaign(services, name="Spring", campaign_id="spring", flow=FLOW)
    return services


async def upload(services: WorkspaceServices, count: int) -> None:
    """Turns the bytes of a file into a stored import job."""
    pages, reader = Upload(services, "spring"), RowReader()
    for chunk in chunks(count):
        await pages.add(reader.feed(chunk))
    await pages.add(reader.close())
    await pages.finish()


def chunks(count: int) -> Iterator[bytes]:
    yield b"email,first_name,last_name,plan,city\n"
    for start in range(0, count, CHUNK_ROWS):
        rows = (
            f"p{n * 7919 % 1_000_003}.{n}@example.com,Ann,Example,pro,Berlin\n"
            for n in range(start, min(start + CHUNK_ROWS, count))
        )
        yield "".join(rows).encode()


if __name__ == "__main__":
    main()
