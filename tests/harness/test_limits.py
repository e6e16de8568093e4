"""A test that never ends is ended by the limit of tests/conftest.py."""

import shutil
import subprocess
import sys
from pathlib import Path

from harness.patience import patience
from tests.architecture.source import ROOT

MODULE = """
import time, pytest

@pytest.mark.timeout(0.2)
def test_that_hangs():
    print("caught")
    while True:
        try:
            time.sleep(3600)
        except BaseException:
            pass

@pytest.mark.parametrize("number", range(4))
def test_of_another(number):
    pass
"""


def test_a_test_that_hangs_fails_with_its_stack_and_the_others_go_on(tmp_path: Path) -> None:
    """Although it suppresses every exception."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_it.py").write_text(MODULE)
    arguments = ["-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, *arguments, "test_it.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=patience(60),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "in test_that_hangs" in done.stderr
    assert "1 failed, 4 passed" in done.stdout
