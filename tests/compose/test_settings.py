"""One list of settings: the files, the example and the code agree."""

import re
from collections.abc import Iterator, Mapping

from functions.environment import RETIRED
from local.team.settings import SchedulerSettings, TeamSettings
from tests.compose.composed import EXAMPLE, FILES, Project, settings_of

FOR_COMPOSE_ITSELF = {"COMPOSE_PROFILES", "COMPOSE_REMOVE_ORPHANS", "WORKERS"}
FOR_NEIGHBOURS = {
    *("MONGO_ROOT_USER", "MONGO_ROOT_PASSWORD", "MONGO_USER", "MONGO_PASSWORD"),
    *("MONGO_REPLICA_KEY", "RABBITMQ_USER", "RABBITMQ_PASSWORD", "REDIS_PASSWORD", "DOMAIN"),
}
MADE_OF_OTHERS = {"BROKER_URL", "METRICS_HOST", "METRICS_PORT"}
OTHER_SPELLINGS = {"API_TOKEN"}
FOR_THE_RECEIVER = {"RECEIVER_CERTIFICATE_FILE", "RECEIVER_KEY_FILE"}
"""Its service has a profile of its own."""


class Asked(Mapping[str, str]):
    """An environment that records which names were read."""

    def __init__(self, there: Mapping[str, str]) -> None:
        self._there = there
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return self._there[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._there)

    def __len__(self) -> int:
        return len(self._there)


def test_example_explains_what_the_files_ask_for() -> None:
    """Every variable, and none besides."""
    asked = {
        name
        for file in FILES
        for line in file.read_text().splitlines()
        if not line.lstrip().startswith("#")
        for name in re.findall(r"(?<!\$)\$\{(\w+)", line)
    }
    assert asked | FOR_COMPOSE_ITSELF == set(settings_of(EXAMPLE))


def test_every_setting_has_a_comment() -> None:
    """Above it, or above the group it stands in."""
    above = ""
    for line in EXAMPLE.read_text().splitlines():
        assert line.startswith("#") or above.startswith(("#", "=")) or not line, line
        above = "=" if re.match(r"\w+=", line) else line


def test_settings_read_what_they_are_given(team: Project) -> None:
    """No service of the product is given a name that means nothing to it, and all have all."""
    environment: dict[str, str] = {}
    for name in ("backend", "worker"):
        environment |= team["services"][name]["environment"]
    asked = Asked(environment)
    TeamSettings.read(asked)
    assert asked.names - OTHER_SPELLINGS - FOR_THE_RECEIVER == set(environment)
    assert set(environment) - MADE_OF_OTHERS == (
        set(settings_of(EXAMPLE)) - FOR_COMPOSE_ITSELF - FOR_NEIGHBOURS - FOR_THE_RECEIVER
    )


def test_scheduler_and_migrate_are_given_what_they_read(
    team: Project, production: Project, external: Project
) -> None:
    """And nothing else."""
    for project in (team, production, external):
        asked = Asked(project["services"]["scheduler"]["environment"])
        SchedulerSettings.read(asked)
        assert asked.names - set(RETIRED) == set(asked)
        assert set(project["services"]["migrate"]["environment"]) == {"REDIS_URL", "STORE_URI"}


def test_settings_of_each_service_are_accepted(
    team: Project, production: Project, external: Project
) -> None:
    """Together they do not contradict each other either."""
    for project in (team, production, external):
        for name in ("backend", "worker"):
            TeamSettings.read(project["services"][name]["environment"]).policy()
