"""Workers and schedulers of the team's stack as child processes, against real servers."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from harness.servers.child import HOST, Child, free_port, takes_connections

ROOT = Path(__file__).parents[2]
QUEUES = "celery,send_email,sweep"


class CeleryProcess(Child):
    """`celery …`; ready once its log says so."""

    name = "celery"

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str], ready: str
    ) -> None:
        super().__init__()
        self._arguments = arguments
        self._environment = environment
        self._ready = ready

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "celery", "-q", "-A", *self._arguments]

    def environment(self) -> Mapping[str, str]:
        return {**self._environment, "PYTHONPATH": str(ROOT)}

    def answers(self) -> bool:
        return self._ready in self.output()

    def output(self) -> str:
        log = self.folder / "output.log"
        return log.read_text(errors="replace") if log.exists() else ""


def worker(environment: Mapping[str, str], name: str) -> CeleryProcess:
    options = ["--pool", "threads", "--concurrency", "4", "-Q", QUEUES, "-l", "INFO"]
    options += ["-n", f"{name}@%h", "--without-gossip", "--without-mingle"]
    return CeleryProcess(["local.celery_app", "worker", *options], environment, " ready.")


def scheduler(environment: Mapping[str, str]) -> CeleryProcess:
    options = ["-l", "INFO", "-s", "schedule"]
    return CeleryProcess(["local.celery_beat", "beat", *options], environment, "beat: Starting")


class Backend(Child):
    """`emailbuilder serve`; ready once its liveness check succeeds."""

    name = "backend"

    def __init__(self, environment: Mapping[str, str], *, host: str = HOST) -> None:
        super().__init__()
        self.port = free_port()
        self._environment = environment
        self._host = host

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def command(self) -> Sequence[str]:
        where = ["--host", self._host, "--port", str(self.port)]
        return [sys.executable, "-m", "local.cli", "serve", *where]

    def environment(self) -> Mapping[str, str]:
        return {**self._environment, "PYTHONPATH": str(ROOT)}

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/live", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


class Receiver(Child):
    """`emailbuilder receive`."""

    name = "receiver"

    def __init__(self, environment: Mapping[str, str], port: int) -> None:
        super().__init__()
        self.port = port
        self._environment = environment

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "local.cli", "receive", "--port", str(self.port)]

    def environment(self) -> Mapping[str, str]:
        return {**self._environment, "PYTHONPATH": str(ROOT)}

    def answers(self) -> bool:
        return takes_connections(self.port)


def environment(
    *, store_uri: str, broker_url: str, redis_url: str, smtp_uri: str, **more: str
) -> dict[str, str]:
    """The environment variables of all processes of one stack."""
    return {
        "STORE_URI": store_uri,
        "BROKER_URL": broker_url,
        "REDIS_URL": redis_url,
        "SMTP_URI": smtp_uri,
        "SENDER": "Ann <ann@example.com>",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "TRACKING_KEYS": "k1:not-a-secret-not-a-secret-not-a-secret",
        **more,
    }
