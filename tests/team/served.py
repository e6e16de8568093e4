"""The stack of compose as child processes of one program, for browser tests.

`python -m tests.team.served --port PORT`: serves the interface until SIGTERM or SIGINT, then leaves
nothing behind. RabbitMQ, Redis, backend, worker, scheduler, inbox and the interface's server are
real; MongoDB is the stand-in. API_TOKENS in the environment opens backend and inbox.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from harness.patience import patience
from harness.servers.child import HOST, Child, free_port, takes_connections
from harness.servers.mongo import MongoServer
from harness.servers.rabbitmq import RabbitServer
from harness.servers.redis import RedisServer
from harness.team.stack import ROOT, Backend, environment, scheduler, worker
from tests.compose.composed import TEAM, Service, make_env, rendered
from tests.compose.interface import Interface, build

MIGRATE_SECONDS_MAX = patience(60)


class InboxProcess(Child):
    """`python -m local.inbox`; its JSON API is what it starts last."""

    name = "inbox"

    def __init__(self, redis: RedisServer) -> None:
        """`redis`: has the sessions of browsers."""
        super().__init__()
        self._redis = redis
        self.port = free_port()
        self.api_port = free_port()

    @property
    def uri(self) -> str:
        return f"smtp://{HOST}:{self.port}"

    def command(self) -> Sequence[str]:
        ports = ["--port", str(self.port), "--api-port", str(self.api_port)]
        return [sys.executable, "-m", "local.inbox", "--path", "inbox.db", *ports]

    def environment(self) -> Mapping[str, str]:
        return {"PYTHONPATH": str(ROOT), "REDIS_URL": self._redis.uri}

    def answers(self) -> bool:
        return takes_connections(self.api_port)


def serve(port: int) -> NoReturn:
    """Ends with SystemExit, whatever is in progress."""
    with ExitStack() as open_now:
        mongo, rabbit, redis = MongoServer(), RabbitServer(), RedisServer()
        inbox = InboxProcess(redis)
        open_now.callback(mongo.stop)
        around = (rabbit, redis, inbox)
        # RabbitMQ takes longest, so everything that does not need it is done meanwhile.
        _begin(open_now, *around)
        interface_service = _interface_service(open_now)
        mongo.start()
        given = environment(
            store_uri=mongo.uri,
            broker_url=rabbit.uri(),
            redis_url=redis.uri,
            smtp_uri=inbox.uri,
        )
        _migrate(given)
        _await(*around)
        backend = Backend(given)
        given["PUBLIC_URL"] = backend.url
        targets = {"backend_port": backend.port, "inbox_port": inbox.api_port}
        interface = Interface(interface_service, **targets, port=port)
        served = (backend, worker(given, "one"), scheduler(given), interface)
        _begin(open_now, *served)
        _await(*served)
        sys.stdout.write(f"http://{HOST}:{port}\n")
        sys.stdout.flush()
        while True:
            signal.pause()


def _interface_service(open_now: ExitStack) -> Service:
    """The service of the compose file, with the .env that `make env` writes."""
    folder = open_now.enter_context(tempfile.TemporaryDirectory(prefix="emailbuilder-env-"))
    env_file = Path(folder) / ".env"
    make_env(env_file).check_returncode()
    build()
    service: Service = rendered(TEAM, env_file)["services"]["frontend"]
    return service


def _begin(open_now: ExitStack, *children: Child) -> None:
    """Starts all at once; they end in reverse order."""
    for it in children:
        open_now.callback(it.close)
        it.begin()


def _await(*children: Child) -> None:
    for it in children:
        it.await_answer()


def _migrate(given: Mapping[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "local.cli", "migrate"],
        cwd=ROOT,
        env={**os.environ, **given},  # noqa: TID251
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=MIGRATE_SECONDS_MAX,
    )


def _end(_number: int, _frame: object) -> NoReturn:
    # Only once: a second signal must not interrupt the clean-up.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


def main() -> NoReturn:
    parser = argparse.ArgumentParser(prog="python -m tests.team.served", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="of the interface")
    chosen = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    serve(chosen.port)


if __name__ == "__main__":
    main()
