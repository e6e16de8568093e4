"""`emailbuilder campaign …`."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from local.cli.import_preview import counted, print_notes, print_preview
from local.cli.output import (
    Group,
    asks_api,
    connect,
    console,
    escaped,
    fail,
    is_terminal,
    make_table,
    print_json,
    status_text,
    when,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.client import Client, Document

SUMMED = (
    *("entered", "waiting", "sending", "sent", "opened", "clicked"),
    *("bounced", "complained", "failed", "unknown"),
)
PROBLEMS_SHOWN_MAX = 20
ENDINGS = {"when-through": "when_through", "by-hand": "by_hand"}
LATE_SECONDS = 120
"""A campaign that started later than this after its time is said to have started late."""

FILE = click.Path(path_type=Path)


@click.group(cls=Group)
def campaign() -> None:
    """Create, fill, launch and control campaigns."""


@campaign.command()
@click.argument("file", type=FILE)
@click.option("--name", help="Name of the campaign, if the file has none. Default: the file's.")
@asks_api
def create(file: Path, name: str | None, url: str | None, as_json: bool) -> None:
    """Create a campaign from FILE, a JSON object with nodes and connections."""
    document = _read_json(file)
    document.setdefault("name", name or file.stem)
    created = connect(url).create(document)
    if as_json:
        print_json(created)
    else:
        console().print(f"Created [bold]{created['campaign_id']}[/] ({created['name']}).")


@campaign.command("list")
@click.option("--status", help="Only campaigns with this status.")
@asks_api
def list_campaigns(status: str | None, url: str | None, as_json: bool) -> None:
    """List campaigns, newest first."""
    found = list(connect(url).campaigns(status))
    if as_json:
        print_json(found)
        return
    table = make_table("campaign", "status", "name", "created")
    for it in found:
        table.add_row(
            f"[bold]{it['campaign_id']}[/]",
            status_text(it["status"]),
            it["name"],
            when(it["created_at"]),
        )
    console().print(table if found else "No campaigns yet. Create one from a file.")


@campaign.command()
@click.argument("file", type=FILE)
@asks_api
def validate(file: Path, url: str | None, as_json: bool) -> None:
    """Check the flow in FILE. Exit code 1 if it has errors."""
    report = connect(url).validate(_read_json(file))
    if as_json:
        print_json(report)
    else:
        _print_findings(report["findings"])
        if report["valid"]:
            console().print("The flow can be published.")
    if not report["valid"]:
        raise SystemExit(1)


@campaign.command("import")
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.argument("file", type=FILE)
@click.option("--preview", is_flag=True, help="Only show what an import would do.")
@click.option("--sheet", help="Of a workbook. Default: the only one with addresses.")
@click.option("--encoding", help="For example windows-1250. Default: found in the file.")
@click.option("--delimiter", help="Comma, semicolon, tab or bar. Default: found in the file.")
@click.option("--header-line", type=int, help="The line that names the columns; 0 if none does.")
@click.option("--address-column", type=int, help="The column with the addresses, from 1.")
@click.option("--column-name", multiple=True, help="3:phone names the third column phone.")
@click.option("--column-type", multiple=True, help="renewal:date says what the values are.")
@click.option(
    "--date-order", multiple=True, help="What 03/04/2027 means: dmy or mdy; of one: renewal:dmy."
)
@click.option("--update", is_flag=True, help="Give known contacts the values of the file.")
@asks_api
def import_contacts(
    campaign_id: str,
    file: Path,
    url: str | None,
    as_json: bool,
    preview: bool,
    update: bool,
    **policy: Any,
) -> None:
    """Import contacts from FILE, a CSV file or a workbook, and report rows that were not accepted.

    How the file is to be read is found in it. If that is not certain, the import is refused, and
    the options say it. Contacts that the campaign has already stay as they are, unless --update is
    given; then empty values change nothing, and --preview shows what would change."""
    if not file.is_file():
        fail(f"There is no file {file}.")
    client = connect(url)
    policy = {name: value for name, value in policy.items() if value not in (None, ())}
    if update:
        policy["known"] = "update"
    if preview:
        shown = client.preview_contacts(campaign_id, file, policy)
        print_json(shown) if as_json else print_preview(shown)
        return
    job = client.upload_contacts(campaign_id, file, policy)
    job = client.finished(job["job_id"]) if as_json else follow(client, job, "Importing rows")
    if as_json:
        print_json(job)
        return
    report = job["report"]
    changed = "updated" if update else "known with other values, left as they are"
    console().print(f"{counted(report, 'accepted', changed, 'rejected')}.")
    print_notes(report.get("notes", []))
    for it in report["problems"][:PROBLEMS_SHOWN_MAX]:
        console().print(f"  line {it['line']}: {escaped(it['message'])}")
    if len(report["problems"]) > PROBLEMS_SHOWN_MAX:
        console().print(f"  All of them: {client.url}/api/v1/jobs/{job['job_id']}/rejected.csv")


@campaign.command()
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--accept", "accepts", multiple=True, help="Accept warnings with this code.")
@click.option("--accept-all", is_flag=True, help="Accept all warnings.")
@click.option("--at", help="Start at this time, such as 2027-01-05T09:00+01:00. Default: now.")
@click.option(
    "--ends",
    help="When it completes: when-through (as soon as all leads have ended; the default), by-hand, "
    "or not before a time such as 2027-02-01T18:00+01:00.",
)
@asks_api
def launch(
    campaign_id: str,
    accepts: tuple[str, ...],
    accept_all: bool,
    at: str | None,
    ends: str | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Launch a campaign to its contacts, now or at a time. Asks before it launches with warnings,
    and refuses if there is nobody to ask.

    Until a scheduled campaign starts, its flow can't be changed; `unschedule` makes it a draft
    again. Contacts that are imported until then are included."""
    client = connect(url)
    if not accept_all and not as_json and is_terminal():
        accepts = _accepted(client.findings(campaign_id), accepts)
    answer = client.launch(campaign_id, None if accept_all else accepts, _timing(at, ends))
    if as_json:
        print_json(answer)
        return
    if answer["job"] is None:
        console().print(f"Scheduled. It starts on {when(answer['campaign']['launch_at'])}.")
        return
    job = follow(client, answer["job"], "Enrolling contacts")
    console().print(f"Launched to {job['report'].get('enrolled', 0)} contacts.")


