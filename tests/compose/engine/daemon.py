"""The engine inside the enclosure: Docker with its images in the kept folder and everything else in
memory.
"""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.compose.engine.failures import StoryError
from tests.compose.engine.tools import Tools

START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 60
ANSWER_SECONDS_MAX = 120
LAYERS_KEPT = "4GB"
RESOLVER = "10.0.2.3"
"""The name server of slirp4netns, which uses this machine's."""
RUN = Path("/run")
LOG = RUN / "dockerd.log"


class Daemon:
    """Raises StoryError if the engine refuses something."""

    def __init__(self, tools: Tools, kept: Path, cgroup: str) -> None:
        """`cgroup`: the control group of its containers."""
        self._tools = tools
        self._cgroup = cgroup
        self._data = kept / "data"
        self.environment = {**tools.environment(), "HOME": str(RUN)}

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        _mount()
        with LOG.open("wb") as log:
            dockerd = subprocess.Popen(
                [
                    *("dockerd", "--data-root", self._data, "--exec-root", RUN / "docker"),
                    *("--pidfile", RUN / "docker.pid", "--host", f"unix://{RUN}/docker.sock"),
                    *("--group", "root", "--cgroup-parent", f"/{self._cgroup}"),
                ],
                env={**self._tools.with_libraries(), "HOME": str(RUN)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._await(dockerd)
            self._clear()
            yield
            self._clear()
        finally:
            dockerd.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                dockerd.wait(STOP_SECONDS_MAX)

    def docker(self, *arguments: str, stdin: Path | None = None) -> str:
        """Returns the output."""
        with stdin.open("rb") if stdin else contextlib.nullcontext(subprocess.DEVNULL) as given:
            done = subprocess.run(
                ["docker", *arguments],
                env=self.environment,
                stdin=given,
                capture_output=True,
                check=False,
                timeout=ANSWER_SECONDS_MAX,
            )
        if done.returncode != 0:
            raise StoryError(f"docker {' '.join(arguments)}: {done.stderr.decode().strip()}")
        return done.stdout.decode().strip()

    def tidy(self) -> None:
        """Remove images that a newer build has replaced, and layers beyond a limit."""
        self.docker("image", "prune", "--force")
        self.docker("builder", "prune", "--force", "--keep-storage", LAYERS_KEPT)

    def _await(self, dockerd: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + START_SECONDS_MAX
        while dockerd.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(StoryError):
                self.docker("version")
                return
            time.sleep(0.1)
        raise StoryError(f"the engine did not start: {LOG.read_text()[-2000:]}")

    def _clear(self) -> None:
        """Removes all containers, volumes and networks, including those of an interrupted run."""
        found = self.docker("ps", "--all", "--quiet").split()
        if found:
            self.docker("rm", "--force", "--volumes", *found)
        self.docker("volume", "prune", "--all", "--force")
        self.docker("network", "prune", "--force")


def _mount() -> None:
    """Visible to this run only: an empty /run, the name server, and an /opt in which containerd may
    leave a folder.
    """
    resolver = Path("/etc/resolv.conf").resolve()
    _mounted("-t", "tmpfs", "tmpfs", RUN)
    own = RUN / "resolv.conf"
    own.write_text(f"nameserver {RESOLVER}\n")
    if resolver.is_relative_to(RUN):
        resolver.parent.mkdir(parents=True, exist_ok=True)
        resolver.write_text(own.read_text())
    else:
        _mounted("--bind", own, resolver)
    layers = {it: RUN / f"opt-{it}" for it in ("upperdir", "workdir")}
    for folder in layers.values():
        folder.mkdir()
    options = ",".join(f"{name}={it}" for name, it in {"lowerdir": "/opt", **layers}.items())
    _mounted("-t", "overlay", "overlay", "-o", options, "/opt")


def _mounted(*arguments: str | Path) -> None:
    subprocess.run(["mount", *arguments], check=True, timeout=10)
