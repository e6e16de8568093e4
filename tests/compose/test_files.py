"""The content of the compose files, as docker compose reads them."""

import inspect
from pathlib import Path

import pytest
import uvicorn

from local.receiver.run import HEARTBEAT
from local.team.settings import TeamSettings
from tests.compose.composed import (
    EXAMPLE,
    EXTERNAL,
    OF_EXTERNAL,
    OF_PRODUCTION,
    PRODUCTION,
    TEAM,
    Project,
    Service,
    compose,
    rendered,
    settings_of,
)
from tests.compose.rules import RULES

PRODUCT = {"backend", "worker", "scheduler", "migrate"}
SENDERS = {"backend", "worker"}
NEIGHBOURS = {"mongodb", "rabbitmq", "redis"}
SEEN = {"frontend"}


def published(service: Service) -> set[tuple[str, str, int]]:
    """Address, port on the host, port inside."""
    return {
        (it.get("host_ip", ""), it["published"], it["target"]) for it in service.get("ports", [])
    }


def test_team_has_its_services(team: Project) -> None:
    """All that the design names; the inbox by its profile."""
    assert set(team["services"]) == PRODUCT | NEIGHBOURS | SEEN | {"inbox"}
    assert team["services"]["inbox"]["profiles"] == ["inbox"]


def test_inbox_is_left_out_with_its_profile(tmp_path: Path, env_file: Path) -> None:
    """No service requires it."""
    without = tmp_path / ".env"
    without.write_text(env_file.read_text().replace("COMPOSE_PROFILES=inbox", "COMPOSE_PROFILES="))
    assert "inbox" not in rendered(TEAM, without)["services"]


@pytest.mark.parametrize("files", [TEAM, PRODUCTION], ids=["team", "production"])
def test_receiver_comes_with_its_profile(
    files: tuple[Path, ...], tmp_path: Path, env_file: Path
) -> None:
    """As hardened as the others; the port for mail is the only one that it opens, in production to
    everybody."""
    given = tmp_path / ".env"
    given.write_text(
        env_file.read_text()
        .replace("COMPOSE_PROFILES=inbox", "COMPOSE_PROFILES=receiver")
        .replace("BOUNCE_DOMAIN=", "BOUNCE_DOMAIN=bounces.example.com")
    )
    services = rendered(files, given, OF_PRODUCTION)["services"]
    receiver = services["receiver"]
    from_where = "127.0.0.1" if files == TEAM else ""
    assert published(receiver) == {(from_where, "25", 2525)}
    assert receiver["environment"]["BOUNCE_DOMAIN"] == "bounces.example.com"
    assert receiver["environment"]["PUBLIC_URL"] == services["worker"]["environment"]["PUBLIC_URL"]
    assert receiver["image"] == services["backend"]["image"]
    assert {rule(receiver) for rule in RULES} == {None}


@pytest.mark.parametrize("files", [TEAM, PRODUCTION], ids=["team", "production"])
def test_mailbox_comes_with_its_profile(
    files: tuple[Path, ...], tmp_path: Path, env_file: Path
) -> None:
    """As hardened as the others. Its password goes there and to the doctor, and nowhere else."""
    given = tmp_path / ".env"
    uri = "imaps://returns:secret-of-the-mailbox@mail.example.com/INBOX"
    given.write_text(
        env_file.read_text()
        .replace("COMPOSE_PROFILES=inbox", "COMPOSE_PROFILES=mailbox")
        .replace("BOUNCE_DOMAIN=", "BOUNCE_DOMAIN=bounces.example.com")
        .replace("IMAP_URI=", f"IMAP_URI={uri}")
    )
    services = rendered(files, given, OF_PRODUCTION)["services"]
    mailbox = services["mailbox"]
    assert published(mailbox) == set()
    assert mailbox["environment"]["BOUNCE_DOMAIN"] == "bounces.example.com"
    assert mailbox["environment"]["PUBLIC_URL"] == services["worker"]["environment"]["PUBLIC_URL"]
    assert HEARTBEAT.name in str(mailbox["healthcheck"])
    assert {rule(mailbox) for rule in RULES} == {None}
    assert {name for name, it in services.items() if uri in str(it)} == {"mailbox", "backend"}


def test_example_alone_is_refused() -> None:
    """There are no default secrets: the message says how to create some."""
    done = compose("config", "-q", files=TEAM, env_file=EXAMPLE)
    assert done.returncode != 0
    assert "make env" in done.stderr


