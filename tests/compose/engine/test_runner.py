"""What the runner decides before it has an engine, and that it leaves nothing behind.

The run itself is `make test-compose`; its short form is part of `make test`.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.compose.engine import __main__ as runner
from tests.compose.engine import kept, obstacles
from tests.compose.engine.enclosure import CGROUP, own_cgroup, run_enclosed
from tests.compose.engine.failures import NotRunError, StoryError
from tests.compose.engine.tools import Tools, debian_mirror


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The kept folder of a machine on which it never ran."""
    monkeypatch.setenv("COMPOSE_ENGINE_FOLDER", str(tmp_path))
    return tmp_path


def test_images_of_every_recipe_are_asked_for_by_our_files() -> None:
    """And our files use no image without a recipe."""
    recipes = {it.name for it in kept.RECIPES.iterdir() if it.is_dir()}
    asked = [it.partition(":") for it in kept.images_asked_for()]
    assert {name for name, _, _ in asked} == recipes
    assert all(tag for _, _, tag in asked)


def test_recipes_start_from_what_is_made_here() -> None:
    """No image registry is used."""
    for file in kept.RECIPES.glob("*/Dockerfile"):
        starts = re.findall(r"^FROM (\S+)", file.read_text(), re.MULTILINE)
        assert set(starts) <= {
            *("emailbuilder-debian:bookworm", "emailbuilder-debian:trixie", "${NODE_IMAGE}")
        }


def test_keys_follow_what_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another release changes the key of the base images; the interface's sources have a separate
    key.
    """
    before = kept.keys()
    assert kept.keys() == before
    monkeypatch.setattr(kept, "images_asked_for", lambda: ["redis:9.9.9"])
    after = kept.keys()
    assert after["recipes"] != before["recipes"]
    assert after["interface"] == before["interface"]


def test_key_of_the_interface_leaves_out_what_tools_write() -> None:
    """Otherwise, a check of types would make the kept images look outdated."""
    command = ["git", "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "frontend"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    ignored = {ROOT / it for it in listed.split("\0") if it}
    assert ignored.isdisjoint(kept.interface_sources())


def test_short_form_is_not_run_without_images(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fetches and builds nothing; the last line says how to get them."""
    monkeypatch.setattr(runner, "obstacle", lambda: None)
    assert runner.main("short") == 0
    verdict = capsys.readouterr().out.splitlines()[-1]
    assert verdict.startswith("compose: not run, because its images are not built on this machine")
    assert verdict.endswith("make test-compose builds them")
    assert list(folder.iterdir()) == []


