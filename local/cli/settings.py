"""What the command line must know before it calls the API.

It reads these few variables itself, because loading all settings would double the processor time of
every command.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from functions.declaration import Declaration, Group
from functions.settings_error import SettingsError
from local.home import HOME, PORT, Home

URL = Declaration(
    "EMAILBUILDER_URL",
    "Gateway that commands call, if it is not the one on this machine; --url takes precedence.",
    Group.COMMAND_LINE,
    local="",
)
TOKEN = Declaration(
    "EMAILBUILDER_TOKEN",
    "API token that commands send to it. Not needed for the system on this machine.",
    Group.COMMAND_LINE,
    local="",
)
PORT_MAX = 65_535
KEY_VARIABLES = ("TRACKING_KEYS", "SECRET_KEYS")


@dataclass(frozen=True, slots=True)
class CliSettings:
    """`home`, `port`: of the system on this machine. `token`: for a system on another machine;
    empty if none is set. `has_broker`: the environment is that of a team's stack. `keys`: those of
    the environment that belong to a store, by variable. `redis_url`: of a team's stack; empty if
    there is none.
    """

    home: Home
    port: int
    token: str = field(repr=False)
    has_broker: bool
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    redis_url: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls) -> "CliSettings":
        """Raises SettingsError."""
        return cls.read(os.environ)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "CliSettings":
        """Raises SettingsError."""
        return cls(
            home=Home(Path(_value(HOME, environment))),
            port=_port(_value(PORT, environment)),
            token=_value(TOKEN, environment).strip(),
            has_broker=bool(environment.get("BROKER_URL")),
            redis_url=environment.get("REDIS_URL", ""),
            keys={name: value for name in KEY_VARIABLES if (value := environment.get(name))},
        )


def _value(declaration: Declaration, environment: Mapping[str, str]) -> str:
    return environment.get(declaration.variable) or str(declaration.local)


def _port(written: str) -> int:
    if not (written.isascii() and written.isdigit() and int(written) <= PORT_MAX):
        raise SettingsError(f"PORT must be a whole number, 0 to {PORT_MAX}, not {written!r}")
    return int(written)
