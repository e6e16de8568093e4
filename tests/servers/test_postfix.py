"""A Postfix must not outlive the tests that started it, and keeps its mail when it is killed."""

import os
import smtplib
import subprocess
import sys

import psutil
import pytest

from harness.patience import until
from harness.servers.child import HOST
from harness.servers.postfix import Postfix

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(os.getuid() != 0, reason="Postfix starts only as root"),
]
PROGRAM = """
from harness.servers.postfix import Postfix
server = Postfix({"plain": {}})
server.start()
print(server.folder, server.pid, flush=True)
input()
"""


def test_it_ends_with_its_starter() -> None:
    """Its own processes too."""
    owner = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    folder, pid = owner.stdout.readline().split()
    master = psutil.Process(int(pid))
    started = [master, *master.children()]
    owner.kill()
    owner.communicate()
    until(lambda: not any(_is_running(it) for it in started))
    subprocess.run(["/bin/rm", "-r", folder], check=True)


def test_it_delivers_once_across_a_kill() -> None:
    """A mailbox that exists gets its message, one that does not exist is refused."""
    with Postfix({"plain": {}}) as server:
        _send(server, "ann@plain.test")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            _send(server, "unknown@plain.test")
        server.restart()
        until(lambda: server.arrived("plain") == 1)
        assert server.delivered("plain") == {"ann@plain.test": 1}


def _send(server: Postfix, to: str) -> None:
    with smtplib.SMTP(HOST, server.ports["plain"]) as client:
        client.sendmail("ada@example.com", [to], b"Subject: News\r\n\r\nHello")


def _is_running(it: psutil.Process) -> bool:
    return it.is_running() and it.status() != psutil.STATUS_ZOMBIE
