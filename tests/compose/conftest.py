"""One .env for all, as `make env` writes it, and each composition rendered with it."""

from pathlib import Path

import pytest

from tests.compose.composed import (
    EXTERNAL,
    OF_EXTERNAL,
    OF_PRODUCTION,
    PRODUCTION,
    TEAM,
    Project,
    make_env,
    rendered,
)


@pytest.fixture(scope="session")
def env_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("compose") / ".env"
    done = make_env(target)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="session")
def team(env_file: Path) -> Project:
    return rendered(TEAM, env_file)


@pytest.fixture(scope="session")
def production(env_file: Path) -> Project:
    return rendered(PRODUCTION, env_file, OF_PRODUCTION)


@pytest.fixture(scope="session")
def external(env_file: Path) -> Project:
    """On a server, with a MongoDB and a Redis from elsewhere."""
    return rendered((*PRODUCTION, *EXTERNAL), env_file, {**OF_PRODUCTION, **OF_EXTERNAL})
