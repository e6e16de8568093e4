"""Separate namespaces for a run: processes, mounts, network, names.

Whatever happens to the process that started it, the kernel ends all processes in it, which removes
mounts, bridges, firewall rules and ports. `slirp4netns`, an ordinary process, connects it to
package registries. Only folders of control groups outlive it; they are removed here.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.servers.child import end_with_parent
from tests.architecture.source import ROOT
from tests.compose.engine.failures import StoryError
from tests.compose.engine.tools import Tools

CGROUP = "emailbuilder-compose-"
"""Followed by the id of the process that started the run."""
CGROUPS = Path("/sys/fs/cgroup")
START_SECONDS_MAX = 20
END_SECONDS_MAX = 20
NAMESPACES = ("--mount", "--pid", "--net", "--uts", "--ipc", "--mount-proc")


def run_enclosed(tools: Tools, arguments: Sequence[str], *, seconds_max: float) -> int:
    """Runs Python with `arguments` inside; returns its exit code.

    Raises StoryError if it takes too long. A line on the child's standard input tells it to begin
    once it has a network.
    """
    with _child(tools, arguments) as child, _network(tools, child):
        assert child.stdin is not None
        child.stdin.write(b"begin\n")
        child.stdin.flush()
        try:
            return child.wait(seconds_max)
        except subprocess.TimeoutExpired:
            raise StoryError(f"it stood still, or took longer than {seconds_max:g} s") from None


@contextlib.contextmanager
def _child(tools: Tools, arguments: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    """`unshare` and what runs under it; killed at the end, whatever came before."""
    reaper = [tools.program("tini-static"), "-g", "--"]
    child = subprocess.Popen(
        [
            "unshare",
            *NAMESPACES,
            "--fork",
            "--kill-child=SIGKILL",
            *reaper,
            sys.executable,
            *arguments,
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        preexec_fn=end_with_parent,
    )
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        child.wait(END_SECONDS_MAX)
        _remove_cgroups()


@contextlib.contextmanager
def _network(tools: Tools, child: subprocess.Popen[bytes]) -> Iterator[None]:
    ready, told = os.pipe()
    options = ["--configure", "--mtu=65520", "--disable-host-loopback", f"--ready-fd={told}"]
    with subprocess.Popen(
        [tools.program("slirp4netns"), *options, str(_inside(child)), "tap0"],
        env=tools.with_libraries(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[told],
        preexec_fn=end_with_parent,
    ) as slirp:
        os.close(told)
        try:
            readable, _, _ = select.select([ready], [], [], START_SECONDS_MAX)
            if not readable or os.read(ready, 1) != b"1":
                raise StoryError("slirp4netns gave the enclosure no network")
            yield
        finally:
            os.close(ready)
            slirp.send_signal(signal.SIGKILL)


def _inside(child: subprocess.Popen[bytes]) -> int:
    """The first process in the namespaces, by its number out here."""
    children = Path(f"/proc/{child.pid}/task/{child.pid}/children")
    deadline = time.monotonic() + START_SECONDS_MAX
    while child.poll() is None and time.monotonic() < deadline:
        found = children.read_text().split()
        if found:
            return int(found[0])
        time.sleep(0.01)
    raise StoryError("no process came up in namespaces of its own")


def _remove_cgroups() -> None:
    """The kernel keeps their folders, even those of a killed run. A process that was just killed
    may still be in one.
    """
    deadline = time.monotonic() + END_SECONDS_MAX
    while left := _cgroups():
        for it in left:
            with contextlib.suppress(OSError):
                it.rmdir()
        if time.monotonic() > deadline:
            raise StoryError(f"control groups are left: {[str(it) for it in _cgroups()]}")
        time.sleep(0.05)


def _cgroups() -> list[Path]:
    """Those of this run and of finished ones; the deepest first, of both versions."""
    tops = [*CGROUPS.glob(f"{CGROUP}*"), *CGROUPS.glob(f"*/{CGROUP}*")]
    ours = [it for it in tops if it.name == own_cgroup() or not _is_alive(it.name)]
    return [Path(it) for top in ours for it, _, _ in os.walk(top, topdown=False)]


def own_cgroup() -> str:
    return f"{CGROUP}{os.getpid()}"


def _is_alive(name: str) -> bool:
    return Path(f"/proc/{name.removeprefix(CGROUP)}").exists()
