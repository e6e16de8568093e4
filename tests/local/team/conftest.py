"""The stack that a doctor looks at, once for each test."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from harness.servers.dns import DnsServer
from harness.servers.rabbitmq import RabbitServer
from tests.local.team.doctor_scene import ZONE, Scene

_numbers = count()


@pytest.fixture(scope="module")
def dns_server() -> Iterator[DnsServer]:
    with DnsServer(ZONE) as server:
        yield server


@pytest.fixture
def scene(rabbit: RabbitServer, dns_server: DnsServer, tmp_path: Path) -> Scene:
    return Scene(rabbit, dns_server, tmp_path, f"doctor-{next(_numbers)}")
