"""Commands start quickly: each loads only what it needs."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

from bench.startup import ASKING, NOBODY, commands

HEAVY = {
    *("boto3", "botocore", "moto", "samtranslator", "chalice"),
    *("fastapi", "starlette", "uvicorn", "mangum", "aiosmtpd"),
    *("celery", "kombu", "redis", "opentelemetry", "structlog", "prometheus_client"),
    *("pymongo", "liquid", "aiosmtplib", "dns", "pydantic", "pygments"),
}
FOR_ASKING = {"httpx", "rich"}

CHILD = """
import sys
try:
    from local.cli.main import main
    main()
finally:
    names = sorted({it.partition(".")[0] for it in sys.modules if sys.modules[it] is not None})
    sys.stderr.write("\\nloaded: " + " ".join(names))
"""


def loaded(command: Sequence[str], exit_code: int) -> set[str]:
    """The packages that a command has loaded by its end."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *command],
        capture_output=True,
        text=True,
        check=False,
        env={"EMAILBUILDER_HOME": "/nowhere"},
    )
    assert done.returncode == exit_code, done.stderr
    return set(done.stderr.rpartition("loaded: ")[2].split())


@pytest.mark.parametrize("command", [*commands(), ("token",)], ids=" ".join)
def test_help_loads_the_command_line_alone(command: tuple[str, ...]) -> None:
    """Neither the product nor a client; creating a token loads neither, too."""
    asked = command if command == ("token",) else (*command, "--help")
    names = loaded(asked, exit_code=0)
    assert "click" in names
    assert names & (HEAVY | FOR_ASKING) == set()


@pytest.mark.parametrize("command", ASKING, ids=" ".join)
def test_asking_the_api_loads_a_client_alone(command: tuple[str, ...]) -> None:
    """One HTTP client and one table printer handle all responses of the API."""
    names = loaded((*command, *NOBODY), exit_code=1)
    assert "httpx" in names
    assert names & HEAVY == set()
