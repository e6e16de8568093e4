"""The interface's server, built once with the commands of its Dockerfile and run as a child
process.

It is built in `build/frontend`, from a copy, because a build for the gateway may be running in the
folder itself. `python -m tests.compose.interface` only builds.
"""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path

from harness.patience import patience
from harness.servers.child import HOST, Child, free_port
from tests.architecture.source import ROOT
from tests.compose.composed import Service
from tests.compose.engine.kept import NOT_BUILT
from tests.compose.processes import CHECK_SECONDS_MAX, check_of

DOCKERFILE = (ROOT / "docker" / "frontend" / "Dockerfile").read_text()
SOURCE = ROOT / "frontend"
BUILT = ROOT / "build" / "frontend"
BUILD_SECONDS_MAX = patience(300)
_LEFT_OUT = {"node_modules", ".next", "out", "e2e", "screens", "server", "testing"}
"""The gate before Next.js is not built, and copied each time."""


def build() -> None:
    """Builds nothing if the last build used the same sources. One process at a time, because lanes
    of tests may call it at once.
    """
    BUILT.parent.mkdir(exist_ok=True)
    with (BUILT.parent / "frontend.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        _build()
        shutil.rmtree(BUILT / "server", ignore_errors=True)
        left_out = shutil.ignore_patterns("*.test.ts")
        shutil.copytree(SOURCE / "server", BUILT / "server", ignore=left_out)


def _build() -> None:
    sources = sorted(_sources())
    digest = sha256(DOCKERFILE.encode())
    for it in sources:
        digest.update(f"{it.relative_to(SOURCE)}\0".encode() + it.read_bytes())
    mark = BUILT / ".built"
    if mark.exists() and mark.read_text() == digest.hexdigest():
        return
    modules = SOURCE / "node_modules"
    assert modules.is_dir(), "run make frontend first: the interface's packages are not installed"
    shutil.rmtree(BUILT, ignore_errors=True)
    for it in sources:
        target = BUILT / it.relative_to(SOURCE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(it, target)
    # Linked file by file, because a linked folder would be outside of what Next.js reads.
    subprocess.run(["cp", "-al", modules, BUILT / "node_modules"], check=True)
    done = subprocess.run(
        ["npx", "next", "build"],
        cwd=BUILT,
        env={**_around(), **_given(DOCKERFILE.split("FROM ")[1])},
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_SECONDS_MAX,
    )
    assert "RUN npx next build" in DOCKERFILE
    assert done.returncode == 0, done.stdout + done.stderr
    mark.write_text(digest.hexdigest())


def _sources() -> Iterator[Path]:
    for folder, names, files in os.walk(SOURCE):
        names[:] = [it for it in names if it not in _LEFT_OUT]
        kept = (it for it in files if not it.startswith((".", "next-env")))
        yield from (Path(folder) / it for it in kept if not NOT_BUILT.fullmatch(it))


def _around() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(BUILT)}  # noqa: TID251


def _given(stage: str) -> dict[str, str]:
    """The ENV of a stage."""
    block = re.findall(r"^ENV ((?:.*\\\n)*.*)", stage, re.MULTILINE)[-1]
    pairs = (it.partition("=") for it in block.replace("\\\n", " ").split())
    return {name: value for name, _, value in pairs}


class Interface(Child):
    """`backend_port`, `inbox_port`: where those answer here. `port`: of its own, else one that is
    free."""

    name = "frontend"

    def __init__(
        self, service: Service, *, backend_port: int, inbox_port: int, port: int | None = None
    ) -> None:
        super().__init__()
        self.port = port or free_port()
        self._service = service
        self._targets = {
            "BACKEND_URL": f"http://{HOST}:{backend_port}",
            "INBOX_URL": f"http://{HOST}:{inbox_port}",
        }
        self.image = self.folder / "image"
        for source, target in re.findall(
            r"^COPY --from=built /build/(\S+) /(\S+)$", DOCKERFILE, re.MULTILINE
        ):
            shutil.copytree(BUILT / source, self.image / target, dirs_exist_ok=True)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def command(self) -> Sequence[str]:
        given: Mapping[str, str] = {
            **_given(DOCKERFILE),
            **self._service["environment"],
            **self._targets,
            "HOSTNAME": HOST,
            "PORT": str(self.port),
            "HOME": str(self.folder),
        }
        pairs = [f"{name}={value}" for name, value in given.items()]
        path = f"PATH={_around()['PATH']}"
        folder = ["-C", str(self.image / "app")]
        return ["/usr/bin/env", "-i", *folder, path, *pairs, *self._service["command"]]

    def answers(self) -> bool:
        return self.is_healthy()

    def is_healthy(self) -> bool:
        """By the compose file's own check."""
        arguments = [it.replace(":3000/", f":{self.port}/") for it in check_of(self._service)]
        done = subprocess.run(
            arguments, env=_around(), capture_output=True, check=False, timeout=CHECK_SECONDS_MAX
        )
        return done.returncode == 0

    def files(self) -> set[Path]:
        return {it for it in self.image.rglob("*") if it.is_file()}

    def ended_by(self, number: signal.Signals) -> int:
        """Its exit code. Raises TimeoutExpired where it takes longer than the file gives it."""
        assert self._child is not None
        self._child.send_signal(number)
        return self._child.wait(int(self._service["stop_grace_period"].removesuffix("s")))


if __name__ == "__main__":
    build()
