"""A RabbitMQ with its management API, run without its service wrapper.

Debian's `/usr/sbin/rabbitmq-server` changes the user; the script behind it does not. It has its own
name server (epmd), so that several can run side by side. We start epmd instead of RabbitMQ, so that
it stays in our process group and ends with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from harness.patience import patience
from harness.servers.child import HOST, Child, free_port, program, takes_connections

LOGIN = ("guest", "guest")

_TOGETHER = """
epmd &
( "$0"; kill -9 0 ) &
read -r _
kill -9 0
"""
"""All end when the server ends, or when the pipe to its starter closes."""


@dataclass(frozen=True, slots=True)
class Depth:
    """Messages of a queue: those that wait, and those that consumers hold."""

    ready: int
    unacknowledged: int

    @property
    def total(self) -> int:
        return self.ready + self.unacknowledged


class RabbitServer(Child):
    name = "rabbitmq"
    ready_seconds_max = 60.0
    is_one_process = False

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self.management_port = free_port()
        self._distribution_port = free_port()
        self._epmd_port = free_port()
        self._api = httpx.Client(
            base_url=f"http://{HOST}:{self.management_port}/api", auth=LOGIN, timeout=patience(10)
        )

    def uri(self, vhost: str = "/") -> str:
        return f"amqp://guest:guest@{HOST}:{self.port}/{quote(vhost, safe='')}"

    @property
    def management_uri(self) -> str:
        return f"http://guest:guest@{HOST}:{self.management_port}"

    def command(self) -> Sequence[str]:
        (self.folder / "plugins").write_text("[rabbitmq_management].\n")
        (self.folder / "rabbitmq.conf").write_text(
            "disk_free_limit.absolute = 50MB\n"
            f"management.tcp.ip = {HOST}\n"
            f"management.tcp.port = {self.management_port}\n"
        )
        # How old the numbers of `depths` may be; 5 s by default.
        (self.folder / "advanced.config").write_text("[{rabbit, [{quorum_tick_interval, 200}]}].\n")
        real = "/usr/lib/rabbitmq/bin/rabbitmq-server"
        server = program("rabbitmq-server", "rabbitmq-server", real)
        return ["/bin/sh", "-c", _TOGETHER, server]

    def environment(self) -> Mapping[str, str]:
        folder = str(self.folder)
        return {
            "HOME": folder,
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": HOST,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq",
            "RABBITMQ_ADVANCED_CONFIG_FILE": f"{folder}/advanced.config",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        }

    def answers(self) -> bool:
        if not takes_connections(self.port):
            return False
        try:
            return self._api.get("/overview").status_code == 200
        except httpx.HTTPError:
            return False

    def add_vhost(self, name: str) -> str:
        """Creates an empty virtual host for one test; returns its address."""
        self._api.put(f"/vhosts/{quote(name, safe='')}").raise_for_status()
        return self.uri(name)

    def delete_vhost(self, name: str) -> None:
        """Deletes it with everything in it; its connections are closed."""
        self._api.delete(f"/vhosts/{quote(name, safe='')}").raise_for_status()

    def asked(self, path: str) -> list[dict[str, Any]]:
        """Calls the management API."""
        answer: list[dict[str, Any]] = self._api.get(path).raise_for_status().json()
        return answer

    def depths(self, vhost: str) -> dict[str, Depth]:
        """The depth of every queue, by name."""
        # Without the statistics, which lag behind, so that the totals come from the queues
        # themselves.
        which = {"disable_stats": "true", "enable_queue_totals": "true"}
        answer = self._api.get(f"/queues/{quote(vhost, safe='')}", params=which)
        return {
            it["name"]: Depth(it["messages_ready"], it["messages_unacknowledged"])
            for it in answer.raise_for_status().json()
        }

    def purge(self, vhost: str, queue: str) -> None:
        """Remove the waiting messages of a queue."""
        where = f"/queues/{quote(vhost, safe='')}/{quote(queue, safe='')}/contents"
        self._api.delete(where).raise_for_status()

    def end(self) -> None:
        """Ends it at once: its shell would not wait for it, and its folder is not kept."""
        self.kill()

    def close(self) -> None:
        super().close()
        self._api.close()
