"""`emailbuilder lead …`."""

from typing import Annotated

import typer

from local.cli.output import AsJson, Url, connect, console, print_json, status_words, when

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `show` a command of its own."""


@app.command()
def show(
    campaign: Annotated[str, typer.Argument(help="The campaign's id.")],
    lead: Annotated[str, typer.Argument(help="The lead's id.")],
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """What happened to a lead, why, and what comes next."""
    found = connect(url).lead(campaign, lead)
    if as_json:
        print_json(found)
        return
    reason = f" ({found['reason']})" if found.get("reason") else ""
    console.print(f"[bold]{found['email']}[/] {status_words(found['status'])}{reason}")
    for it in found["timeline"]:
        console.print(f"  [dim]{when(it['at'])}[/]  {it['words']}")
    if found.get("next"):
        console.print(f"  [bold]Next:[/] {found['next']}")
