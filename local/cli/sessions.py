"""`emailbuilder sessions …`: browsers that are signed in."""

from typing import Any

import click

from local.cli.output import (
    Group,
    asks_api,
    connect,
    console,
    escaped,
    fail,
    make_table,
    print_json,
    when,
)

ID_CHARS_SHOWN = 12


@click.group(cls=Group)
def sessions() -> None:
    """Show which browsers are signed in, and sign them out."""


@sessions.command("list")
@asks_api
def list_sessions(url: str | None, as_json: bool) -> None:
    """List the browsers that are signed in, seen latest first."""
    found = connect(url).sessions()
    if as_json:
        print_json({"sessions": found})
        return
    if not found:
        console().print("Nobody is signed in with a browser.")
        return
    table = make_table("session", "token", "last seen", "since", "from", "browser")
    for it in found:
        table.add_row(
            f"[bold]{it['session_id'][:ID_CHARS_SHOWN]}[/]",
            escaped(it["token_name"]),
            when(it["last_seen_at"]),
            when(it["created_at"]),
            escaped(it["address"]) or "–",
            escaped(it["user_agent"]) or "–",
        )
    console().print(table)


@sessions.command()
@click.argument("session", required=False)
@click.option("--all", "all_of_them", is_flag=True, help="All browsers.")
@asks_api
def revoke(session: str | None, all_of_them: bool, url: str | None, as_json: bool) -> None:
    """Sign out the browser with this SESSION, or the beginning of it, at once."""
    if (session is None) is not all_of_them:
        fail("Name one session, or give --all.")
    client = connect(url)
    if session is None:
        revoked = client.revoke_sessions()["revoked"]
    else:
        client.revoke_session(_one(client.sessions(), session)["session_id"])
        revoked = 1
    if as_json:
        print_json({"revoked": revoked})
    else:
        click.echo("Signed out 1 browser." if revoked == 1 else f"Signed out {revoked} browsers.")


def _one(found: list[dict[str, Any]], beginning: str) -> dict[str, Any]:
    matching = [it for it in found if it["session_id"].startswith(beginning)]
    if len(matching) != 1:
        several = "several sessions begin" if matching else "no session begins"
        fail(f"There is nothing to revoke: {several} with {beginning}.")
    return matching[0]
