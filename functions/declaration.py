"""What there is to say of a setting, once: its variable, what it does, and its default for each way
of running the product.

Models read by it (`functions/environment.py`); `.env.example` and docs/settings.md are written
from it (`scripts/write_settings.py`). It loads the standard library only, so that the command line
can use it.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Literal

Way = Literal["functions", "local", "team"]
"""The deployed functions, the system on one machine, a team's stack."""


class Absent(Enum):
    REQUIRED = "required"
    """There is no default: the program does not start without a value."""
    NOT_READ = "–"


REQUIRED, NOT_READ = Absent.REQUIRED, Absent.NOT_READ


@dataclass(frozen=True, slots=True)
class Fixed:
    """The value that a way of running decides by itself, whatever the environment says.

    `words`: how docs/settings.md puts it, where the value does not say it.
    """

    value: object
    words: str = ""


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
    """`sentence`: what it sets, for people. `more`: hints that only .env.example needs.

    `functions`, `local`, `team`: the default as written in an environment, `REQUIRED`, `Fixed` or
    `NOT_READ`. `in_env`: it stands in .env.example, because docker compose hands it on. `empty`:
    what an empty line there means, if not the team's default. `value`: what stands there, if the
    line is not empty.
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

    def default(self, way: Way) -> object:
        found: object = getattr(self, way)
        return found

    def is_read_by(self, way: Way) -> bool:
        return self.default(way) is not NOT_READ and not isinstance(self.default(way), Fixed)
