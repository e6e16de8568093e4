"""Services of the compose file as child processes of the test.

Their commands, environments and health checks are those that docker compose renders; only host
names, ports and folders are replaced by those of this machine.
"""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.patience import patience
from harness.servers.child import HOST, Child, free_port
from harness.servers.rabbitmq import RabbitServer
from tests.architecture.source import ROOT
from tests.compose.composed import Service
from tests.compose.image import Image

CHECK_SECONDS_MAX = patience(30)
Placing = Callable[[str], str]


def check_of(service: Service) -> Sequence[str]:
    how, *arguments = service["healthcheck"]["test"]
    return ["/bin/sh", "-c", *arguments] if how == "CMD-SHELL" else arguments


class ComposedRedis(Child):
    """The server of this machine by the file's command, over the file's configuration."""

    name = "redis"

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.port = free_port()
        self.service = service
        configured = (ROOT / "docker" / "redis" / "redis.conf").read_text()
        configured = configured.replace("dir /data", f"dir {self.folder}")
        (self.folder / "redis.conf").write_text(f"{configured}\nport {self.port}\nbind {HOST}\n")

    def command(self) -> Sequence[str]:
        place = str(self.folder / "redis.conf")
        return [it.replace("/etc/redis/redis.conf", place) for it in self.service["command"]]

    def environment(self) -> Mapping[str, str]:
        return {**self.service["environment"], "TMPDIR": str(self.folder)}

    def answers(self) -> bool:
        return self.is_healthy()

    def is_healthy(self) -> bool:
        arguments = [
            it.replace("redis-cli", f"redis-cli -p {self.port}") for it in check_of(self.service)
        ]
        environment = {"PATH": os.defpath, **self.environment()}
        done = subprocess.run(
            arguments, env=environment, capture_output=True, check=False, timeout=CHECK_SECONDS_MAX
        )
        return done.returncode == 0


class ComposedRabbit(RabbitServer):
    """The server of this machine with the file's user and vhost, over the file's configuration.

    The image's command is its own, `rabbitmq-server`.
    """

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.service = service
        given = service["environment"]
        self._api.auth = (given["RABBITMQ_DEFAULT_USER"], given["RABBITMQ_DEFAULT_PASS"])

    def command(self) -> Sequence[str]:
        arguments = super().command()
        configured = (ROOT / "docker" / "rabbitmq" / "90-emailbuilder.conf").read_text()
        with (self.folder / "rabbitmq.conf").open("a") as file:
            file.write(configured)
        return arguments

    def environment(self) -> Mapping[str, str]:
        return {**super().environment(), **self.service["environment"]}

    def is_healthy(self) -> bool:
        return self._run(check_of(self.service)).returncode == 0

    def ask_rabbitmqctl(self, command: str) -> Any:
        """As its administrator, inside the container."""
        done = self._run(["rabbitmqctl", "-q", command, "--formatter", "json"])
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def _run(self, command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command,
            env={**super().environment(), "PATH": f"/usr/lib/rabbitmq/bin:{os.defpath}"},
            capture_output=True,
            check=False,
            timeout=CHECK_SECONDS_MAX,
        )


class Product(Child):
    """A service of the product, run from the image's content and nothing else.

    `port`: its HTTP port; `smtp_port`: the port on which it receives mail, if any.
    """

    ready_seconds_max = 60.0

    def __init__(self, name: str, service: Service, image: Image, place: Placing) -> None:
        self.name = name
        super().__init__()
        self.port = free_port()
        self.smtp_port = free_port()
        self._service = service
        self._image = image
        self._place = place

    def command(self) -> Sequence[str]:
        return self._alone(self._service["command"])

    def answers(self) -> bool:
        return self.is_healthy()

    def is_healthy(self) -> bool:
        """By the file's own check."""
        done = subprocess.run(
            self._alone(check_of(self._service)),
            cwd=self._image.inside("/app"),
            capture_output=True,
            check=False,
            timeout=CHECK_SECONDS_MAX,
        )
        return done.returncode == 0

    def run_once(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(),
            cwd=self._image.inside("/app"),
            capture_output=True,
            text=True,
            check=False,
            timeout=patience(60),
        )

    def ended_by(self, number: signal.Signals) -> int:
        """Its exit code. Raises TimeoutExpired where it takes longer than the file gives it."""
        assert self._child is not None
        self._child.send_signal(number)
        minutes, _, seconds = self._service["stop_grace_period"].removesuffix("s").rpartition("m")
        return self._child.wait(int(minutes or 0) * 60 + int(seconds))

    def let_heartbeat_age(self, seconds: float) -> None:
        """The scheduler's heartbeat, as if its last tick was this long ago."""
        then = time.time() - seconds
        os.utime(self.folder / "celerybeat-schedule.heartbeat", (then, then))

    def said(self) -> str:
        return (self.folder / "output.log").read_text(errors="replace")

    def _alone(self, arguments: Sequence[str]) -> list[str]:
        given = {name: self._here(it) for name, it in self._service["environment"].items()}
        around = {**self._image.environment(), "HOME": str(self.folder), **given}
        pairs = [f"{name}={value}" for name, value in around.items()]
        return ["/usr/bin/env", "-i", *pairs, *(self._here(it) for it in arguments)]

    def _here(self, text: str) -> str:
        """Its own port and folder for those it has in a container to itself."""
        text = re.sub(r"(^|127\.0\.0\.1:)(8000|8025|9100)(?=/|$)", rf"\g<1>{self.port}", text)
        text = re.sub(r"(^|, )1025(?=,|$)", rf"\g<1>{self.smtp_port}", text)
        text = text.replace("0.0.0.0", HOST)
        text = re.sub(r"(?<![\w/])/tmp(?=/|$)", str(self.folder), text)
        return self._place(text)
