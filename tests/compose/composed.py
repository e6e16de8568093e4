"""The compose files as docker compose itself reads them.

The real compose program renders the files, and tests check the result or run it without containers.
`tests/compose/engine` runs the same files on a container engine.
"""

import json
import os
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.patience import patience
from tests.architecture.source import ROOT

TEAM = (ROOT / "docker-compose.yml",)
PRODUCTION = (*TEAM, ROOT / "compose.prod.yml")
EXTERNAL = (ROOT / "compose.external-mongodb.yml", ROOT / "compose.external-redis.yml")
FILES = (*PRODUCTION, *EXTERNAL)
EXAMPLE = ROOT / ".env.example"
PROGRAM = Path(sysconfig.get_path("purelib")) / "compose" / "docker-compose"

OF_PRODUCTION = {
    "DOMAIN": "mail.example.com",
    "SMTP_URI": "smtp://relay.example.com:587",
    "SENDER": "News <news@example.com>",
}

OF_EXTERNAL = {
    "STORE_URI": "mongodb://ann:secret@mongo.example.com/emailbuilder?replicaSet=rs0",
    "REDIS_URL": "redis://:secret@redis.example.com:6379/0",
}

Service = dict[str, Any]
Project = dict[str, Any]


def compose(
    *arguments: str, files: tuple[Path, ...], env_file: Path, given: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it with only the variables `given` and those of `env_file`."""
    where = [it for file in files for it in ("-f", str(file))]
    return subprocess.run(
        [PROGRAM, *where, "--env-file", env_file, "--project-directory", ROOT, *arguments],
        env={"PATH": os.defpath, "HOME": str(env_file.parent), **(given or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=patience(30),
    )


def rendered(
    files: tuple[Path, ...], env_file: Path, given: Mapping[str, str] | None = None
) -> Project:
    """With every variable and default filled in. Raises AssertionError if compose refuses."""
    done = compose("config", "--format", "json", files=files, env_file=env_file, given=given)
    assert done.returncode == 0, done.stderr
    project: Project = _plain(json.loads(done.stdout))
    return project


def _plain(node: Any) -> Any:
    """Undoes the doubling of dollar signs in compose's output."""
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return node.replace("$$", "$") if isinstance(node, str) else node


def make_env(target: Path) -> subprocess.CompletedProcess[str]:
    """Does what `make env` does, with another file."""
    script = ROOT / "scripts" / "make_env.sh"
    return subprocess.run(
        ["sh", script, target], capture_output=True, text=True, check=False, timeout=patience(10)
    )


def settings_of(env_file: Path) -> dict[str, str]:
    lines = env_file.read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}
