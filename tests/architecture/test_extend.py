"""What adding costs: each patch of examples/extend applies, is sound, and touches few files."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

PATCHES = ROOT / "examples" / "extend"
PAGE = ROOT / "docs" / "extend.md"
NODE_MODULES = ROOT / "frontend" / "node_modules"
TOOLS = NODE_MODULES / ".bin"
SCHEMA = "frontend/src/shared/api/schema.ts"
TYPED = ("src/entities/flow/nodes/registry.ts", "src/entities/lead/timeline.ts")
"""What lacks a line for a node type or for a code of the timeline fails `tsc`."""


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def files_of(patch: Path) -> list[str]:
    counted = run("git", "apply", "--numstat", "-z", patch, folder=ROOT).stdout
    return [line.split("\t")[2] for line in counted.split("\0") if line]


@dataclass(frozen=True)
class Addition:
    """`files_max`: tests, pages and generated files count. `beside`: tests that the patch does not
    touch, and that look at what it adds."""

    name: str
    files_max: int
    beside: tuple[str, ...] = ()

    @property
    def patch(self) -> Path:
        return PATCHES / f"{self.name}.patch"

    @property
    def files(self) -> list[str]:
        return files_of(self.patch)


SWITCHED_OFF = (
    "tests/flow/test_switched_off.py::test_every_kind_can_be_switched_off_or_says_why_not"
)
ADDITIONS = (
    Addition("node-type", 6, (SWITCHED_OFF,)),
    # Ten for the effect; four for the line of the timeline that shows what came of it.
    Addition(
        "effect",
        10 + 4,
        (
            SWITCHED_OFF,
            "tests/api/leads/test_english.py::test_no_kind_of_entry_is_left_without_words",
        ),
    ),
    Addition("route", 4, ("tests/api/test_openapi.py::test_operation_ids_are_stable_and_unique",)),
    Addition("collection", 4),
    Addition(
        "setting",
        3,
        ("tests/local/test_declarations.py::test_files_are_what_the_declarations_say",),
    ),
)
of_each = pytest.mark.parametrize("addition", ADDITIONS, ids=lambda it: it.name)
with_interface = pytest.mark.skipif(
    not NODE_MODULES.exists(), reason="the interface's packages are not installed"
)


def refused(*command: str | Path, folder: Path) -> str:
    """What the command says against it; empty where it succeeds."""
    done = run(*command, folder=folder)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's files as they are, committed or not, to change."""
    folder = tmp_path_factory.mktemp("extend") / "checkout"
    listed = run("git", "ls-files", "-z", "-co", "--exclude-standard", folder=ROOT).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    # A folder within another repository is not taken for a part of it.
    assert not refused("git", "init", "-q", folder=folder)
    if NODE_MODULES.exists():
        (folder / "frontend" / "node_modules").symlink_to(NODE_MODULES)
    return folder


@contextmanager
def applied(patch: Path, checkout: Path) -> Iterator[None]:
    """Fails where the patch does not fit any more."""
    fault = refused("git", "apply", patch, folder=checkout)
    if fault:
        pytest.fail(f"{fault}docs/extend.md says how {patch.name} is written anew.")
    try:
        yield
    finally:
        assert not refused("git", "apply", "-R", patch, folder=checkout)


def faults(patch: Path, checkout: Path, addition: Addition) -> str:
    """What checks and tests say of the checkout with the patch; empty if nothing."""
    python = [it for it in files_of(patch) if it.endswith(".py")]
    tests = [it for it in python if re.search(r"/test_\w+\.py$", it)]
    assert tests, f"{patch.name} brings no test"
    ruff = Path(sys.executable).with_name("ruff")
    commands: tuple[tuple[str | Path, ...], ...] = (
        (ruff, "check", "--no-cache", *python),
        (ruff, "format", "--no-cache", "--check", *python),
        (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *tests, *addition.beside),
    )
    for command in commands:
        if fault := refused(*command, folder=checkout):
            return fault
    return ""


def over(files: list[str], files_max: int) -> str:
    """What is wrong with the number of files; empty if nothing."""
    if len(files) <= files_max:
        return ""
    return f"{len(files)} files, {files_max} at most: {', '.join(files)}"


