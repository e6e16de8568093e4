"""A server as a child process: started, awaited, killed, ended."""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.patience import patience

HOST = "127.0.0.1"
STOP_SECONDS_MAX = 10.0
_PR_SET_PDEATHSIG = 1
FIRST_PORT = 12_000
PORTS = 20_000
PORTS_APART = 211
_given = count()


class NotInstalledError(RuntimeError):
    """A required program is missing; the message says how to get it."""


class Child:
    """`command`, `environment` and `answers` define a server; the rest is the same for all."""

    name = "server"
    ready_seconds_max = 30.0
    is_one_process = True
    """The kernel ends it when we end. A server that has children must end them itself."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"emailbuilder-{self.name}-"))
        self._child: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        return {}

    def answers(self) -> bool:
        """Whether the server is ready."""
        raise NotImplementedError

    def start(self) -> None:
        """Returns when it is ready. Raises RuntimeError with its last output if it does not become
        ready.
        """
        self.begin()
        self.await_answer()

    def begin(self) -> None:
        """The first half of `start`, which returns at once."""
        with self._log.open("ab") as output:
            self._child = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env={**os.environ, **self.environment()},  # noqa: TID251
                stdout=output,
                stderr=subprocess.STDOUT,
                # The process that reads it notices our end: see rabbitmq.py.
                stdin=subprocess.PIPE,
                start_new_session=True,
                preexec_fn=end_with_parent if self.is_one_process else None,
            )

    def await_answer(self) -> None:
        """The second half of `start`. Raises RuntimeError."""
        deadline = time.monotonic() + patience(self.ready_seconds_max)
        while not self.answers():
            if not self.is_running or time.monotonic() > deadline:
                self.kill()
                said = self._log.read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self.name} did not start:\n{said}")
            time.sleep(0.02)

    @property
    def _log(self) -> Path:
        return self.folder / "output.log"

    def kill(self) -> None:
        """Kills it and its children at once, like a power failure."""
        self._end(signal.SIGKILL)

    def end(self) -> None:
        """Ask it to end, and wait."""
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        """Start it again after a kill, with the same port and folder."""
        self.kill()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it and remove its data on disk. Idempotent."""
        self.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def _end(self, how: signal.Signals) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, how)
        if child.stdin is not None:
            child.stdin.close()
        try:
            child.wait(patience(STOP_SECONDS_MAX))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait(patience(STOP_SECONDS_MAX))


def end_with_parent() -> None:
    """For `preexec_fn`: the kernel kills this process when its parent's thread ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


_WATCHED = """
exec 3<&0
{ read -r _ <&3; kill -9 0; } &
exec "$@" 3<&-
"""


def watched(command: Sequence[str]) -> Sequence[str]:
    """The command with a companion in its process group that ends both when the pipe to the starter
    closes. For servers that change their user, whereupon the kernel forgets `end_with_parent`, or
    that have children.
    """
    return ["/bin/sh", "-c", _WATCHED, "sh", *command]


def free_port() -> int:
    """A free port below the range that the system uses for outgoing connections, one of which could
    take it before the server listens. Each process begins at a different port and returns none
    twice.
    """
    for _ in range(PORTS):
        port = FIRST_PORT + (os.getpid() * PORTS_APART + next(_given)) % PORTS
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")


def program(name: str, package: str, *places: str) -> str:
    """The path of the program `name`. Raises NotInstalledError, which names the Debian package."""
    found = next((place for place in places if Path(place).exists()), None) or shutil.which(name)
    if found is None:
        raise NotInstalledError(
            f"{name} is not installed; on Debian: apt-get install {package} (`make servers`)"
        )
    return found


def takes_connections(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False
