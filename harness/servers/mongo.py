"""A MongoDB for tests, simulations and benches.

If `MONGODB_URI` names a real server, tests use it. Otherwise they use a stand-in that speaks the
same protocol, started once per process, on a free port, with a temporary folder. Its writes survive
`kill -9` only with journal=true, and it does not support retryable writes.
"""

import atexit
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from functools import cache

from functions.adapters.mongo import MongoStore
from harness.patience import patience
from harness.servers.child import free_port

READY_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 10.0

# Ends when the pipe to its parent closes, so that a killed parent leaves no server behind.
_PROGRAM = """
import os, signal, sys, threading
def end_with_parent():
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_parent, daemon=True).start()
from secantus.cli import main
sys.exit(main())
"""


class MongoServer:
    """The stand-in. It can be killed and started again with the same port and documents."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="emailbuilder-mongo-")
        self.port = free_port()
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/?retryWrites=false&journal=true"

    def start(self) -> None:
        """Returns when it answers."""
        arguments = ["--host", "127.0.0.1", "--port", str(self.port)]
        arguments += ["--storage-path", self.folder, "--log-level", "WARNING"]
        self._child = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *arguments], stdin=subprocess.PIPE, cwd=self.folder
        )
        deadline = time.monotonic() + patience(READY_SECONDS_MAX)
        while not self._answers():
            if self._child.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("the MongoDB stand-in did not start; its words are above")
            time.sleep(0.02)

    def kill(self) -> None:
        """Kills it at once, like a power failure."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ends it and removes its documents. Idempotent."""
        self._end(signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.send_signal(how)
        try:
            child.wait(patience(STOP_SECONDS_MAX))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        assert child.stdin is not None
        child.stdin.close()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def given_uri() -> str | None:
    """The real server to test against, if there is one."""
    return os.environ.get("MONGODB_URI")  # noqa: TID251 (the tests' only setting)


@cache
def shared_uri() -> str:
    """The server that all tests of this process share."""
    given = given_uri()
    if given is not None:
        return given
    server = MongoServer()
    atexit.register(server.stop)
    server.start()
    return server.uri


_numbers = itertools.count(1)


def new_database() -> str:
    """A name that no other test uses, in this process or another."""
    return f"emailbuilder_test_{os.getpid()}_{next(_numbers)}"


class PassingStore(MongoStore):
    """A store in its own database, which is dropped when the store is closed, because the server
    may outlive the test.
    """

    async def close(self) -> None:
        await self.database.client.drop_database(self.database.name)
        await super().close()


async def open_passing(
    *,
    per_document: bool = False,
    on_write: Callable[[str], None] | None = None,
    clock: Callable[[], datetime] | None = None,
    round_trips: Callable[[str], None] | None = None,
) -> PassingStore:
    """An empty, migrated store; the options are those of `MongoStore.open`."""
    store = await PassingStore.open(
        shared_uri(),
        new_database(),
        per_document=per_document,
        on_write=on_write,
        clock=clock,
        round_trips=round_trips,
    )
    await store.migrate()
    return store