def drifted(checkout: Path) -> str:
    """What differs between the API's description and the interface's types; empty if nothing."""
    described, written = (checkout / "build" / name for name in ("openapi.json", "schema.ts"))
    said = refused(sys.executable, "-m", "scripts.write_openapi", described, folder=checkout)
    said += refused(TOOLS / "openapi-typescript", described, "-o", written, folder=checkout)
    if not said and written.read_text() != (checkout / SCHEMA).read_text():
        said = f"{SCHEMA} is not what `make frontend-types` writes"
    return said


def untyped(checkout: Path) -> str:
    """What `tsc` says of the lists that name every node type and every code."""
    part = checkout / "frontend" / "part.json"
    options = {"incremental": False}
    part.write_text(
        json.dumps({"extends": "./tsconfig.json", "compilerOptions": options, "include": TYPED})
    )
    return refused(TOOLS / "tsc", "--noEmit", "-p", part, folder=part.parent)


@of_each
def test_addition_touches_few_files(addition: Addition) -> None:
    """If a change needs more, the design is at fault, not the limit."""
    assert not over(addition.files, addition.files_max)


@of_each
def test_addition_is_sound(addition: Addition, checkout: Path) -> None:
    """Its own tests and the checks that look at it pass where it is applied."""
    with applied(addition.patch, checkout):
        assert not faults(addition.patch, checkout, addition)


@with_interface
@pytest.mark.parametrize("addition", ADDITIONS[:2], ids=lambda it: it.name)
def test_interface_knows_what_is_added(addition: Addition, checkout: Path) -> None:
    """No list lacks it, and all is formatted."""
    own = [checkout / it for it in addition.files if it.startswith("frontend/") and it != SCHEMA]
    with applied(addition.patch, checkout):
        assert not untyped(checkout)
        assert not refused(TOOLS / "biome", "check", *own, folder=checkout / "frontend")


@pytest.mark.long
@pytest.mark.timeout(600)
@with_interface
@of_each
def test_addition_passes_the_slow_checks(addition: Addition, checkout: Path) -> None:
    """Types in Python, such as the one `match` over all effects, and those of the API."""
    with applied(addition.patch, checkout):
        assert not refused(sys.executable, "-m", "mypy", folder=checkout)
        assert not drifted(checkout)


def test_every_patch_is_held() -> None:
    """By a limit, and by nothing else."""
    assert {it.stem for it in PATCHES.glob("*.patch")} == {it.name for it in ADDITIONS}


def test_one_file_too_many_is_noticed(tmp_path: Path) -> None:
    """The patch of a setting with a page more."""
    patch = tmp_path / "setting.patch"
    more = "diff --git a/NEW.md b/NEW.md\nnew file mode 100644\n--- /dev/null\n+++ b/NEW.md\n"
    text = (PATCHES / "setting.patch").read_text()
    patch.write_text(f"{text}{more}@@ -0,0 +1 @@\n+A page.\n")
    assert over(files_of(patch), 3).startswith("4 files, 3 at most: ")
    assert "NEW.md" in over(files_of(patch), 3)


def test_patch_that_no_longer_applies_names_its_hunk(checkout: Path, tmp_path: Path) -> None:
    """By file and line, and the page that says what to do."""
    patch = tmp_path / "setting.patch"
    text = (PATCHES / "setting.patch").read_text()
    patch.write_text(text.replace("     horizon_seconds:", "     horizon:"))
    said = r"patch failed: functions/settings\.py:\d+\n.*\n?docs/extend\.md says how"
    with pytest.raises(pytest.fail.Exception, match=said), applied(patch, checkout):
        pass


def test_patch_whose_test_fails_is_noticed(checkout: Path, tmp_path: Path) -> None:
    """Its own test is run, with the change in place."""
    patch = tmp_path / "setting.patch"
    text = (PATCHES / "setting.patch").read_text()
    patch.write_text(text.replace('+        team="0.2",', '+        team="0.3",'))
    with applied(patch, checkout):
        assert "test_team_sets_how_often_a_busy_worker_looks" in faults(
            patch, checkout, Addition("setting", 3)
        )


def test_page_says_what_is_counted() -> None:
    """Its table: each patch, how many files it touches, how many it may."""
    row = r"^\| \[[^]]+\]\(\.\./examples/extend/([a-z-]+)\.patch\) \| (\d+) \| (\d+) \|"
    assert re.findall(row, PAGE.read_text(), re.MULTILINE) == [
        (it.name, str(len(it.files)), str(it.files_max)) for it in ADDITIONS
    ]