def test_unsuitable_machine_gets_the_reason(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the verdict, not as a failure."""
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    assert runner.main("full") == 0
    assert capsys.readouterr().out == "compose: not run, because it needs root\n"


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda patch: patch.setattr(obstacles, "PROGRAMS", ("no-such-program",)), "no-such-progr"),
        (lambda patch: patch.setattr(obstacles, "CAPABILITIES", {"CAP_X": 63}), "root lacks CAP_X"),
        (
            lambda patch: patch.setattr(obstacles, "FILE_SYSTEMS", ("nofs",)),
            "the kernel has no nofs",
        ),
        (lambda patch: patch.setattr(obstacles, "_may_unshare", lambda: False), "no namespaces"),
    ],
)
def test_each_obstacle_is_found(
    broken: Callable[[pytest.MonkeyPatch], None], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no other obstacle, as on a suitable machine."""
    if obstacles.obstacle() is not None:
        pytest.skip("this machine has an obstacle of its own")
    broken(monkeypatch)
    found = obstacles.obstacle()
    assert found is not None
    assert message in found


def test_failure_is_no_excuse(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is shown, and the exit code is not 0."""

    def fail(_: str) -> None:
        raise StoryError("the inbox is empty")

    monkeypatch.setattr(runner, "_run", fail)
    assert runner.main("full") == 1
    assert capsys.readouterr().out == "compose: failed: the inbox is empty\n"


def test_mirror_that_apt_does_not_know_is_an_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages come only from where this machine gets them."""
    monkeypatch.setattr("tests.compose.engine.tools.RELEASES", ("no-such-release",))
    with pytest.raises(NotRunError):
        debian_mirror()


@pytest.fixture
def tools() -> Tools:
    """Unpacked, as after a run; the tests with it are skipped before."""
    unpacked = Tools(kept.folder())
    if obstacles.obstacle() is not None or not unpacked.are_there:
        pytest.skip("the engine is not unpacked here; make test-compose does it")
    return unpacked


UNTIL_CONNECTED = """
import socket, time
while "tap0" not in [name for _, name in socket.if_nameindex()]:
    time.sleep(0.01)
"""
"""A program that ended earlier would have the enclosure's network set up for nobody."""
PROGRAM = """
import os, subprocess, sys, time
sys.stdin.readline()
os.makedirs({cgroup!r} + "/below")
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=True)
open({mark!r}, "w").write(subprocess.run(["ip", "link"], capture_output=True, text=True).stdout)
subprocess.Popen(["sleep", "{seconds}"])
time.sleep({stay})
"""


def _program(mark: Path, stay: float, seconds: str) -> list[str]:
    groups = "/sys/fs/cgroup" if Path("/sys/fs/cgroup/cgroup.procs").exists() else _a_hierarchy()
    place = f"{groups}/{own_cgroup()}"
    program = PROGRAM.format(cgroup=place, mark=str(mark), stay=stay, seconds=seconds)
    return ["-c", UNTIL_CONNECTED + program]


def _a_hierarchy() -> str:
    return "/sys/fs/cgroup/memory"


def _left(seconds: str) -> list[str]:
    """Processes and control groups of a run, by what they sleep."""
    found = [str(it) for it in Path("/sys/fs/cgroup").glob(f"**/{own_cgroup()}")]
    for it in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = it.read_bytes().split(b"\0")
        except OSError:
            continue
        if arguments[:2] == [b"sleep", seconds.encode()]:
            found.append(str(it))
    return found


def test_run_leaves_nothing_behind(tools: Tools, tmp_path: Path) -> None:
    """Neither processes nor mounts nor control groups; it had its own network."""
    seconds = f"1234{os.getpid()}"
    mark = tmp_path / "seen"
    assert run_enclosed(tools, _program(mark, 0, seconds), seconds_max=60) == 0
    assert "tap0" in mark.read_text()
    assert _left(seconds) == []
    assert not any(" /mnt " in it for it in Path("/proc/mounts").read_text().splitlines())


def test_run_that_hangs_is_ended(tools: Tools, tmp_path: Path) -> None:
    """With everything it started."""
    seconds = f"2345{os.getpid()}"
    with pytest.raises(StoryError, match="it stood still"):
        run_enclosed(tools, _program(tmp_path / "seen", 600, seconds), seconds_max=3)
    assert _left(seconds) == []


RUNNING = """
import sys
from tests.compose.engine.enclosure import run_enclosed
from tests.compose.engine.test_runner import _program
from tests.compose.engine.tools import Tools
from tests.compose.engine import kept
from pathlib import Path
run_enclosed(Tools(kept.folder()), _program(Path(sys.argv[1]), 600, sys.argv[2]), seconds_max=60)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_run_ends_with_its_starter(how: signal.Signals, tools: Tools, tmp_path: Path) -> None:
    """Interrupted, told to end, or killed outright: then its control groups go with the next."""
    seconds = f"3456{os.getpid()}{int(how)}"
    mark = tmp_path / "seen"
    arguments = [sys.executable, "-c", RUNNING, str(mark), seconds]
    with subprocess.Popen(arguments, cwd=ROOT, stderr=subprocess.DEVNULL) as run:
        _until(lambda: mark.exists() and bool(_left(seconds)))
        run.send_signal(how)
        run.wait(30)
    _until(lambda: _left(seconds) == [])
    assert run_enclosed(tools, ["-c", UNTIL_CONNECTED], seconds_max=60) == 0
    assert list(Path("/sys/fs/cgroup").glob(f"**/{CGROUP}{run.pid}")) == []


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_programs_are_those_of_debian(tools: Tools) -> None:
    """Nothing was installed: programs of the machine itself are not ours."""
    assert str(tools.root) in tools.program("dockerd")
    assert str(tools.root) not in (shutil.which("runc") or "")
