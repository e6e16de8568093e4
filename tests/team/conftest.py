"""A team for each test, with a broker, a Redis and a mailbox of its own."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from harness.servers.mailbox import Mailbox
from harness.servers.rabbitmq import RabbitServer
from tests.team.team import Team


@pytest.fixture
def settings() -> dict[str, str]:
    """What differs from the usual; a module says its own."""
    return {}


@pytest.fixture
def team(rabbit: RabbitServer, tmp_path: Path, settings: dict[str, str]) -> Iterator[Team]:
    with (
        Mailbox() as mailbox,
        closing(Team(tmp_path, rabbit, mailbox, **settings)) as made,
    ):
        yield made
