"""`emailbuilder suppressions …`: addresses that are sent no mail."""

from pathlib import Path

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

FILE = click.Path(path_type=Path)
PROBLEMS_SHOWN_MAX = 20


@click.group(cls=Group)
def suppressions() -> None:
    """Suppress addresses, so that they are sent no mail, or allow them again."""


@suppressions.command("list")
@click.option("--search", default="", help="Only addresses that begin with this.")
@click.option("--after", default="", help="Only addresses after this one.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@asks_api
def list_suppressions(search: str, after: str, limit: int, url: str | None, as_json: bool) -> None:
    """List suppressed addresses, by address."""
    page = connect(url).suppressions(search=search, after=after, limit=limit)
    if as_json:
        print_json(page)
        return
    table = make_table("address", "reason", "source", "campaign", "since")
    for it in page["suppressions"]:
        table.add_row(
            f"[bold]{escaped(it['email'])}[/]",
            it["reason"].replace("_", " "),
            escaped(it["source"]) or "–",
            it["campaign_id"] or "–",
            when(it["at"]),
        )
    console().print(table if page["suppressions"] else "No suppressed addresses match.")
    if page["next_after"]:
        console().print(f"There are more: --after {escaped(page['next_after'])}")


@suppressions.command()
@click.argument("email")
@click.option("--source", default="", help="Who asked for it, or why.")
@asks_api
def add(email: str, source: str, url: str | None, as_json: bool) -> None:
    """Suppress EMAIL."""
    stored = connect(url).suppress(email, source)
    if as_json:
        print_json(stored)
    else:
        reason = stored["reason"].replace("_", " ")
        console().print(
            f"[bold]{escaped(stored['email'])}[/] is suppressed ({reason}) since "
            f"{when(stored['at'])}."
        )


@suppressions.command("import")
@click.argument("file", type=FILE)
@click.option("--sheet", help="Of a workbook. Default: the only one with addresses.")
@asks_api
def import_file(file: Path, sheet: str | None, url: str | None, as_json: bool) -> None:
    """Suppress the addresses in FILE, a CSV file or a workbook, and report rows that were not
    accepted."""
    if not file.is_file():
        fail(f"There is no file {file}.")
    report = connect(url).import_suppressions(file, sheet)
    if as_json:
        print_json(report)
        return
    console().print(
        f"{report['added']} added, {report['known']} known, {report['rejected']} rejected."
    )
    for it in report["problems"][:PROBLEMS_SHOWN_MAX]:
        console().print(f"  line {it['line']}: {escaped(it['message'])}")


@suppressions.command()
@click.argument("file", type=FILE, required=False)
@asks_api
def export(file: Path | None, url: str | None, as_json: bool) -> None:
    """Write all suppressed addresses to FILE as CSV, or to standard output."""
    client = connect(url)
    if file is None:
        for chunk in client.export_suppressions():
            click.echo(chunk, nl=False)
        return
    with file.open("wb") as target:
        for chunk in client.export_suppressions():
            target.write(chunk)
    if as_json:
        print_json({"file": str(file)})
    else:
        console().print(f"Written to {escaped(str(file))}.")


@suppressions.command()
@click.argument("email")
@click.option("--reason", required=True, help="Who asked for it, or why. It is kept.")
@asks_api
def remove(email: str, reason: str, url: str | None, as_json: bool) -> None:
    """Allow EMAIL again."""
    removal = connect(url).remove_suppression(email, reason)
    if as_json:
        print_json(removal)
    else:
        console().print(f"[bold]{escaped(removal['email'])}[/] may be sent mail again.")


@suppressions.command()
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@asks_api
def removals(limit: int, url: str | None, as_json: bool) -> None:
    """List addresses that were allowed again, latest first."""
    page = connect(url).suppression_removals(limit=limit)
    if as_json:
        print_json(page)
        return
    table = make_table("address", "allowed again", "reason", "was", "since")
    for it in page["removals"]:
        table.add_row(
            f"[bold]{escaped(it['email'])}[/]",
            when(it["at"]),
            escaped(it["reason"]),
            it["was"].replace("_", " "),
            when(it["since"]),
        )
    console().print(table if page["removals"] else "No address was allowed again.")