def _timing(at: str | None, ends: str | None) -> dict[str, str]:
    """As the API takes it."""
    timing = {} if at is None else {"at": at}
    if ends is None:
        return timing
    if ends in ENDINGS:
        return {**timing, "ends": ENDINGS[ends]}
    return {**timing, "ends": "at_date", "ends_at": ends}


def _accepted(findings: "list[Document]", accepts: tuple[str, ...]) -> tuple[str, ...]:
    """The codes of all warnings, if a person accepts those that are not accepted yet."""
    left = [it for it in findings if it["severity"] == "warning" and it["code"] not in accepts]
    if left:
        _print_findings(left)
        click.confirm("Launch all the same?", abort=True)
    return (*accepts, *(it["code"] for it in left))


def _print_findings(findings: "list[Document]") -> None:
    for it in findings:
        style = "red" if it["severity"] == "error" else "yellow"
        where = " ".join(str(it[key]) for key in ("node_id", "field") if it.get(key))
        line = f" line {it['line']}" if it.get("line") else ""
        message = escaped(it["message"])
        console().print(f"[{style}]{it['code']}[/] [bold]{escaped(where)}{line}[/] {message}")


def _verb(name: str, help_text: str, done: str) -> None:
    @campaign.command(name, help=help_text)
    @click.argument("campaign_id", metavar="CAMPAIGN")
    @asks_api
    def command(campaign_id: str, url: str | None, as_json: bool) -> None:
        answer = connect(url).change(campaign_id, name)
        if as_json:
            print_json(answer)
        else:
            console().print(done)


@campaign.command("test")
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.argument("node_id", metavar="NODE")
@click.option("--to", help="Where it goes. Default: the first test address of the workspace.")
@asks_api
def send_test(
    campaign_id: str, node_id: str, to: str | None, url: str | None, as_json: bool
) -> None:
    """Send the e-mail NODE of the draft once, as a test."""
    tried = connect(url).send_test(campaign_id, node_id, to)
    if as_json:
        print_json(tried)
    elif tried["outcome"] == "sent":
        console().print(f"Sent to [bold]{escaped(tried['to'])}[/].")
    if tried["outcome"] != "sent":
        fail(f"Not sent ({tried['outcome']}): {tried['message']}")


