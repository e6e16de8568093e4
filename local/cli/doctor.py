"""`emailbuilder doctor`: is everything there that a campaign needs?"""

import typer
from rich.table import Table

from local.cli.output import AsJson, Url, connect, console, print_json

MEND = {
    "store": "Check STORE_URI and that the store is running; then run `emailbuilder migrate`.",
    "broker": "Check the queue addresses; what waits is found by the sweep once they are back.",
    "mail": "Check the mail server's address and its log; leads wait until it answers.",
}


def doctor(url: Url = None, as_json: AsJson = False) -> None:
    """Ask each dependency, and say how to mend what is away."""
    report = connect(url).ready()
    if as_json:
        print_json(report)
    else:
        table = Table("part", "state", "latency", "words", box=None, pad_edge=False)
        for it in report["checks"]:
            state = "[green]● ok[/]" if it["ok"] else "[red]● away[/]"
            words = it.get("words") or ""
            mend = "" if it["ok"] else f"{words} {MEND.get(it['name'], '')}".strip()
            table.add_row(f"[bold]{it['name']}[/]", state, f"{it['latency_ms']:.0f} ms", mend)
        console.print(table)
    if not all(it["ok"] for it in report["checks"]):
        raise typer.Exit(1)
