"""The import rules between folders hold (import-linter), and a violation of each is detected."""

import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from scripts.draw_areas import layers
from tests.architecture.source import ROOT


def lint(root: Path) -> tuple[int, str]:
    """Exit code and report of `lint-imports` over the tree at `root`."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(root), "PYTHONUTF8": "1"},
    )
    return done.returncode, done.stdout + done.stderr


def test_walls_stand() -> None:
    """The contracts of pyproject.toml, on the project as it is."""
    code, report = lint(ROOT)
    assert code == 0, report


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folders that the contracts name, for tests to break."""
    root = tmp_path_factory.mktemp("walls")
    for folder in ("functions", "local"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


BREACHES = [
    # file, forbidden import, name of the contract
    ("functions/flow/retry.py", "import time", "The flow core is pure"),
    ("functions/flow/nodes/wait.py", "import os", "The flow core is pure"),
    ("functions/flow/lead.py", "import functions.service.errors", "The flow core is pure"),
    ("functions/mail/links.py", "import functions.service.store", "Mail is pure"),
    ("functions/mail/layout.py", "import random", "Mail is pure"),
    ("functions/service/schedule/sweep.py", "import functions.adapters.sqs", "Services know ports"),
    ("functions/service/sending/leases.py", "import pymongo", "Services know ports"),
    ("functions/service/schedule/top_up.py", "import functions.settings", "Services know ports"),
    *(
        (
            f"functions/service/{lower}/__init__.py",
            f"import functions.service.{upper}",
            "Areas of the service know those below them",
        )
        for lower, upper in pairwise(layers())
        if (ROOT / "functions" / "service" / lower).exists()
    ),
    (
        "functions/adapters/smtp.py",
        "import functions.service.execution.advance",
        "Adapters translate",
    ),
    ("functions/api/app.py", "import functions.adapters.ids", "Only the wirings import adapters"),
    ("local/system.py", "import functions.adapters.ids", "Only the wirings import adapters"),
    (
        "functions/api/leads/schemas.py",
        "import functions.settings",
        "Only the wirings read settings",
    ),
    ("functions/wiring.py", "import local.settings", "Functions never import what runs them"),
]


@pytest.mark.parametrize(("where", "what", "contract"), BREACHES)
def test_wall_falls_where_it_is_breached(tree: Path, where: str, what: str, contract: str) -> None:
    """With one forbidden import, the contract that forbids it is reported as broken."""
    file = tree / where
    before = file.read_text()
    # Appended at the end, after any `from __future__`: only the import matters, nothing is run.
    file.write_text(f"{before}\n{what}\n")
    try:
        code, report = lint(tree)
    finally:
        file.write_text(before)
    assert code == 1
    flat = " ".join(report.split())
    broken = [it for it in flat.split(" KEPT") if " BROKEN" in it]
    assert any(contract in it for it in broken), report


def test_area_without_a_place_in_the_order_is_refused(tree: Path) -> None:
    """A new area must state which others it may import."""
    area = tree / "functions" / "service" / "surprises"
    area.mkdir()
    (area / "__init__.py").write_text('"""A new area."""\n')
    try:
        code, report = lint(tree)
    finally:
        shutil.rmtree(area)
    assert code == 1
    assert "surprises" in report
