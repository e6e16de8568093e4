"""What `make fuzz` does, in short."""

import re
import subprocess
import sys

import pytest

from harness.patience import patience


@pytest.mark.timeout(300)
def test_api_is_as_its_document_says() -> None:
    """Whatever is sent: no 5xx, no status or shape that is not described, nothing invalid accepted
    and nothing valid refused."""
    command = [sys.executable, "-m", "harness.fuzz"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience(280))
    assert done.returncode == 0, done.stdout
    selected = re.search(r"Selected: (\d+)/\1\n\s+Tested: \1\n", done.stdout)
    assert selected is not None, done.stdout
