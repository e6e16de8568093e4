"""The team's stack as child processes of the bench: broker, results, store, mail server, workers,
beats.

Invariant: whatever happens to the bench, the kernel ends the processes it started. Workers reach
the store through the bench's proxy, if there is one; the bench itself does not.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import redis

from bench.faults import settings as bench_settings
from bench.faults.evidence import Times
from bench.faults.feed import WAIT_SECONDS, MuteDispatcher
from bench.faults.laws import DIED
from bench.faults.lines import Fault, Lines, now
from bench.faults.proxy import Proxy
from bench.faults.settings import WorkerSettings
from bench.faults.sink import PORT_FILE, Rates
from bench.faults.unknowns import CRASH_POINT, KILL, PROXY, READY
from functions.runtime import Composition, Runtime
from functions.service.services import Services
from harness.patience import patience
from harness.servers.child import HOST, Child, free_port
from harness.servers.mongo import MongoServer
from harness.servers.rabbitmq import RabbitServer
from harness.servers.redis import RedisServer
from local.team.settings import TeamSettings
from local.team.wiring import compose

ROOT = Path(__file__).parents[2]
VHOST = "faults"
WORKER_APP = "bench.faults.worker"
QUEUES = "celery,send_email,sweep"
CONNECTIONS_MAX = 4
TIMES = Times(
    sweep=1.0,
    lead_lease=8.0,
    wait=float(WAIT_SECONDS),
    connections_max=CONNECTIONS_MAX,
    slack=patience(5.0),
)
SEND_LEASE_SECONDS = 6.0
HORIZON_SECONDS = 4.0
"""Longer than the flow's wait, so that the broker carries delayed jobs too."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The composition of a stack. `store`: sqlite or mongodb."""

    store: str
    seed: int
    workers: int
    beats: int
    rates: Rates
    worker: WorkerSettings


class SinkProcess(Child):
    name = "sink"

    def __init__(self, folder: Path, seed: int, rates: Rates) -> None:
        super().__init__()
        self._port_file = folder / PORT_FILE
        self._port_file.unlink(missing_ok=True)
        self._given = (folder, seed, rates)

    @property
    def uri(self) -> str:
        return f"smtp://{HOST}:{self._port_file.read_text()}?starttls=never"

    def command(self) -> Sequence[str]:
        folder, seed, rates = self._given
        options = ["--folder", str(folder), "--seed", str(seed)]
        options += ["--rates", json.dumps(asdict(rates))]
        return [sys.executable, "-m", "bench.faults.sink", *options]

    def environment(self) -> Mapping[str, str]:
        return {"PYTHONPATH": str(ROOT)}

    def answers(self) -> bool:
        return self._port_file.exists()


