"""`emailbuilder dead-letters …`: jobs that the broker has given up on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from local.cli.output import (
    Command,
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

if TYPE_CHECKING:
    from local.client import Client, Document


@click.group("dead-letters", cls=Group)
def dead_letters() -> None:
    """Look at jobs that the broker has given up on; requeue or drop them."""


@dead_letters.command("list")
@click.option("--limit", type=click.IntRange(1, 100), default=50, show_default=True)
@click.option("--cursor", help="Cursor of the next page, as printed below a page.")
@asks_api
def list_dead_letters(limit: int, cursor: str | None, url: str | None, as_json: bool) -> None:
    """List dead letters, oldest first."""
    page = connect(url).dead_letters(limit=limit, cursor=cursor)
    if as_json:
        print_json(page)
        return
    if not page["total"]:
        console().print("No dead letters.")
        return
    table = make_table("id", "died", "reason", "job", "of")
    for column in table.columns:
        column.overflow = "fold"
    # People copy it.
    table.columns[0].no_wrap = True
    for it in page["dead_letters"]:
        table.add_row(
            f"[bold]{escaped(it['dead_letter_id'])}[/]",
            when(it["at"]),
            _shown(it["reason"]),
            _shown(it["kind"]) + (f" × {it['copies']}" if it["copies"] > 1 else ""),
            _shown(it["lead_id"] or it["job_id"]),
        )
    console().print(table)
    console().print(f"{page['total']} in all.")
    if page["unseen"]:
        console().print(f"{page['unseen']} could not be read now and are on no page.")
    if page["next_cursor"]:
        click.echo(f"There are more: --cursor {page['next_cursor']}")


@dead_letters.command()
@click.argument("dead_letter_id", metavar="ID")
@asks_api
def show(dead_letter_id: str, url: str | None, as_json: bool) -> None:
    """Show the details of one dead letter, and its body."""
    found = connect(url).dead_letter(dead_letter_id)
    if as_json:
        print_json(found)
        return
    known = {
        "died": when(found["at"]),
        "in queue": found["source"],
        "reason": found["reason"],
        "delivered": found["deliveries"],
        "job": found["kind"],
        "lead": found["lead_id"],
        "campaign": found["campaign_id"],
        "node": found["node_id"],
        "stored job": found["job_id"],
        "bytes": found["size_bytes"],
        "copies": found["copies"],
    }
    table = make_table("", "", show_header=False)
    for name, value in known.items():
        if value is not None:
            table.add_row(f"[dim]{name}[/]", escaped(str(value)))
    console().print(table)
    # Printed unchanged: no markup and no added line breaks.
    click.echo(found["text"] + (" …" if found["is_cut"] else ""))


def _chooses(command: Command) -> Command:
    """The options that select dead letters."""
    ids = click.argument("ids", metavar="[ID]...", nargs=-1)
    every = click.option("--all", "every", is_flag=True, help="All dead letters, instead of ids.")
    yes = click.option("--yes", is_flag=True, help="With --all: do not ask for confirmation.")
    return ids(every(yes(asks_api(command))))


@dead_letters.command()
@_chooses
def requeue(ids: Sequence[str], every: bool, yes: bool, url: str | None, as_json: bool) -> None:
    """Put dead letters back into their queues. Exit code 1 if some could not go."""
    client = connect(url)
    _check(client, ids, every, yes, "Put all {} dead letters back into their queues?")
    _report(_cleared(client, "requeue", ids), "requeued", as_json)


@dead_letters.command()
@_chooses
def drop(ids: Sequence[str], every: bool, yes: bool, url: str | None, as_json: bool) -> None:
    """Delete dead letters for good. Exit code 1 if some were not there."""
    client = connect(url)
    _check(client, ids, every, yes, "Delete all {} dead letters for good?")
    _report(_cleared(client, "drop", ids), "dropped", as_json)


def _check(client: "Client", ids: Sequence[str], every: bool, yes: bool, question: str) -> None:
    """Requires either ids or --all; --all needs a confirmation."""
    if bool(ids) == every:
        fail("Name the dead letters by their ids, or use --all.")
    if every and not yes:
        total = client.dead_letters(limit=1)["total"]
        click.confirm(question.format(total), abort=True, err=True)


def _cleared(client: "Client", verb: str, ids: Sequence[str]) -> "Document":
    """Without ids: all of them, in repeated calls as long as a call clears some. Letters that
    arrive meanwhile stay.
    """
    chosen = list(ids) or None
    done = client.clear_dead_letters(verb, chosen)
    count = "requeued" if verb == "requeue" else "dropped"
    there, latest = done[count] + done["left"], done
    while chosen is None and latest[count] and latest["left"] and done[count] < there:
        latest = client.clear_dead_letters(verb, chosen)
        done = {**latest, count: done[count] + latest[count]}
    return done


def _report(done: "Document", count: str, as_json: bool) -> None:
    stuck = done.get("stuck", [])
    if as_json:
        print_json(done)
    else:
        console().print(f"{done[count]} {count}, {done['left']} left.")
        for it in done["missing"]:
            console().print(f"  [bold]{escaped(it)}[/] is not there, or is being read by another.")
        for it in stuck:
            console().print(f"  [bold]{escaped(it)}[/] has no known queue: it can only be dropped.")
    if done["missing"] or stuck:
        raise SystemExit(1)


def _shown(value: str | None) -> str:
    return escaped(value) if value else "–"
