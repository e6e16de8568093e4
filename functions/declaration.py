"""The declaration of a setting: its variable, what it does, and its default for each way of running
the product.

Settings are read by their declarations (`functions/environment.py`), and `.env.example` and
docs/settings.md are generated from them (`scripts/write_settings.py`). This module imports only the
standard library, so that the command line can use it.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Literal

Deployment = Literal["functions", "local", "team"]
"""The deployed functions, the system on one machine, or the stack of a team."""


class Absent(Enum):
    REQUIRED = "required"
    """Without a value the program does not start."""
    NOT_READ = "–"


REQUIRED, NOT_READ = Absent.REQUIRED, Absent.NOT_READ


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value that a way of running the product fixes, whatever the environment says.

    `text`: the text in docs/settings.md; empty: the value itself.
    """

    value: object
    text: str = ""


class Group(StrEnum):
    """The order of the groups in .env.example and in docs/settings.md."""

    RUNS = "What runs"
    MAIL = "Mail"
    SECRETS = "Secrets"
    SPEED = "Speed"
    TIMES = "Times, in seconds"
    OBSERVING = "Observing"
    ADDRESSES = "Addresses and ports"
    COMMAND_LINE = "Command line"


@dataclass(frozen=True, slots=True)
class Declaration:
    """`sentence`: what the setting does, for people. `more`: hints that only .env.example needs.

    `functions`, `local`, `team`: the default as written in an environment, `REQUIRED`, `Fixed` or
    `NOT_READ`. `in_env`: whether it is in .env.example, because docker compose passes it on.
    `empty`: what an empty line there means, if not the team's default. `value`: the value there, if
    the line is not empty.
    """

    variable: str
    sentence: str
    group: Group
    functions: object = NOT_READ
    local: object = NOT_READ
    team: object = NOT_READ
    more: str = ""
    in_env: bool = False
    empty: str = ""
    value: str = ""

    def default(self, deployment: Deployment) -> object:
        found: object = getattr(self, deployment)
        return found

    def is_read_by(self, deployment: Deployment) -> bool:
        return self.default(deployment) is not NOT_READ and not isinstance(
            self.default(deployment), Fixed
        )
