"""The neighbours' settings, tested on this machine's servers.

RabbitMQ and Redis are this machine's releases, not the images'. There is no mongod: the commands
before the server are run, and a program that prints its arguments replaces the server.
"""

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from harness.patience import patience
from tests.compose.composed import Project
from tests.compose.processes import ComposedRabbit, ComposedRedis

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def redis(team: Project) -> Iterator[ComposedRedis]:
    with ComposedRedis(team["services"]["redis"]) as server:
        yield server


@pytest.fixture(scope="module")
def rabbit(team: Project) -> Iterator[ComposedRabbit]:
    with ComposedRabbit(team["services"]["rabbitmq"]) as server:
        yield server


def told(server: ComposedRedis, *arguments: str, password: str | None = None) -> str:
    environment = {"PATH": os.defpath} | ({"REDISCLI_AUTH": password} if password else {})
    command = ["redis-cli", "-p", str(server.port), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_redis_wants_the_password(redis: ComposedRedis) -> None:
    """Its own check uses it, and is refused with another."""
    assert "NOAUTH" in told(redis, "ping")
    assert redis.is_healthy()
    redis.service = {
        **redis.service,
        "environment": {"REDIS_PASSWORD": "another"},
    }
    assert not redis.is_healthy()


def test_redis_keeps_nothing_and_is_bounded(team: Project, redis: ComposedRedis) -> None:
    """When full, it evicts what would expire first; its limit is below the container's."""
    service = team["services"]["redis"]
    password = service["environment"]["REDIS_PASSWORD"]
    wanted = ["maxmemory", "maxmemory-policy", "save", "appendonly"]
    lines = told(redis, "config", "get", *wanted, password=password).splitlines()
    settings = dict(zip(lines[::2], lines[1::2], strict=True))
    assert settings["maxmemory-policy"] == "volatile-ttl"
    assert settings["appendonly"] == "no"
    assert settings["save"] == ""
    memory = int(service["deploy"]["resources"]["limits"]["memory"])
    assert 0 < int(settings["maxmemory"]) <= memory * 3 // 4


def test_redis_password_is_in_no_list_of_processes(team: Project, redis: ComposedRedis) -> None:
    """Nor in a file."""
    password = team["services"]["redis"]["environment"]["REDIS_PASSWORD"]
    assert password not in Path(f"/proc/{redis.pid}/cmdline").read_text()
    assert password not in (redis.folder / "redis.conf").read_text()


def test_rabbitmq_takes_the_configuration(team: Project, rabbit: ComposedRabbit) -> None:
    """It refuses to start over a key it does not know; its limits are as written."""
    assert rabbit.is_healthy()
    status = rabbit.ask_rabbitmqctl("status")
    assert status["disk_free_limit"] == 1_000_000_000
    assert status["vm_memory_high_watermark_limit"] == 600_000_000
    memory = int(team["services"]["rabbitmq"]["deploy"]["resources"]["limits"]["memory"])
    assert status["vm_memory_high_watermark_limit"] <= memory * 3 // 4


def test_rabbitmq_has_the_products_user_and_vhost_and_no_guest(
    team: Project, rabbit: ComposedRabbit
) -> None:
    """The one that BROKER_URL names. It sees its vhost in the management page, and administers
    nothing."""
    user = team["services"]["rabbitmq"]["environment"]["RABBITMQ_DEFAULT_USER"]
    assert rabbit.ask_rabbitmqctl("list_users") == [{"user": user, "tags": ["management"]}]
    assert [it["name"] for it in rabbit.asked("/vhosts")] == ["emailbuilder"]
    with pytest.raises(httpx.HTTPStatusError, match="401"):
        rabbit.asked("/users")
    login, _, place = team["services"]["worker"]["environment"]["BROKER_URL"].rpartition("@")
    assert login.startswith(f"amqp://{user}:")
    assert place == "rabbitmq:5672/emailbuilder"


def test_rabbitmq_that_is_ended_is_not_healthy(team: Project) -> None:
    """The check can fail."""
    server = ComposedRabbit(team["services"]["rabbitmq"])
    try:
        assert not server.is_healthy()
    finally:
        server.close()


def test_mongodb_has_its_key_for_itself(team: Project, tmp_path: Path) -> None:
    """In a file that mongod accepts, with mode 0600, and nowhere else."""
    service = team["services"]["mongodb"]
    entry = tmp_path / "docker-entrypoint.sh"
    entry.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\necho "key: ${MONGO_REPLICA_KEY-none}"\n')
    entry.chmod(0o755)
    keys = tmp_path / "run"
    keys.mkdir()
    bash, *options, script = service["command"]
    done = subprocess.run(
        [bash, *options, script.replace("/run/mongodb", str(keys))],
        env={"PATH": f"{tmp_path}:{os.defpath}", **service["environment"]},
        capture_output=True,
        text=True,
        check=True,
    )
    arguments = done.stdout.splitlines()
    assert arguments[0] == "mongod"
    assert arguments[arguments.index("--replSet") + 1] == "rs0"
    assert arguments[-1] == "key: none"
    key = Path(arguments[arguments.index("--keyFile") + 1])
    assert key.read_text() == service["environment"]["MONGO_REPLICA_KEY"]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.parametrize("script", ["app-user.js", "healthy.js"])
def test_scripts_for_mongodb_are_javascript(script: str, team: Project) -> None:
    """They use the variables that the service has, and are valid. They were run by hand."""
    mounts = team["services"]["mongodb"]["volumes"]
    (source,) = [it["source"] for it in mounts if it["source"].endswith(script)]
    text = Path(source).read_text()
    asked = text.partition("} = process.env")[0].rpartition("const {")[2]
    names = {it.partition(":")[0].strip() for it in asked.split(",")}
    assert names <= set(team["services"]["mongodb"]["environment"])
    node = shutil.which("node")
    if node is not None:
        program = f"new Function({json.dumps(text)})"
        subprocess.run([node, "-e", program], check=True, timeout=patience(30))


def test_set_and_its_name_are_the_same_everywhere(team: Project) -> None:
    """In mongod's options, in the check that initiates the set, and in the product's address."""
    service = team["services"]["mongodb"]
    (healthy,) = [
        it["source"] for it in service["volumes"] if it["target"] == "/etc/mongodb/healthy.js"
    ]
    assert service["healthcheck"]["test"][-1] == "/etc/mongodb/healthy.js"
    assert '_id: "rs0"' in Path(healthy).read_text()
    assert "--replSet rs0" in service["command"][-1]
    store = team["services"]["worker"]["environment"]["STORE_URI"]
    assert "@mongodb:27017/emailbuilder?replicaSet=rs0&" in store
    assert 'host: "mongodb:27017"' in Path(healthy).read_text()
