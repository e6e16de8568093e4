"""`emailbuilder dead-letters …`: jobs that the broker gave up on."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from local.cli.output import AsJson, Url, connect, console, fail, print_json, when
from local.client import Client, Document

app = typer.Typer(no_args_is_help=True)

Letters = Annotated[list[str] | None, typer.Argument(help="Ids of dead letters.", metavar="ID…")]
All = Annotated[bool, typer.Option("--all", help="All that are there, instead of ids.")]
Yes = Annotated[bool, typer.Option("--yes", help="With --all: do not ask first.")]


@app.command("list")
def list_letters(
    limit: Annotated[int, typer.Option(min=1, max=100)] = 50,
    cursor: Annotated[str | None, typer.Option(help="Of the next page, as it was told.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List the dead letters, oldest first."""
    page = connect(url).dead_letters(limit=limit, cursor=cursor)
    if as_json:
        print_json(page)
        return
    if not page["total"]:
        console.print("No dead letters.")
        return
    table = Table("id", "died", "reason", "job", "of", box=None, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"
    # People copy it.
    table.columns[0].no_wrap = True
    for it in page["letters"]:
        table.add_row(
            f"[bold]{escape(it['letter_id'])}[/]",
            when(it["at"]),
            _shown(it["reason"]),
            _shown(it["kind"]) + (f" × {it['copies']}" if it["copies"] > 1 else ""),
            _shown(it["lead_id"] or it["job_id"]),
        )
    console.print(table)
    console.print(f"{page['total']} in all.")
    if page["unseen"]:
        console.print(f"{page['unseen']} could not be looked at now; they are on no page.")
    if page["next_cursor"]:
        typer.echo(f"There are more: --cursor {page['next_cursor']}")


@app.command()
def show(
    letter: Annotated[str, typer.Argument(help="The dead letter's id.")],
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """What is known of one dead letter, and its body."""
    found = connect(url).dead_letter(letter)
    if as_json:
        print_json(found)
        return
    known = {
        "died": when(found["at"]),
        "in queue": found["source"],
        "reason": found["reason"],
        "handed out": found["deliveries"],
        "job": found["kind"],
        "lead": found["lead_id"],
        "campaign": found["campaign_id"],
        "node": found["node_id"],
        "stored job": found["job_id"],
        "bytes": found["size_bytes"],
        "copies": found["copies"],
    }
    table = Table("", "", box=None, pad_edge=False, show_header=False)
    for name, value in known.items():
        if value is not None:
            table.add_row(f"[dim]{name}[/]", escape(str(value)))
    console.print(table)
    # As it is: neither markup nor line breaks of ours.
    typer.echo(found["text"] + (" …" if found["is_cut"] else ""))


@app.command()
def requeue(
    letters: Letters = None,
    every: All = False,
    yes: Yes = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Put dead letters back into the queues they came from; exit code 1 if some could not go."""
    client = connect(url)
    _check(client, letters, every, yes, "Put all {} dead letters back into their queues?")
    _tell(_cleared(client, "requeue", letters or None), "requeued", as_json)


@app.command()
def drop(
    letters: Letters = None,
    every: All = False,
    yes: Yes = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Throw dead letters away; exit code 1 if some were not there."""
    client = connect(url)
    _check(client, letters, every, yes, "Throw all {} dead letters away?")
    _tell(_cleared(client, "drop", letters or None), "dropped", as_json)


def _check(
    client: Client, letters: list[str] | None, every: bool, yes: bool, question: str
) -> None:
    """Either ids or all of them; and all only if it is meant."""
    if bool(letters) == every:
        fail("Say which: ids of dead letters, or --all.")
    if every and not yes:
        total = client.dead_letters(limit=1)["total"]
        typer.confirm(question.format(total), abort=True, err=True)


def _cleared(client: Client, verb: str, letters: list[str] | None) -> Document:
    """For all of them, call by call, as long as calls do something; what died meanwhile stays."""
    said = client.clear_dead_letters(verb, letters)
    count = "requeued" if verb == "requeue" else "dropped"
    there, latest = said[count] + said["left"], said
    while letters is None and latest[count] and latest["left"] and said[count] < there:
        latest = client.clear_dead_letters(verb, letters)
        said = {**latest, count: said[count] + latest[count]}
    return said


def _tell(said: Document, count: str, as_json: bool) -> None:
    stuck = said.get("stuck", [])
    if as_json:
        print_json(said)
    else:
        console.print(f"{said[count]} {count}, {said['left']} left.")
        for it in said["missing"]:
            console.print(f"  [bold]{escape(it)}[/] is not there, or in somebody else's hands.")
        for it in stuck:
            console.print(f"  [bold]{escape(it)}[/] came from no queue: it can only be dropped.")
    if said["missing"] or stuck:
        raise typer.Exit(1)


def _shown(value: str | None) -> str:
    return escape(value) if value else "–"