@pytest.mark.parametrize(
    "name",
    [name for name, value in settings_of(EXAMPLE).items() if name.endswith(("_KEY", "_PASSWORD"))]
    + ["API_TOKENS", "TRACKING_KEYS"],
)
def test_secret_that_is_empty_is_refused(name: str, env_file: Path) -> None:
    """Each by its name."""
    done = compose("config", "-q", files=TEAM, env_file=env_file, given={name: ""})
    assert done.returncode != 0
    assert f"required variable {name} " in done.stderr


@pytest.mark.parametrize("name", OF_PRODUCTION)
def test_production_refuses_test_settings(name: str, env_file: Path) -> None:
    """A forgotten setting cannot bring inbox, example sender or localhost into production."""
    given = {**OF_PRODUCTION, name: ""}
    done = compose("config", "-q", files=PRODUCTION, env_file=env_file, given=given)
    assert done.returncode != 0
    assert f"required variable {name} " in done.stderr


def test_ports_are_those_of_the_design(team: Project) -> None:
    """Nothing can be reached from other machines."""
    at = {name: published(service) for name, service in team["services"].items()}
    loopback = "127.0.0.1"
    assert at == {
        "frontend": {(loopback, "3000", 3000)},
        "backend": {(loopback, "8000", 8000)},
        "mongodb": {(loopback, "27017", 27017)},
        "rabbitmq": {(loopback, "5672", 5672), (loopback, "15672", 15672)},
        "redis": {(loopback, "6379", 6379)},
        "inbox": {(loopback, "1025", 1025)},
        "worker": set(),
        "scheduler": set(),
        "migrate": set(),
    }


def test_production_opens_the_proxy_only(production: Project) -> None:
    """HTTP for certificates and redirects, and HTTPS."""
    services = production["services"]
    assert {name for name in services if published(services[name])} == {"proxy"}
    assert published(services["proxy"]) == {("", "80", 8080), ("", "443", 8443)}
    assert set(services) == PRODUCT | NEIGHBOURS | SEEN | {"proxy"}
    assert production["networks"]["stores"]["internal"] is True
    assert "internal" not in production["networks"]["edge"]


def test_production_uses_its_domain(production: Project) -> None:
    """Links in mail begin with it, and mail goes to the server that was named."""
    for name in SENDERS:
        environment = production["services"][name]["environment"]
        assert environment["PUBLIC_URL"] == "https://mail.example.com"
        assert environment["SMTP_URI"] == OF_PRODUCTION["SMTP_URI"]
        assert environment["SENDER"] == OF_PRODUCTION["SENDER"]


def test_production_knows_that_it_was_asked_over_https(production: Project) -> None:
    """Uvicorn believes the proxy by this name; nobody but the proxy reaches it from outside."""
    backend = production["services"]["backend"]
    assert "FORWARDED_ALLOW_IPS" in inspect.getsource(uvicorn.Config)
    assert backend["environment"]["FORWARDED_ALLOW_IPS"] == "*"
    assert not backend.get("ports")


def test_neighbours_can_be_reached_and_no_further(team: Project, production: Project) -> None:
    """Storage services cannot reach the outside; services that send or serve can."""
    for project in (team, production):
        on = {name: set(it["networks"]) for name, it in project["services"].items()}
        assert all(on[name] == {"stores"} for name in NEIGHBOURS | {"scheduler", "migrate"})
        assert on["backend"] == on["worker"] == {"stores", "edge"}
        # Services that people reach can reach the backend, but no storage.
        assert on["frontend"] == {"edge"}


def test_start_order_is_by_health(team: Project) -> None:
    """Migration comes before any worker, and every dependency must be healthy first."""
    depends = {
        name: {other: it["condition"] for other, it in service.get("depends_on", {}).items()}
        for name, service in team["services"].items()
    }
    assert depends["migrate"] == {"mongodb": "service_healthy", "redis": "service_healthy"}
    assert depends["scheduler"] == {"rabbitmq": "service_healthy"}
    for name in SENDERS:
        assert depends[name].pop("migrate") == "service_completed_successfully"
        assert {"rabbitmq", "redis"} <= set(depends[name])
        assert set(depends[name].values()) == {"service_healthy"}
    assert depends["frontend"] == {"backend": "service_healthy"}


def test_worker_can_be_scaled(team: Project) -> None:
    """Nothing in it must be unique: no name, no host port, no volume."""
    worker = team["services"]["worker"]
    assert not {"container_name", "hostname", "ports", "volumes"} & set(worker)


