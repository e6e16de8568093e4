"""The images' recipes: they are linted, and what they copy and install is checked.

`test_running.py` runs their content, and `tests/compose/engine` builds them.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from harness.patience import patience
from tests.architecture.source import ROOT

DOCKERFILES = [
    ROOT / "Dockerfile",
    ROOT / "docker" / "proxy" / "Dockerfile",
    ROOT / "docker" / "frontend" / "Dockerfile",
]
HADOLINT = Path(sys.executable).parent / "hadolint"


def pinned(lock: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / lock).read_text().splitlines()
    found = (re.match(r"([a-z0-9.-]+)(?:\[[^]]*\])?==(\S+)", line) for line in lines)
    return {it[1]: it[2] for it in found if it}


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda it: it.parent.name)
def test_hadolint_has_nothing_to_say(dockerfile: Path) -> None:
    """Style included, and nothing ignored."""
    assert "hadolint ignore" not in dockerfile.read_text()
    done = subprocess.run(
        [HADOLINT, "--failure-threshold", "style", dockerfile],
        capture_output=True,
        text=True,
        check=False,
        timeout=patience(60),
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda it: it.parent.name)
def test_image_is_of_several_stages_and_ends_as_nobody(dockerfile: Path) -> None:
    """Build tools are left out, and each stage starts from one pinned release."""
    text = dockerfile.read_text()
    starts = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(starts) > 1
    assert all(re.search(r":\d+\.\d+\.\d+-", it) for it in starts)
    assert re.findall(r"^USER (.*)$", text, re.MULTILINE)[-1] == "10001:10001"


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda it: it.parent.name)
def test_image_copies_what_is_there(dockerfile: Path) -> None:
    """And only what .dockerignore, an allow list, permits: no .env, no history."""
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = [line[1:] for line in ignore if line.startswith("!")]
    assert next(line for line in ignore if not line.startswith("#")) == "*"
    for source in re.findall(r"^COPY (?!--from)(\S+)", dockerfile.read_text(), re.MULTILINE):
        assert (ROOT / source).exists(), source
        assert any(source == it or source.startswith(f"{it}/") for it in allowed), source
    assert not any(it.startswith((".env", ".git", "tests")) for it in allowed)


def test_interface_is_built_from_its_lock_alone() -> None:
    """No install scripts run, and nothing that was built or installed here is included."""
    text = (ROOT / "docker" / "frontend" / "Dockerfile").read_text()
    assert "RUN npm ci --ignore-scripts" in text
    left_out = (ROOT / ".dockerignore").read_text().splitlines()
    assert {"frontend/node_modules", "frontend/.next", "frontend/out"} <= set(left_out)
    lock = (ROOT / "frontend" / "package-lock.json").read_text()
    assert lock.count('"integrity": "sha512-') > 100
    assert '"resolved"' not in lock


def test_lock_of_the_image_has_what_the_product_asks_for() -> None:
    """Where this fails: `make lock`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["team"]]
    names = {re.split(r"[\[<>=~! ]", it, maxsplit=1)[0] for it in wanted}
    assert names <= set(pinned("team.txt"))


def test_lock_of_the_image_has_the_versions_of_the_tests() -> None:
    """Each package that runs there was tested in that very version, and none is for tests only."""
    tested, image = pinned("dev.txt"), pinned("team.txt")
    assert image.items() <= tested.items()
    assert not {"moto", "pytest", "secantusdb", "uv", "setuptools"} & set(image)


def test_lock_of_the_image_is_by_hash() -> None:
    """And names no place to download from."""
    text = (ROOT / "requirements" / "team.txt").read_text()
    assert text.count("--hash=sha256:") >= len(pinned("team.txt"))
    assert "://" not in text
    assert "--require-hashes" in (ROOT / "Dockerfile").read_text()
