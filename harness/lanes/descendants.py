"""All processes that a run has started, directly or indirectly, as the kernel sees them (Linux)."""

import contextlib
import ctypes
import os
import signal
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")
LOOK_SECONDS = 0.05


def adopt_orphans() -> None:
    """From now on, a process whose parent dies becomes our child instead of init's."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def descendants() -> list[int]:
    """The descendants of this process, without zombies."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in _PROC.glob("[0-9]*"):
        fields = _stat(int(entry.name))
        if fields and fields[0] != "Z":
            children[int(fields[1])].append(int(entry.name))
    found = list(children[os.getpid()])
    for pid in found:
        found += children[pid]
    return found


def command_of(pid: int) -> str:
    """The command in a form that people recognise; empty if the process has ended."""
    with contextlib.suppress(OSError):
        command = (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
        return " ".join(command)[:120].strip()
    return ""


def end_all(seconds: float) -> None:
    """Ask all to end, and kill those that are still running after `seconds`."""
    _signal(descendants(), signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while descendants() and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    _signal(descendants(), signal.SIGKILL)


def end_with_stacks(seconds: float) -> str:
    """Ends all Python processes below this one and returns their stacks.

    They run with PYTHONFAULTHANDLER, which writes the stacks of all threads to standard error
    before SIGABRT kills. If standard error is a file, such as a server's log, the stacks are read
    from there.
    """
    python = [it for it in descendants() if _program(it).startswith("python")]
    commands = [f"{it}: {command_of(it)}" for it in python]
    outputs = {path: path.stat().st_size for it in python if (path := _error_file(it))}
    _signal(python, signal.SIGABRT)
    deadline = time.monotonic() + seconds
    while set(python) & set(descendants()) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
    told = [f"{len(python)} Python processes:", *commands]
    for path, size in outputs.items():
        with contextlib.suppress(OSError), path.open("rb") as file:
            file.seek(size)
            told.append(f"--- {path}\n{file.read().decode(errors='replace')}")
    return "\n".join(told)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _stat(pid: int) -> list[str]:
    """State, parent and so on; empty if the process is gone."""
    with contextlib.suppress(OSError):
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return []


def _program(pid: int) -> str:
    with contextlib.suppress(OSError):
        return (_PROC / str(pid) / "exe").readlink().name
    return ""


def _error_file(pid: int) -> Path | None:
    with contextlib.suppress(OSError):
        path = (_PROC / str(pid) / "fd" / "2").readlink()
        return path if path.is_file() else None
    return None
