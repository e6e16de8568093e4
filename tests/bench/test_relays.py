"""Two rows of the bench of relays, against a real Postfix: a limit that is found, and bounces."""

import os
from collections.abc import Iterator

import pytest

from bench.relays.rows import postfix_bounces, timed
from bench.relays.stand import Stand
from harness.servers.rabbitmq import RabbitServer
from harness.servers.redis import RedisServer

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(180),
    pytest.mark.skipif(os.getuid() != 0, reason="Postfix starts only as root"),
]


@pytest.fixture(scope="module")
def stand(rabbit: RabbitServer) -> Iterator[Stand]:
    with RedisServer() as redis, Stand(rabbit, redis, ["three", "late"]) as made:
        yield made


def test_three_connections_are_found_and_kept(stand: Stand) -> None:
    """Each message is sent once, and refused connections cost none of them a delivery attempt."""
    found = timed(stand, stand.relay("three"), 150, connections=16)
    assert found.wrong == []
    assert found.refusals > 0


def test_bounces_of_postfix_suppress_their_readers(stand: Stand) -> None:
    """It accepts a message, then reports to its return path; the receiver reads that report."""
    assert postfix_bounces(stand, count=8).wrong == []
