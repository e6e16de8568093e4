"""The output of the command line: tables for people, JSON for programs, errors as sentences.

The HTTP client and Rich are loaded by the commands that need them, so that `--help` and mistyped
commands answer at once.
"""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import click

from functions.hosts import is_loopback
from local.cli.settings import URL, CliSettings
from local.loopback import LOOPBACK

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from local.client import Client

Command = Callable[..., None]

STATUS_STYLES: Mapping[str, str] = {
    "draft": "dim",
    "scheduled": "yellow",
    "running": "cyan",
    "waiting": "cyan",
    "paused": "yellow",
    "completed": "green",
    "failed": "red",
    "cancelled": "dim",
    "archived": "dim",
    "pending": "dim",
}


class Group(click.Group):
    """Lists its commands in the order of use, not by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def asks_api(command: Command) -> Command:
    """The options of every command that calls the API."""
    url = click.option(
        "--url",
        envvar=URL.variable,
        show_envvar=True,
        help="URL of the gateway. Default: the system on this machine.",
    )
    return url(as_json(command))


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


@cache
def console() -> "Console":
    from rich.console import Console

    return Console()


def is_terminal() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin.isatty()


def make_table(*columns: str, show_header: bool = True) -> "Table":
    from rich.table import Table

    return Table(*columns, box=None, pad_edge=False, show_header=show_header)


def escaped(text: str) -> str:
    """Text that Rich prints unchanged."""
    from rich.markup import escape

    return escape(text)


def connect(url: str | None) -> "Client":
    """A client of that gateway. Default: the system on this machine, with its token."""
    from local.client import Client

    settings = CliSettings.from_environment()
    url = url or f"http://{LOOPBACK}:{settings.port}"
    return Client(url, token=token_for(url, settings))


def token_for(url: str, settings: CliSettings) -> str | None:
    """The given token, otherwise the token of the system on this machine, which is sent to no other
    machine. Raises SettingsError.
    """
    if settings.token:
        return settings.token
    is_ours = is_loopback(urlsplit(url).hostname or "") and settings.home.api_token_path.exists()
    return settings.home.api_token() if is_ours else None


def print_json(document: object) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(1)


def status_text(status: str) -> str:
    """A dot and a word, for Rich."""
    style = STATUS_STYLES.get(status, "")
    shown = "waiting for contacts" if status == "waiting" else status
    return f"[{style}]● {shown}[/]" if style else f"● {shown}"


def when(value: Any) -> str:
    """An instant of the API in this machine's time zone, to the second; – if there is none."""
    if not isinstance(value, str):
        return "–"
    return datetime.fromisoformat(value).astimezone().strftime("%a %d %b %Y, %H:%M:%S")
