"""How the command line speaks."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, NoReturn
from urllib.parse import urlsplit

import typer
from rich.console import Console

from local.client import Client
from local.server import is_loopback
from local.settings import LOOPBACK, LocalSettings

console = Console()

Url = Annotated[
    str | None,
    typer.Option("--url", envvar="EMAILBUILDER_URL", help="Where the gateway answers."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]

STATUS_STYLES: Mapping[str, str] = {
    "draft": "dim",
    "running": "cyan",
    "paused": "yellow",
    "completed": "green",
    "failed": "red",
    "cancelled": "dim",
    "archived": "dim",
    "pending": "dim",
}


def connect(url: str | None) -> Client:
    """The client of the address given, or of the system on this machine, whose token it finds."""
    settings = LocalSettings.from_environment()
    url = url or f"http://{LOOPBACK}:{settings.port}"
    return Client(url, token=token_for(url, settings))


def token_for(url: str, settings: LocalSettings) -> str | None:
    """The token that was given, or that of the system on this machine: no other gets to see it.

    Raises SettingsError.
    """
    if settings.token:
        return settings.token
    is_ours = is_loopback(urlsplit(url).hostname or "") and settings.api_token_path.exists()
    return settings.api_token() if is_ours else None


def print_json(document: object) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def fail(words: str) -> NoReturn:
    typer.echo(words, err=True)
    raise SystemExit(1)


def status_words(status: str) -> str:
    """As a dot and a word, for a rich table."""
    style = STATUS_STYLES.get(status, "")
    return f"[{style}]● {status}[/]" if style else f"● {status}"


def when(value: Any) -> str:
    """An instant of the API in this machine's zone, to the second; – where there is none."""
    if not isinstance(value, str):
        return "–"
    return datetime.fromisoformat(value).astimezone().strftime("%a %d %b %Y, %H:%M:%S")