_verb("pause", "Pause sending. Waits go on.", "Paused. Nothing is sent until you resume.")
_verb("resume", "Resume a paused campaign. Overdue leads go first.", "Running again.")
_verb("unschedule", "Make a scheduled campaign a draft again.", "It is a draft again.")
_verb(
    "end",
    "Complete a campaign as soon as all its leads have ended.",
    "It completes as soon as all leads have ended.",
)
_verb("cancel", "Cancel a campaign and end all its leads.", "Cancelled. Nothing more is sent.")


@campaign.command()
@click.argument("campaign_id", metavar="CAMPAIGN")
@asks_api
def status(campaign_id: str, url: str | None, as_json: bool) -> None:
    """Show where a campaign's leads are, node by node."""
    found = connect(url).campaign(campaign_id)
    if as_json:
        print_json(found)
        return
    leads = found["counts"]["leads"]
    console().print(f"[bold]{found['name']}[/] {status_text(found['status'])}")
    for line in _timing_lines(found):
        console().print(line)
    if found["pause_reason"]:
        console().print(f"Paused automatically: {escaped(found['pause_reason'])}.")
    console().print(
        "  ".join(f"{count} {name}" for name, count in leads.items()) or "No leads yet."
    )
    table = make_table("node", *SUMMED)
    for column in table.columns[1:]:
        column.justify = "right"
    for node_id, counts in found["counts"]["nodes"].items():
        table.add_row(f"[bold]{node_id}[/]", *(str(counts.get(key, 0)) for key in SUMMED))
    console().print(table)


def _timing_lines(campaign: dict[str, Any]) -> "Iterator[str]":
    """When it starts, whether it started late, and when it ends; what is usual is left out."""
    at, launched_at = campaign["launch_at"], campaign["launched_at"]
    if campaign["status"] == "scheduled":
        yield f"It starts on {when(at)}."
    elif at and launched_at:
        late = datetime.fromisoformat(launched_at) - datetime.fromisoformat(at)
        if late.total_seconds() > LATE_SECONDS:
            yield (
                f"It started late, on {when(launched_at)} instead of {when(at)}: nothing was there "
                "to start it."
            )
    if campaign["status"] not in ("draft", "completed", "cancelled", "archived"):
        if campaign["ends"] == "by_hand":
            yield "It waits for contacts until you end it."
        elif campaign["ends_at"]:
            yield f"It waits for contacts until {when(campaign['ends_at'])}."


@campaign.command()
@click.argument("campaign_id", metavar="CAMPAIGN")
@click.option("--status", help="Only leads with this status.")
@click.option("--node", help="Only leads at this node.")
@click.option("--email", help="Only addresses that begin with this.")
@click.option("--after", type=int, default=0, help="Only leads after this number.")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True)
@asks_api
def leads(
    campaign_id: str,
    status: str | None,
    node: str | None,
    email: str | None,
    after: int,
    limit: int,
    url: str | None,
    as_json: bool,
) -> None:
    """List a campaign's leads by number."""
    page = connect(url).leads(
        campaign_id, limit=limit, after_seq=after, status=status, node=node, email=email
    )
    if as_json:
        print_json(page)
        return
    table = make_table("no.", "lead", "e-mail", "status", "node", "due")
    for it in page["leads"]:
        reason = f" ({it['reason']})" if it.get("reason") else ""
        table.add_row(
            str(it["seq"]),
            it["lead_id"],
            f"[bold]{it['email']}[/]",
            status_text(it["status"]) + reason,
            it.get("current_node") or "–",
            when(it.get("wait_until")),
        )
    console().print(table if page["leads"] else "No leads match.")


def follow(client: "Client", job: "Document", message: str) -> "Document":
    """Shows a progress bar until the job has ended."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console(), transient=True) as progress:
        bar = progress.add_task(message, total=None)
        for now in client.jobs(job["job_id"]):
            progress.update(bar, completed=now["done"], total=now["total"])
            job = now
    if job["state"] == "failed":
        fail(f"The job failed: {job['report'].get('error', 'it gave no reason')}")
    return job


def _read_json(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        fail(f"{file} can't be read: {problem.strerror}.")
    except ValueError as problem:
        fail(f"{file} is not valid JSON: {problem}.")
    if not isinstance(document, dict):
        fail(f"{file} must contain one JSON object.")
    return document