@pytest.mark.parametrize(("workers", "replicas"), [("", 1), ("3", 3)])
def test_workers_are_as_many_as_the_setting_says(
    workers: str, replicas: int, env_file: Path
) -> None:
    """So that `up -d` does not take them back to one."""
    project = rendered(TEAM, env_file, {"WORKERS": workers})
    assert project["services"]["worker"]["deploy"]["replicas"] == replicas


def test_external_databases_are_used_and_ours_are_not_started(external: Project) -> None:
    """No service waits for them, and no volume is created for them."""
    services = external["services"]
    assert not {"mongodb", "redis"} & set(services)
    assert "mongodb" not in external["volumes"]
    for name in SENDERS:
        environment = services[name]["environment"]
        assert {it: environment[it] for it in OF_EXTERNAL} == OF_EXTERNAL
    assert services["migrate"]["environment"] == OF_EXTERNAL
    for name in PRODUCT:
        assert not {"mongodb", "redis"} & set(services[name].get("depends_on", {}))


def test_external_databases_can_be_reached_from_the_server(external: Project) -> None:
    """By the services that use them: the network `stores` has no access to the outside there."""
    for name in ("migrate", "backend", "worker"):
        assert "edge" in external["services"][name]["networks"]


def test_one_of_the_databases_can_be_external(env_file: Path) -> None:
    """The other stays this stack's own."""
    for file, gone, kept in (
        (EXTERNAL[0], "mongodb", "redis"),
        (EXTERNAL[1], "redis", "mongodb"),
    ):
        services = rendered((*TEAM, file), env_file, OF_EXTERNAL)["services"]
        assert gone not in services
        assert kept in services


@pytest.mark.parametrize(("file", "name"), [*zip(EXTERNAL, OF_EXTERNAL, strict=True)])
def test_external_database_without_address_is_refused(
    file: Path, name: str, env_file: Path
) -> None:
    """The error names the setting."""
    done = compose("config", "-q", files=(*TEAM, file), env_file=env_file)
    assert done.returncode != 0
    assert f"required variable {name} " in done.stderr


def test_worker_has_time_to_end(team: Project) -> None:
    """Longer than a send's lease, so that a message being sent is finished."""
    worker = team["services"]["worker"]
    minutes, _, seconds = worker["stop_grace_period"].removesuffix("s").rpartition("m")
    lease_seconds = TeamSettings.read(worker["environment"]).send_lease_seconds
    assert int(minutes or 0) * 60 + int(seconds) > lease_seconds


def test_image_is_built_once(team: Project) -> None:
    """If several services built it, they would write the same name at once, which fails."""
    builders = {name for name, service in team["services"].items() if "build" in service}
    assert builders == {"backend", "frontend"}
    for name in PRODUCT:
        assert team["services"][name]["image"] == team["services"]["backend"]["image"]
        assert team["services"][name]["pull_policy"] == "never"


def test_truth_is_on_a_volume_and_hints_are_not_mixed_with_it(team: Project) -> None:
    """MongoDB's and RabbitMQ's own; Redis keeps nothing."""
    kept = {
        name: [it["source"] for it in service.get("volumes", []) if it["type"] == "volume"]
        for name, service in team["services"].items()
    }
    assert {name: it for name, it in kept.items() if it} == {
        "mongodb": ["mongodb"],
        "rabbitmq": ["rabbitmq"],
    }


def test_secrets_go_where_they_are_needed(env_file: Path, team: Project) -> None:
    """And nowhere else: a worker cannot administer the database it uses, the scheduler cannot read
    it, and what migrates it cannot send."""
    wanted = {
        "MONGO_ROOT_PASSWORD": {"mongodb"},
        "MONGO_REPLICA_KEY": {"mongodb"},
        "MONGO_PASSWORD": {"mongodb", "migrate", *SENDERS},
        "RABBITMQ_PASSWORD": {"rabbitmq", "scheduler", *SENDERS},
        "REDIS_PASSWORD": {"redis", "inbox", "migrate", *SENDERS},
        "TRACKING_KEYS": SENDERS,
        "SECRET_KEYS": SENDERS,
        "API_TOKENS": {"backend", "inbox"},
    }
    settings = settings_of(env_file)
    for secret, services in wanted.items():
        has = {
            name for name, service in team["services"].items() if settings[secret] in str(service)
        }
        assert has == services, secret
