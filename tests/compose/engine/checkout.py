"""The stack as a person runs it after cloning the project: its files and `.env` in a folder, with
compose called there.
"""

import json
import re
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import Any

from tests.architecture.source import ROOT
from tests.compose.engine.daemon import RUN, Daemon
from tests.compose.engine.failures import StoryError
from tests.compose.engine.kept import INTERFACE_LEFT_OUT
from tests.compose.engine.tools import COMPOSE

FILES = (
    *("docker-compose.yml", "compose.prod.yml", "compose.external-mongodb.yml"),
    *("compose.external-redis.yml", "Dockerfile", ".dockerignore", ".env.example"),
    *("docker", "scripts", "requirements", "functions", "local", "frontend"),
)
HERE = "here.yml"
COMPOSE_SECONDS_MAX = 300
BUILD_SECONDS_MAX = 900
HEALTHY_SECONDS_MAX = 180
STEADY_SECONDS = 150
"""Longer than any of our checks takes to become healthy after a start."""
WELL = {"healthy", "exited 0"}
LOGGED_LINES = 30
OPEN_FILES = 64_000
"""As the files ask for."""


class Checkout:
    """Raises StoryError if compose refuses or something does not happen in time."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self.folder = RUN / "emailbuilder"
        left_out = shutil.ignore_patterns(*INTERFACE_LEFT_OUT)
        self.folder.mkdir()
        for name in FILES:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, self.folder / name, ignore=left_out)
            else:
                shutil.copy(source, self.folder / name)
        subprocess.run(
            ["sh", "scripts/make_env.sh"], cwd=self.folder, check=True, stdout=subprocess.DEVNULL
        )
        self.use("docker-compose.yml")

    def change(self, **settings: str) -> None:
        """Changes a line in `.env`, or adds it."""
        file = self.folder / ".env"
        text = file.read_text()
        for name, value in settings.items():
            text = re.sub(rf"^{name}=.*\n", "", text, flags=re.MULTILINE) + f"{name}={value}\n"
        file.write_text(text)

    def use(self, *files: str) -> None:
        """Sets the compose files, and limits open files to what this machine's root may have."""
        allowed = min(OPEN_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        ours = {"mongodb", "rabbitmq"} - {"mongodb" for it in files if "external-mongodb" in it}
        limits = {it: {"ulimits": {"nofile": allowed}} for it in sorted(ours)}
        (self.folder / HERE).write_text(json.dumps({"services": limits}))
        self.change(COMPOSE_FILE=":".join([*files, HERE]))

    def setting(self, name: str) -> str:
        found = re.search(rf"^{name}=(.*)$", (self.folder / ".env").read_text(), re.MULTILINE)
        assert found is not None, name
        return found[1]

    def compose(self, *arguments: str, seconds_max: float = COMPOSE_SECONDS_MAX) -> str:
        done = subprocess.run(
            [COMPOSE, *arguments],
            cwd=self.folder,
            env=self._daemon.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds_max,
        )
        if done.returncode != 0:
            said = f"{done.stdout[-1000:]}\n{done.stderr[-2000:]}"
            raise StoryError(f"docker compose {' '.join(arguments)}: {said}\n{self._logs()}")
        return done.stdout

    def build(self, *services: str) -> None:
        self.compose("--progress", "plain", "build", *services, seconds_max=BUILD_SECONDS_MAX)

    def containers(self, service: str | None = None) -> list[dict[str, Any]]:
        """As in `docker inspect`: running and ended ones."""
        which = [f"label=com.docker.compose.service={service}"] if service else []
        which.append("label=com.docker.compose.project=emailbuilder")
        filters = [it for one in which for it in ("--filter", one)]
        found = self._daemon.docker("ps", "--all", "--quiet", *filters).split()
        shown: list[dict[str, Any]] = (
            json.loads(self._daemon.docker("inspect", *found)) if found else []
        )
        return shown

    def services(self) -> set[str]:
        """The services that have a container."""
        return {service_of(it) for it in self.containers()}

    def health(self) -> Mapping[str, str]:
        """By container: healthy, starting, unhealthy; or how it ended. `migrate` ends well."""
        return {it["Name"].removeprefix("/"): _health(it) for it in self.containers()}

    def await_health(self) -> None:
        self.until(
            lambda: set(self.health().values()) <= WELL,
            "everything is healthy",
            HEALTHY_SECONDS_MAX,
        )

    def stay_healthy(self) -> None:
        """Checks for a while that no container becomes unhealthy or is restarted."""
        self.await_health()
        before = {it["Id"]: it["State"]["StartedAt"] for it in self.containers()}
        deadline = time.monotonic() + STEADY_SECONDS
        while time.monotonic() < deadline:
            health = self.health()
            if not set(health.values()) <= WELL:
                raise StoryError(f"not all stay healthy: {health}\n{self._logs()}")
            time.sleep(2)
        after = {it["Id"]: it["State"]["StartedAt"] for it in self.containers()}
        if before != after:
            raise StoryError(f"some were started again\n{self._logs()}")

    def until(self, holds: Callable[[], bool], what: str, seconds_max: float) -> None:
        deadline = time.monotonic() + seconds_max
        while not holds():
            if time.monotonic() > deadline:
                raise StoryError(f"not so after {seconds_max:g} s: {what}\n{self._logs()}")
            time.sleep(0.5)

    def _logs(self) -> str:
        """The state of each container, and the last output of unhealthy ones."""
        said = []
        for it in self.containers():
            said.append(f"{it['Name']}: {_health(it)}, restarted {it['RestartCount']} times")
            if _health(it) not in WELL:
                tail = ["docker", "logs", "--tail", str(LOGGED_LINES), it["Id"]]
                done = subprocess.run(
                    tail, env=self._daemon.environment, capture_output=True, text=True, check=False
                )
                checks = (it["State"].get("Health") or {}).get("Log") or []
                said += [done.stdout, done.stderr, *(one["Output"] for one in checks[-1:])]
        return "\n".join(said)


def service_of(container: Mapping[str, Any]) -> str:
    return str(container["Config"]["Labels"]["com.docker.compose.service"])


def _health(container: Mapping[str, Any]) -> str:
    state = container["State"]
    if state["Status"] != "running":
        return f"{state['Status']} {state['ExitCode']}"
    return str(state["Health"]["Status"]) if state.get("Health") else "running"
