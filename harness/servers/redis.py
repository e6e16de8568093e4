"""A Redis that keeps nothing on disk."""

import socket
from collections.abc import Sequence

from harness.servers.child import HOST, Child, free_port, program


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
        return [server, *listen, "--save", "", "--appendonly", "no"]

    def answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
