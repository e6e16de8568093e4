"""A team for each test, with servers of its own but for the broker."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from harness.servers.mailbox import Mailbox
from harness.servers.rabbitmq import RabbitServer
from harness.servers.redis import RedisServer
from tests.team.team import Team


@pytest.fixture
def settings() -> dict[str, str]:
    """What differs from the usual; a module says its own."""
    return {}


@pytest.fixture
def team(rabbit: RabbitServer, tmp_path: Path, settings: dict[str, str]) -> Iterator[Team]:
    with (
        RedisServer() as redis,
        Mailbox() as mailbox,
        closing(Team(tmp_path, rabbit, redis, mailbox, **settings)) as made,
    ):
        yield made
