"""The command line: starts the system, controls campaigns and shows leads.

Every command prints tables for people or, with `--json`, one document for programs. An error is one
sentence on standard error and exit code 1, never a stack trace. Each command imports what it needs
when it runs, so that all of them start quickly (`tests/local/test_startup.py`).
"""

import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from functions.settings_error import SettingsError
from local.api_error import ApiError
from local.cli.backup import backup, restore
from local.cli.campaign import campaign
from local.cli.contact import contact
from local.cli.dead_letters import dead_letters
from local.cli.dkim import dkim
from local.cli.doctor import doctor
from local.cli.held import held
from local.cli.lead import lead
from local.cli.output import Group, as_json, console, fail, print_json
from local.cli.publish import move_leads, publish
from local.cli.results import results
from local.cli.retry_failed import retry_failed
from local.cli.sessions import sessions
from local.cli.settings import CliSettings
from local.cli.suppressions import suppressions
from local.loopback import LOOPBACK

if TYPE_CHECKING:
    from local.settings import LocalSettings
    from local.system import System

FOLDER = click.Path(path_type=Path)
PORT_NUMBER = click.IntRange(0, 65_535)


@click.group(cls=Group)
def app() -> None:
    """Draw an e-mail campaign as a flow, import contacts, launch it."""


@app.command()
@click.option("--direct", is_flag=True, help="Serve the API without the gateway, for debugging.")
@click.option("--port", type=PORT_NUMBER, help="Port of the API. Default: PORT, or 8000.")
@click.option("--home", type=FOLDER, help="Folder that keeps everything. Default: .emailbuilder.")
@as_json
def up(direct: bool, port: int | None, home: Path | None, as_json: bool) -> None:
    """Start the system on this machine; Ctrl-C stops it. Prints where each part answers."""
    from rich.console import Console

    from local.settings import LocalSettings
    from local.system import System

    settings = LocalSettings.from_environment()
    given = {"port": port, "home": home}
    chosen = {name: value for name, value in given.items() if value is not None}
    settings = settings.model_copy(update=chosen)
    end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.set())
    progress = Console(stderr=True)
    with progress.status("Starting the inbox, the emulated cloud and the gateway …"):
        system = System(settings, direct=direct)
        system.__enter__()
    try:
        if as_json:
            print_json(_addresses(system, settings))
        else:
            # Whatever is not a terminal keeps what it is given, such as a log.
            for line in _where(system, settings, shows_token=sys.stdout.isatty()):
                # Without line breaks or markup, because people copy them.
                click.echo(line)
        end.wait()
        progress.print("Stopping …")
    finally:
        system.__exit__(None, None, None)


def _addresses(system: "System", settings: "LocalSettings") -> dict[str, str]:
    return {
        "url": system.url,
        "token": system.token,
        "inbox": f"smtp://{LOOPBACK}:{system.inbox.port}",
        "home": str(settings.home.resolve()),
    }


def _where(system: "System", settings: "LocalSettings", *, shows_token: bool) -> Iterator[str]:
    """The addresses of all parts, and where the token for them is kept."""
    kept = system.token_path.resolve()
    # After the #, so that it is never sent to a server or logged there.
    fragment = f"#token={system.token}" if shows_token else ""
    yield f"Open     {system.url}/app/sign-in{fragment}"
    yield f"API      {system.url}/api/v1, described at /api/v1/openapi.json"
    yield f"Token    in {kept}"
    bearer = f"Authorization: Bearer $(cat {shlex.quote(str(kept))})"
    yield f'Try      curl -H "{bearer}" {system.url}/api/v1/campaigns'
    yield f"Inbox    smtp://{LOOPBACK}:{system.inbox.port}, {system.url}/inbox/api"
    yield f"Kept in  {settings.home.resolve()}"
    yield "Press Ctrl-C to stop. When you start it again, everything goes on where it was."


@app.command()
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
@click.option("--port", type=PORT_NUMBER, default=8000, show_default=True, help="Port of the API.")
def serve(host: str, port: int) -> None:
    """Serve the API of the team's stack, configured by the environment."""
    from local.team.backend import serve_backend
    from local.team.settings import TeamSettings

    serve_backend(TeamSettings.from_environment(), host=host, port=port)


@app.command()
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
@click.option("--port", type=PORT_NUMBER, default=2525, show_default=True, help="SMTP and LMTP.")
@click.option("--imap", is_flag=True, help="Read the mailbox of IMAP_URI instead of listening.")
def receive(host: str, port: int, imap: bool) -> None:
    """Receive returned mail for the team's stack: bounces and complaints."""
    from local.receiver.run import run_mailbox, run_receiver
    from local.team.settings import TeamSettings

    settings = TeamSettings.from_environment()
    if imap:
        run_mailbox(settings)
    else:
        run_receiver(settings, host=host, port=port)


@app.command()
@as_json
def token(as_json: bool) -> None:
    """Create an API token for API_TOKENS. It is printed, not stored."""
    from functions.access import new_api_token

    made = new_api_token()
    if as_json:
        print_json({"token": made})
    else:
        click.echo(made)


@app.command()
@click.option(
    "--home",
    type=FOLDER,
    default=Path(".emailbuilder/demo"),
    show_default=True,
    help="Folder to run in. It is emptied first.",
)
@as_json
def demo(home: Path, as_json: bool) -> None:
    """Take 500 contacts through a flow and check what they got."""
    from rich.console import Console

    from local.demo.run import DemoError, print_outcome, run_demo

    try:
        outcome = run_demo(home, Console(stderr=True) if as_json else console())
    except DemoError as problem:
        fail(str(problem))
    if as_json:
        print_json(outcome.document())
    else:
        print_outcome(outcome, console())
    if not outcome.ok:
        raise SystemExit(1)


@app.command()
@as_json
def migrate(as_json: bool) -> None:
    """Bring the store's tables and indexes up to date. Refuses while older workers run."""
    import asyncio

    from local.settings import LocalSettings
    from local.stores import migrate_store, version_to_reach

    uri = LocalSettings.from_environment().effective_store_uri()
    redis_url = CliSettings.from_environment().redis_url
    version = asyncio.run(version_to_reach(uri)) if redis_url else None
    if version is not None:
        _check_no_older_workers(redis_url, version)
    done = asyncio.run(migrate_store(uri))
    if as_json:
        print_json({"done": done})
    else:
        for line in done or ["Nothing to do: the store is up to date."]:
            click.echo(line)


def _check_no_older_workers(redis_url: str, version: int) -> None:
    import asyncio

    from rich.console import Console

    from local.team.older_workers import older_workers

    screen = Console(stderr=True)
    with screen.status("Looking for workers of an older version …") as status:

        def waiting(names: list[str]) -> None:
            status.update(f"Waiting until workers of an older version are gone: {names[0]} …")

        names = asyncio.run(older_workers(redis_url, version, waiting))
    if names:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        fail(
            f"Not migrated: workers of an older version are running ({names[0]}{more}), and would "
            "write to the new store as to the old one. Stop them (`docker compose stop backend "
            "worker scheduler`), then migrate again."
        )


campaign.add_command(publish)
campaign.add_command(move_leads)
campaign.add_command(retry_failed)
campaign.add_command(results)
for it in (
    backup,
    restore,
    held,
    doctor,
    campaign,
    contact,
    lead,
    suppressions,
    dkim,
    sessions,
    dead_letters,
):
    app.add_command(it)


def main() -> None:
    """The entry point. Reports every error in one sentence."""
    try:
        sys.exit(app(standalone_mode=False))
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except (ApiError, SettingsError) as problem:
        fail(str(problem))
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
