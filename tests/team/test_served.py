"""One signal ends the whole stack that was started for a browser."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

from harness.patience import patience, until
from harness.servers.child import free_port
from harness.team.stack import ROOT

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

SERVERS = 4
"""The processes of the stack: MongoDB's stand-in, RabbitMQ, Redis, the inbox."""


def test_it_leaves_nothing_behind(tmp_path: Path) -> None:
    """Ended while it starts up, it leaves no process and no folder."""
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.team.served", "--port", str(free_port())],
        cwd=ROOT,
        env=environment(tmp_path),
    )
    it = psutil.Process(program.pid)
    # The interface may have to be built first.
    until(lambda: len(it.children()) >= SERVERS or program.poll() is not None, seconds=400)
    assert program.poll() is None
    started = it.children(recursive=True)
    program.send_signal(signal.SIGTERM)
    assert program.wait(patience(60)) == 0
    until(lambda: not [process for process in started if _lives(process)], seconds=30)
    assert list(tmp_path.glob("emailbuilder-*")) == []


def environment(temporary: Path) -> Mapping[str, str]:
    return {**os.environ, "TMPDIR": str(temporary)}  # noqa: TID251


def _lives(process: psutil.Process) -> bool:
    """Whether the process is running; a zombie has ended."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