class CeleryProcess(Child):
    """A worker or a beat. Starting it does not wait: it logs when it is ready."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        super().__init__()
        self._arguments = arguments
        self._environment = environment

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "celery", *self._arguments]

    def environment(self) -> Mapping[str, str]:
        return {**self._environment, "PYTHONPATH": str(ROOT)}

    def answers(self) -> bool:
        return True

    @property
    def has_died(self) -> bool:
        """Whether it ended without our `kill`."""
        return self._child is not None and not self.is_running

    def output(self) -> str:
        """The output of all its lives."""
        log = self.folder / "output.log"
        return log.read_text(errors="replace") if log.exists() else ""


class Stack:
    """`with Stack(folder, shape) as stack:`; `folder` gets the logs."""

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.folder = folder
        self.shape = shape
        self.log = Lines(folder / Fault.file_name)
        self.rabbit = RabbitServer()
        self.redis = RedisServer()
        self.mongo = MongoServer() if shape.store == "mongodb" else None
        self.sink = SinkProcess(folder, shape.seed, shape.rates)
        self.proxy: Proxy | None = None
        self._open = ExitStack()
        self.workers: list[CeleryProcess] = []
        self.beats: list[CeleryProcess] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def _start(self) -> None:
        self.shape.worker.write(self.folder)
        for server in (self.rabbit, self.redis, self.sink):
            self._open.enter_context(server)
        if self.mongo is not None:
            self._open.callback(self.mongo.stop)
            self.mongo.start()
            through = free_port()
            self.proxy = self._open.enter_context(
                Proxy(PROXY, through, self.mongo.port, self.folder, self.shape.seed)
            )
            own = self.mongo.uri.replace("/?", "/faults?") + "&serverSelectionTimeoutMS=1000"
            # A direct connection; otherwise the driver would use the address that the server
            # reports, past the proxy.
            self._store_uri = (
                self.mongo.uri.replace(f":{self.mongo.port}/", f":{through}/faults")
                + "&directConnection=true"
            )
        else:
            self._store_uri = own = f"sqlite:///{self.folder / 'store.db'}"
        self.rabbit.add_vhost(VHOST)
        self.runtime = self._runtime(own)
        self.runtime.run(self.runtime.services.store.migrate())
        for number in range(1, self.shape.workers + 1):
            self.workers.append(self._celery(f"worker-{number}", self._worker(number)))
        for number in range(1, self.shape.beats + 1):
            self.beats.append(self._celery(f"beat-{number}", self._beat(number)))

    def _runtime(self, uri: str) -> Runtime:
        settings = TeamSettings.read({**self.environment(), "STORE_URI": uri})

        async def composed() -> Services:
            return replace(await compose(settings), dispatcher=MuteDispatcher())

        runtime = Runtime(Composition(composed))
        self._open.callback(runtime.close)
        return runtime

    @property
    def services(self) -> Services:
        """The bench's own connection to the store; it sends nothing to the broker."""
        return self.runtime.services

    def environment(self) -> dict[str, str]:
        return {
            "STORE_URI": self._store_uri,
            "BROKER_URL": self.rabbit.uri(VHOST),
            "REDIS_URL": self.redis.uri,
            "SMTP_URI": self.sink.uri,
            "SENDER": "Bench <bench@example.com>",
            "PUBLIC_URL": "http://127.0.0.1:1",
            "TRACKING_KEYS": "k1:a-secret-of-the-bench-and-of-nobody-else",
            "SMTP_CONNECTIONS_MAX": str(CONNECTIONS_MAX),
            "SWEEP_SECONDS": f"{TIMES.sweep:g}",
            "HORIZON_SECONDS": f"{HORIZON_SECONDS:g}",
            "LEAD_LEASE_SECONDS": f"{TIMES.lead_lease:g}",
            "SEND_LEASE_SECONDS": f"{SEND_LEASE_SECONDS:g}",
            "WINDOW_JOBS_MAX": "500",
            # The sink refuses more recipients than any real list has.
            "BOUNCES_MAX_PERCENT": "100",
            "LOG_LEVEL": "WARNING",
            bench_settings.FOLDER: str(self.folder),
        }

    def _celery(self, name: str, arguments: Sequence[str]) -> CeleryProcess:
        child = CeleryProcess(name, arguments, self.environment())
        self._open.callback(child.close)
        child.start()
        return child

    def _worker(self, number: int) -> Sequence[str]:
        return [
            "-A", WORKER_APP, "worker", "--pool", "threads", "--concurrency", "4",
            "-Q", QUEUES, "-n", f"worker-{number}@%h", "--loglevel", "WARNING",
            "--without-gossip", "--without-mingle",
        ]  # fmt: skip

    def _beat(self, number: int) -> Sequence[str]:
        schedule = self.folder / f"beat-{number}"
        return [
            "-A", "local.celery_beat", "beat", "--loglevel", "WARNING",
            "--schedule", str(schedule), "--pidfile", "",
        ]  # fmt: skip

    # The possible faults; each is logged first.

    def note(self, kind: str, pid: int | None = None, message: str = "") -> None:
        self.log.write(Fault(now(), kind, pid, message))

    def ready(self) -> list[CeleryProcess]:
        """Workers that are alive and have logged that they take jobs."""
        said = {it.pid for it in Fault.read(self.folder) if it.kind == READY}
        return [it for it in self.workers if it.is_running and it.pid in said]

    def kill(self, worker: CeleryProcess) -> None:
        self.note(KILL, worker.pid, worker.name)
        worker.kill()

    def restart_dead(self) -> None:
        for child in (*self.workers, *self.beats):
            if child.is_running:
                continue
            if child.has_died and child.pid not in self._killed():
                self.note(DIED, child.pid, f"{child.name}: {child.output()[-500:]}")
            child.kill()
            child.start()

    def _killed(self) -> set[int | None]:
        return {it.pid for it in Fault.read(self.folder) if it.kind in (KILL, CRASH_POINT)}

    def stop(self, worker: CeleryProcess) -> None:
        self.note("stop", worker.pid, worker.name)
        os.killpg(worker.pid, signal.SIGSTOP)

    def go_on(self, worker: CeleryProcess) -> None:
        self.note("go on", worker.pid, worker.name)
        os.killpg(worker.pid, signal.SIGCONT)

    def flush_redis(self) -> None:
        self.note("redis flushed")
        with redis.Redis.from_url(self.redis.uri) as client:
            client.flushall()

    def redis_keys(self) -> int:
        with redis.Redis.from_url(self.redis.uri) as client:
            return int(client.dbsize())

    def depths(self) -> dict[str, int]:
        """Jobs in each queue of the broker, including delivered ones, as its management reports
        them: up to five seconds old.
        """
        answer = httpx.get(f"{self.rabbit.management_uri}/api/queues/{VHOST}", timeout=patience(10))
        answer.raise_for_status()
        return {it["name"]: int(it.get("messages", 0)) for it in answer.json()}

    def keep_output(self) -> None:
        """Puts the processes' output beside the other logs."""
        for child in (*self.workers, *self.beats):
            (self.folder / f"{child.name}.log").write_text(child.output())

    def wait_ready(self, seconds_max: float = 60.0) -> None:
        """Raises RuntimeError with a worker's last output."""
        deadline = time.monotonic() + patience(seconds_max)
        while len(self.ready()) < len(self.workers):
            if time.monotonic() > deadline:
                raise RuntimeError("a worker did not start:\n" + self.workers[0].output()[-3000:])
            time.sleep(0.1)
