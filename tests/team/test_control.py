"""Celery's remote control over RabbitMQ: the queues it creates, and that it answers."""

from pathlib import Path

import pytest

from functions.service.observer import Observer
from functions.service.services import Services
from harness.servers.rabbitmq import RabbitServer
from harness.team.stack import worker
from local.team.settings import TeamSettings
from local.team.worker import make_app
from tests.team.team import Team

pytestmark = [pytest.mark.xdist_group("rabbitmq"), pytest.mark.timeout(180)]


async def no_services(_: Observer) -> Services:
    raise AssertionError("to ask a worker needs none")


def test_every_queue_is_durable_or_exclusive(
    team: Team, rabbit: RabbitServer, tmp_path: Path
) -> None:
    """RabbitMQ 4 warns of others and will refuse them, even Celery's remote control's."""
    team.start(worker(team.environment, "w1"))
    app = make_app(TeamSettings.read(team.environment), no_services)
    with app.connection_for_write() as connection:
        (answer,) = app.control.ping(limit=1, timeout=30, connection=connection)
        assert list(answer.values()) == [{"ok": "pong"}]
        queues = rabbit.asked(f"/queues/{tmp_path.name}")
    assert {it["name"] for it in queues if not it["durable"] and not it["exclusive"]} == set()
    names = {it["name"] for it in queues}
    assert any(it.startswith("w1@") and it.endswith(".celery.pidbox") for it in names)
    assert any(it.endswith(".reply.celery.pidbox") for it in names)
