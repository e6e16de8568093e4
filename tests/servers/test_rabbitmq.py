"""A broker must not outlive the tests that started it."""

import shutil
import subprocess
import sys

import pytest

from harness.patience import until
from harness.servers.child import takes_connections

PROGRAM = """
from harness.servers.rabbitmq import RabbitServer
server = RabbitServer()
server.start()
print(server.folder, server.port, server._epmd_port, flush=True)
input()
"""


@pytest.mark.timeout(120)
@pytest.mark.servers
def test_it_ends_with_its_starter() -> None:
    """A killed test run leaves neither RabbitMQ nor its name server behind."""
    owner = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    folder, port, epmd_port = owner.stdout.readline().split()
    assert takes_connections(int(port))
    assert takes_connections(int(epmd_port))
    owner.kill()
    owner.wait()
    until(lambda: not (takes_connections(int(port)) or takes_connections(int(epmd_port))))
    shutil.rmtree(folder)
