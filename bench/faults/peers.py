"""Find and kill the process at the other end of a connection on this machine."""

import os
import signal
from pathlib import Path

import psutil

from bench.faults.lines import Fault, Lines, now


def kill_peer(port: int, folder: Path, point: str) -> bool:
    """Kill the process that holds the local `port` of a connection, and log it in `folder` first.
    False if there is no such process any more.
    """
    for connection in psutil.net_connections(kind="tcp4"):
        if connection.laddr and connection.laddr.port == port and connection.pid not in (None, 0):
            assert connection.pid is not None
            if connection.pid != os.getpid():
                lines = Lines(folder / Fault.file_name)
                lines.write(Fault(now(), "crash point", connection.pid, point))
                lines.close()
                os.kill(connection.pid, signal.SIGKILL)
                return True
    return False
