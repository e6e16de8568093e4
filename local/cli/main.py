"""The command line: start the system, walk campaigns through their life, look at leads.

Every command prints tables for people, or with `--json` one document for programs; errors are a
sentence on standard error and exit code 1, never a stack trace.
"""

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from functions.access import new_api_token
from functions.settings import SettingsError
from local.cli import campaign, dead_letters, doctor, lead
from local.cli.output import fail, print_json
from local.client import ApiError
from local.settings import LOOPBACK, LocalSettings

if TYPE_CHECKING:
    from local.system import System

app = typer.Typer(
    name="emailbuilder",
    help="Draw an e-mail campaign as a flow, bring contacts, launch.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(campaign.app, name="campaign", help="Create, fill, launch and steer campaigns.")
app.add_typer(lead.app, name="lead", help="What happened to one lead, and what comes next.")
app.add_typer(dead_letters.app, name="dead-letters", help="Jobs that the broker gave up on.")
app.command("doctor")(doctor.doctor)


@app.command()
def up(
    direct: Annotated[
        bool, typer.Option("--direct", help="Serve the API without the gateway, for debugging.")
    ] = False,
    port: Annotated[int | None, typer.Option(help="Port of the API.")] = None,
    home: Annotated[Path | None, typer.Option(help="Folder that keeps everything.")] = None,
) -> None:
    """Start inbox, emulated cloud and gateway; stay up until Ctrl-C."""
    from dataclasses import replace

    from local.system import System

    settings = LocalSettings.from_environment()
    if port is not None:
        settings = replace(settings, port=port)
    if home is not None:
        settings = replace(settings, home=home)
    console = Console()
    end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.set())
    with console.status("Starting the inbox, the emulated cloud and the gateway …"):
        system = System(settings, direct=direct)
        system.__enter__()
    try:
        for line in _where(system, settings):
            # Unbroken and as they are: people copy them.
            typer.echo(line)
        end.wait()
        console.print("Stopping …")
    finally:
        system.__exit__(None, None, None)


def _where(system: "System", settings: LocalSettings) -> Iterator[str]:
    """What answers where, and the token that opens it."""
    # Behind the #, where no server and no log of one sees it.
    yield f"Open     {system.url}/app/sign-in#token={system.token}"
    yield f"API      {system.url}/api/v1, described at /api/v1/openapi.json"
    yield f"Token    {system.token}"
    yield f"Try      curl -H 'Authorization: Bearer {system.token}' {system.url}/api/v1/campaigns"
    yield f"Inbox    smtp://{LOOPBACK}:{system.inbox.port}, {system.url}/inbox/api"
    yield f"Kept in  {settings.home.resolve()}"
    yield "Ctrl-C stops; started again, everything goes on where it was."


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen at.")] = LOOPBACK,
    port: Annotated[int, typer.Option(help="Port of the API.")] = 8000,
) -> None:
    """Serve the API of the team's stack, with the settings of the environment."""
    from local.team.backend import serve_backend
    from local.team.settings import TeamSettings

    serve_backend(TeamSettings.from_environment(), host=host, port=port)


@app.command()
def token() -> None:
    """Make an API token, for API_TOKENS; nothing keeps it but you."""
    typer.echo(new_api_token())


@app.command()
def demo(
    home: Annotated[Path, typer.Option(help="Folder to run in; it is emptied first.")] = Path(
        ".emailbuilder/demo"
    ),
) -> None:
    """Let 500 contacts walk a flow through the emulated cloud, and check what they got."""
    from local.demo.run import DemoError, print_outcome, run_demo

    console = Console()
    try:
        outcome = run_demo(home, console)
    except DemoError as problem:
        fail(str(problem))
    print_outcome(outcome, console)
    if not outcome.ok:
        raise typer.Exit(1)


@app.command()
def migrate(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Make the tables and indexes of the store; run again, it changes nothing."""
    import asyncio

    from local.stores import open_store

    async def work(uri: str) -> list[str]:
        store = await open_store(uri)
        try:
            return await store.migrate()
        finally:
            await store.close()

    done = asyncio.run(work(LocalSettings.from_environment().effective_store_uri()))
    if as_json:
        print_json({"done": done})
    else:
        for line in done or ["Nothing to do: the store is up to date."]:
            typer.echo(line)


def main() -> None:
    """The entry point: what people did wrong ends in a sentence."""
    try:
        app()
    except (ApiError, SettingsError) as problem:
        fail(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)
