"""The team's stack as it ships: RabbitMQ, Redis, two workers, the scheduler, a store.

Everything is a separate process, as with docker compose; this one imports the contacts, launches,
and reads the sink. The measured time runs from the launch to the last mail.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from bench.speed.sink import CapturingSink, Ledger
from functions.adapters.key_box import make_key
from functions.runtime import Composition
from functions.service.access.records import DEFAULT_WORKSPACE
from functions.service.audience.contact_row import Row
from functions.service.audience.import_contacts import Upload
from functions.service.campaigns.edit import create_campaign
from functions.service.campaigns.launch import launch
from functions.service.campaigns.records import CampaignStatus
from functions.service.jobs.records import JobState, StoredJob
from functions.service.schedule.run_jobs import run_jobs
from functions.service.services import Services
from harness.patience import patience
from harness.servers.mongo import MongoServer
from harness.servers.rabbitmq import RabbitServer
from harness.servers.redis import RedisServer
from harness.team.stack import CeleryProcess, environment, scheduler, worker
from local.team.settings import TeamSettings
from local.team.wiring import compose

WORKERS = 2
CAMPAIGN = "speed"
LOOK_SECONDS = 0.02
STALL_SECONDS_MAX = 120.0
"""Without progress for this long, the run has failed."""

T = TypeVar("T")


class StalledError(RuntimeError):
    """The stack stopped making progress; the message contains the output of its processes."""


@dataclass(frozen=True, slots=True)
class Run:
    """`seconds`: from launch to last mail. `worker_mb`: the largest peak of a worker's memory.
    `worker_cpu_seconds`: processor time of all workers during the run.
    """

    seconds: float
    ledger: Ledger
    worker_mb: float
    worker_cpu_seconds: float


class Servers:
    """The servers that all runs share: broker and Redis. Each run has its own virtual host in the
    broker.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._runs = 0
        self.sink = CapturingSink()

    def __enter__(self) -> "Servers":
        self._stack.enter_context(self.sink)
        self.rabbit = self._stack.enter_context(RabbitServer())
        self.redis = self._stack.enter_context(RedisServer())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def team(self, store: str, *, is_signed: bool = False) -> Iterator["Team"]:
        """`store`: sqlite or mongodb. Empty and migrated; none of our processes is started yet.
        `is_signed`: mail is signed by an RSA key."""
        self._runs += 1
        vhost = f"run{self._runs}"
        with ExitStack() as stack:
            if store == "mongodb":
                mongo = MongoServer()
                stack.callback(mongo.stop)
                mongo.start()
                store_uri = mongo.uri.replace("/?", "/emailbuilder?")
            else:
                folder = stack.enter_context(TemporaryDirectory(prefix="emailbuilder-speed-"))
                store_uri = f"sqlite:///{Path(folder) / 'store.db'}"
            more: dict[str, str] = {}
            if is_signed:
                pem = Path(stack.enter_context(TemporaryDirectory())) / "key.pem"
                pem.write_bytes(make_key("rsa"))
                more["DKIM_KEY_FILES"] = f"s1._domainkey.example.com={pem}"
            given = environment(
                store_uri=store_uri,
                broker_url=self.rabbit.add_vhost(vhost),
                redis_url=self.redis.uri,
                smtp_uri=self.sink.uri,
                **more,
            )
            team = stack.enter_context(Team(given))
            yield team
        self.rabbit.delete_vhost(vhost)


class Team:
    """One stack with its own store."""

    def __init__(self, given: Mapping[str, str], workers: int = WORKERS) -> None:
        self.environment = given
        self._workers = workers
        self._children: list[CeleryProcess] = []
        self.workers: list[CeleryProcess] = []

    def __enter__(self) -> "Team":
        self.ask(lambda services: services.store.migrate())
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children:
            child.close()

    def start(self) -> None:
        """Start workers and scheduler; returns when they are ready."""
        numbers = range(1, self._workers + 1)
        self.workers = [worker(self.environment, f"w{n}") for n in numbers]
        self.scheduler = scheduler(self.environment)
        self._children = [*self.workers, self.scheduler]
        for child in self._children:
            child.start()

    def ask(self, question: Callable[[Services], Awaitable[T]]) -> T:
        """Run a function with our own services, on its own loop."""

        async def asked() -> T:
            composition = Composition(partial(compose, TeamSettings.read(self.environment)))
            try:
                return await question(await composition.services())
            finally:
                await composition.close()

        return asyncio.run(asked())

    def bring_in(self, flow: Mapping[str, object], rows: Sequence[Row]) -> None:
        """Create a draft with its contacts; returns when all are imported."""

        async def brought(services: Services) -> None:
            services = services.in_workspace(DEFAULT_WORKSPACE)
            await create_campaign(services, name=CAMPAIGN, campaign_id=CAMPAIGN, flow=flow)
            upload = Upload(services, CAMPAIGN)
            await upload.add(rows)
            job: StoredJob | None = await upload.finish()
            # A worker that already runs may take the job from us.
            while job is not None and job.state is JobState.WAITING:
                await run_jobs(services)
                job = await services.store.jobs.find(DEFAULT_WORKSPACE, job.job_id)

        self.ask(brought)

    def launch(self) -> None:
        self.ask(lambda services: launch(services.in_workspace(DEFAULT_WORKSPACE), CAMPAIGN))

    def until(self, progress: Callable[[], int], wanted: int, look_seconds: float) -> None:
        """Raises StalledError."""
        last, since = -1, time.monotonic()
        while (now := progress()) < wanted:
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > patience(STALL_SECONDS_MAX):
                said = "\n".join(child.output()[-2000:] for child in self._children)
                raise StalledError(f"{now} of {wanted}, then no progress:\n{said}")
            time.sleep(look_seconds)

    def until_completed(self) -> None:
        """Wait until the sweep has seen that all leads have ended."""

        async def is_completed(services: Services) -> int:
            (campaign,) = await services.store.campaigns.find(DEFAULT_WORKSPACE, [CAMPAIGN])
            return campaign.status is CampaignStatus.COMPLETED

        self.until(lambda: self.ask(is_completed), 1, 0.2)

    def worker_mb(self) -> float:
        return max(peak_mb(it.pid) for it in self.workers)

    def worker_cpu_seconds(self) -> float:
        return sum(cpu_seconds(it.pid) for it in self.workers)


def peak_mb(pid: int) -> float:
    """The largest resident set so far, as recorded by the kernel."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = (it for it in lines if it.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads so far (proc(5): fields 14 and 15)."""
    _, _, after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    user, system = after_name.split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def measure(
    servers: Servers,
    store: str,
    flow: Mapping[str, object],
    rows: Sequence[Row],
    *,
    is_signed: bool = False,
) -> Run:
    """One campaign from the launch to the last mail. Raises StalledError."""
    ledger = servers.sink.fresh_ledger()
    with servers.team(store, is_signed=is_signed) as team:
        team.bring_in(flow, rows)
        team.start()
        began, cpu_before = time.perf_counter(), team.worker_cpu_seconds()
        team.launch()
        team.until(ledger.read_on, len(rows), LOOK_SECONDS)
        seconds = time.perf_counter() - began
        worker_cpu_seconds = team.worker_cpu_seconds() - cpu_before
        team.until_completed()
        ledger.read_on()
        return Run(seconds, ledger, team.worker_mb(), worker_cpu_seconds)
