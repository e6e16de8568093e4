"""`emailbuilder campaign results`: what happened to each e-mail, and which branch does better."""

from typing import TYPE_CHECKING

import click

from local.cli.output import asks_api, connect, console, escaped, fail, make_table, print_json

if TYPE_CHECKING:
    from local.client import Document

JUDGED = ("opened", "clicked", "unsubscribed")


@click.command()
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, for spreadsheets.")
@asks_api
def results(campaign_id: str, url: str | None, as_json: bool, as_csv: bool) -> None:
    """Show what happened to each e-mail, its links, and the branches of splits.

    Rates are of the messages that were sent and did not come back. Opens are only an indication:
    some mail programs load images unasked, others never."""
    if as_json and as_csv:
        fail("Choose --json or --csv, not both.")
    client = connect(url)
    if as_csv:
        click.echo(client.results_csv(campaign_id), nl=False)
        return
    found = client.results(campaign_id)
    if as_json:
        print_json(found)
        return
    _print_emails(found["emails"])
    for split in found["splits"]:
        _print_split(split)


def _print_emails(emails: "list[Document]") -> None:
    counts = ("sent", "bounced", "complained")
    table = make_table("e-mail", *counts, *JUDGED, "failed")
    for column in table.columns[1:]:
        column.justify = "right"
    for email in emails:
        name = f"[bold]{escaped(email['name'])}[/]"
        gone = "" if email["is_in_flow"] else " (no longer in the flow)"
        table.add_row(
            name + gone,
            *(str(email[it]) for it in counts),
            *(_rate(email["rates"][it]) for it in JUDGED),
            str(email["failed"]),
        )
        for it in email["links"]:
            place = ["", "", "", "", str(it["leads"]), "", ""]
            table.add_row(f"  {escaped(it['link'])}", *place)
    console().print(table if emails else "The flow has no e-mail.")


def _print_split(split: "Document") -> None:
    table = make_table(f"split {escaped(split['name'])}", "leads", *JUDGED)
    for column in table.columns[1:]:
        column.justify = "right"
    for branch in split["branches"]:
        rates = [_rate(branch["rates"][it], with_interval=True) for it in JUDGED]
        table.add_row(escaped(branch["name"]), str(branch["sent"]), *rates)
    console().print()
    console().print(table)
    names = {it["port"]: it["name"] for it in split["branches"]}
    for what in JUDGED:
        console().print(f"{what}: {escaped(_verdict(split['verdicts'][what], names))}")


def _rate(rate: "Document", *, with_interval: bool = False) -> str:
    if rate["rate"] is None:
        return "–"
    share = f"{rate['count']} ({rate['rate']:.1%})"
    return f"{share} {rate['low']:.1%}–{rate['high']:.1%}" if with_interval else share


def _verdict(verdict: "Document | None", names: dict[str, str]) -> str:
    if verdict is None:
        return "not yet decided"
    low, high = verdict["low"] * 100, verdict["high"] * 100
    better, other = names[verdict["better"]], names[verdict["runner_up"]]
    return f"{better} is better than {other} by {low:.1f} to {high:.1f} percentage points"
