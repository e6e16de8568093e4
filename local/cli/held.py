"""`emailbuilder held …`: a store that was restored from a backup, until somebody decides."""

import time
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

POLL_SECONDS = 0.5
CHOICES = click.Choice(["skip", "send"])


@click.group(cls=Group)
def held() -> None:
    """Decide about the leads of a store that was restored from a backup."""


@held.command()
@asks_api
def show(url: str | None, as_json: bool) -> None:
    """Show whether the store is held, and since when."""
    found = connect(url).restoration()
    if as_json:
        print_json(found)
    else:
        console().print(_described(found))


@held.command("list")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@click.option("--cursor", help="Cursor of the next page, as printed below a page.")
@asks_api
def list_leads(limit: int, cursor: str | None, url: str | None, as_json: bool) -> None:
    """List the leads that may have been sent mail since the backup, and what."""
    page = connect(url).held_leads(limit=limit, cursor=cursor)
    if as_json:
        print_json(page)
        return
    table = make_table("lead", "contact", "may have been sent", "choice")
    for column in table.columns:
        column.overflow = "fold"
    # People copy it.
    table.columns[0].no_wrap = True
    for it in page["leads"]:
        table.add_row(
            f"[bold]{escaped(it['lead_id'])}[/]",
            escaped(it["email"]),
            escaped(", ".join(email["subject"] for email in it["emails"])),
            it["choice"] or "–",
        )
    if page["leads"]:
        console().print(table)
    elif not page["next_cursor"]:
        console().print("No lead may have been sent mail since the backup.")
    if page["next_cursor"]:
        click.echo(f"There are more: --cursor {page['next_cursor']}")


@held.command()
@click.argument("choice", type=click.Choice(["skip", "send", "none"]))
@click.argument("leads", metavar="LEAD...", nargs=-1, required=True)
@asks_api
def choose(choice: str, leads: tuple[str, ...], url: str | None, as_json: bool) -> None:
    """Choose for single leads, whatever you choose for all; none takes it back."""
    connect(url).choose_for_leads(leads, None if choice == "none" else choice)
    if as_json:
        print_json({"chosen": len(leads)})
    else:
        click.echo(f"Chosen for {len(leads)} {'lead' if len(leads) == 1 else 'leads'}.")


@held.command()
@click.argument("choice", type=CHOICES)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@asks_api
def release(choice: str, yes: bool, url: str | None, as_json: bool) -> None:
    """Decide for all other leads, and let everything run again.

    skip: messages that may have left count as sent. None is sent twice; those that had not left are
    never sent. send: they are sent. None is lost; those that had left are sent twice.
    """
    client = connect(url)
    if not yes:
        click.confirm(_QUESTIONS[choice], abort=True, err=True)
    found = client.release(choice)
    with console().status("Going through the leads …"):
        while found["state"] == "releasing":
            time.sleep(POLL_SECONDS)
            found = client.restoration()
    if found["state"] != "over":
        fail("The store is held again: somebody has restored it.")
    if as_json:
        print_json(found)
    else:
        console().print(_described(found))


_QUESTIONS = {
    "skip": "Count all messages that may have left as sent, and run everything again?",
    "send": "Send all messages that may have left, even if some did, and run everything again?",
}


def _described(found: dict[str, Any]) -> str:
    since = f"It was restored as it was at {when(found['backup_at'])}"
    match found["state"]:
        case "none":
            return "The store is not held: it was never restored."
        case "restoring":
            return (
                "The restore is not complete. If it was interrupted, drop the database and repeat."
            )
        case "held":
            return f"The store is held: nothing is sent. {since}."
        case "releasing":
            return f"It is decided to {found['choice']}. The leads are being gone through."
    skipped = found["leads_skipped"]
    leads = "1 lead has" if skipped == 1 else f"{skipped} leads have"
    return f"Everything runs. {since}. {leads} messages that count as sent."
