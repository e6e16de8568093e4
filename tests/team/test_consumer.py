"""How the consumer reconnects to a broker that was down."""

from typing import Any
from unittest.mock import Mock

import pytest
from celery import Celery
from celery.worker.consumer import Consumer as CeleryConsumer
from kombu import Connection
from kombu.exceptions import OperationalError

from harness.servers.child import free_port
from local.team.consumer import RECONNECT_SECONDS, Consumer

ATTEMPTS = 8


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    seconds: list[float] = []
    monkeypatch.setattr("kombu.utils.functional.sleep", seconds.append)
    return seconds


@pytest.fixture
def consumer() -> Any:
    """A consumer that has not connected yet."""
    app = Celery("test", set_as_current=False)
    app.conf.broker_connection_retry_on_startup = True
    app.conf.broker_connection_max_retries = ATTEMPTS
    made = Consumer.__new__(Consumer)
    made.app = app
    made.batches = {}
    made.first_connection_attempt = True
    made.broker_connection_retry_attempt = 0
    return made


def test_a_worker_tries_every_second_to_be_back(consumer: Any, slept: list[float]) -> None:
    """However long the broker was down, the pauses do not grow."""
    away = Connection(f"amqp://127.0.0.1:{free_port()}", connect_timeout=1)
    with pytest.raises(OperationalError):
        consumer.ensure_connected(away)
    assert [it for it in slept if it] == [RECONNECT_SECONDS] * ATTEMPTS


def test_a_lost_connection_is_forgotten_by_its_batches(
    consumer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, not only with the next connection, so that nothing is acknowledged in between."""
    monkeypatch.setattr(CeleryConsumer, "on_connection_error_after_connected", Mock())
    consumer.batches["send_email"] = batches = Mock()
    consumer.on_connection_error_after_connected(ConnectionError())
    batches.forget.assert_called_once_with()
