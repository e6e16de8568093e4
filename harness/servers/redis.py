"""A Redis that stores nothing on disk."""

import atexit
import itertools
import socket
from collections.abc import Sequence
from functools import cache

from harness.servers.child import HOST, Child, free_port, program

DATABASES = 4096


class RedisServer(Child):
    name = "redis"

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()

    @property
    def uri(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def command(self) -> Sequence[str]:
        server = program("redis-server", "redis-server")
        listen = ["--port", str(self.port), "--bind", HOST, "--dir", str(self.folder)]
        unsaved = ["--save", "", "--appendonly", "no"]
        return [server, *listen, *unsaved, "--databases", str(DATABASES)]

    def answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


@cache
def _shared() -> RedisServer:
    """The server that all tests of this process share, except those that kill or restart theirs."""
    server = RedisServer()
    atexit.register(server.close)
    server.start()
    return server


_numbers = itertools.count(1)


def new_database() -> str:
    """The URI of an empty database that no other test uses."""
    return f"redis://{HOST}:{_shared().port}/{next(_numbers)}"
