"""Every service is hardened as far as possible, and each of the rules can fail."""

from pathlib import Path

import pytest

from tests.compose.composed import Project, Service
from tests.compose.rules import (
    RULES,
    Rule,
    comes_back,
    gains_no_privilege,
    has_limits,
    has_no_capability,
    is_not_root,
    is_pinned,
    logs_are_bounded,
    owns_its_temporary_folders,
    root_is_read_only,
    shares_nothing_with_the_host,
    tells_its_health,
    writes_to_named_volumes_only,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda it: it.__name__)
def test_rule_holds(rule: Rule, team: Project, production: Project, external: Project) -> None:
    """For each service of each composition."""
    findings = {
        f"{name}: {rule(service)}"
        for project in (team, production, external)
        for name, service in project["services"].items()
        if rule(service)
    }
    assert findings == set()


BROKEN: list[tuple[Rule, Service]] = [
    (root_is_read_only, {"read_only": None}),
    (has_no_capability, {"cap_drop": None}),
    (has_no_capability, {"cap_add": ["NET_ADMIN"]}),
    (gains_no_privilege, {"security_opt": []}),
    (gains_no_privilege, {"privileged": True}),
    (is_not_root, {"user": ""}),
    (is_not_root, {"user": "0:0"}),
    (is_not_root, {"user": "root"}),
    (is_not_root, {"user": "10001:0"}),
    (shares_nothing_with_the_host, {"network_mode": "host"}),
    (writes_to_named_volumes_only, {"volumes": [{"type": "bind", "source": "/var/run"}]}),
    (owns_its_temporary_folders, {"tmpfs": ["/tmp"]}),
    (owns_its_temporary_folders, {"tmpfs": ["/state:size=1m,uid=0,gid=0,mode=0700"]}),
    (owns_its_temporary_folders, {"tmpfs": ["/state:size=1m,uid=10001,gid=10001"]}),
    (has_limits, {"deploy": {"resources": {"limits": {"cpus": 1, "memory": "1G"}}}}),
    (logs_are_bounded, {"logging": {"options": {"max-size": "10m"}}}),
    (comes_back, {"restart": "no"}),
    (comes_back, {"restart": "on-failure"}),
    (tells_its_health, {"healthcheck": {"disable": True}}),
    (is_pinned, {"image": "mongo"}),
    (is_pinned, {"image": "mongo:8"}),
    (is_pinned, {"image": "caddy:latest"}),
]


@pytest.mark.parametrize(("rule", "fault"), BROKEN, ids=lambda it: getattr(it, "__name__", str(it)))
def test_rule_finds(rule: Rule, fault: Service, team: Project) -> None:
    """A correct service with one fault."""
    service = team["services"]["worker"]
    assert rule(service) is None
    assert rule({**service, **fault}) is not None


def test_files_that_are_mounted_are_there(team: Project) -> None:
    """Docker would create an empty folder for a missing file; they must also be readable for the
    user inside.
    """
    sources = [
        Path(it["source"])
        for service in team["services"].values()
        for it in service.get("volumes", [])
        if it["type"] == "bind"
    ]
    assert sources
    for source in sources:
        assert source.is_file(), source
        assert source.stat().st_mode & 0o004, source


def test_folders_that_images_declare_are_accounted_for(team: Project) -> None:
    """Otherwise docker creates an anonymous volume there, which nobody finds again."""
    declared = {
        "mongodb": {"/data/db", "/data/configdb"},
        "rabbitmq": {"/var/lib/rabbitmq"},
        "redis": {"/data"},
    }
    for name, folders in declared.items():
        service = team["services"][name]
        there = {it.partition(":")[0] for it in service["tmpfs"]}
        there |= {it["target"] for it in service["volumes"]}
        assert folders <= there, name
