"""`emailbuilder campaign …`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from local.cli.output import AsJson, Url, connect, console, fail, print_json, status_words, when
from local.client import Client, Document

app = typer.Typer(no_args_is_help=True)

Campaign = Annotated[str, typer.Argument(help="The campaign's id.")]
SUMMED = ("entered", "waiting", "sending", "sent", "opened", "clicked", "failed", "unknown")


@app.command()
def create(
    file: Annotated[Path, typer.Argument(help="A campaign as JSON: nodes, connections, name.")],
    name: Annotated[str | None, typer.Option(help="Its name, if the file has none.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Create a campaign from a file."""
    document = _read_json(file)
    document.setdefault("name", name or file.stem)
    created = connect(url).create(document)
    if as_json:
        print_json(created)
    else:
        console.print(f"Created [bold]{created['campaign_id']}[/] ({created['name']}).")


@app.command("list")
def list_campaigns(
    status: Annotated[str | None, typer.Option(help="Only those in this status.")] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List the campaigns, newest first."""
    found = list(connect(url).campaigns(status))
    if as_json:
        print_json(found)
        return
    table = Table("campaign", "status", "name", "created", box=None, pad_edge=False)
    for it in found:
        table.add_row(
            f"[bold]{it['campaign_id']}[/]",
            status_words(it["status"]),
            it["name"],
            when(it["created_at"]),
        )
    console.print(table if found else "No campaigns yet: create one from a file.")


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(help="A flow as JSON: nodes and connections.")],
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a flow; exit code 1 if it has errors."""
    report = connect(url).validate(_read_json(file))
    if as_json:
        print_json(report)
    else:
        for it in report["findings"]:
            style = "red" if it["severity"] == "error" else "yellow"
            where = " ".join(str(it[key]) for key in ("node_id", "field") if it.get(key))
            console.print(f"[{style}]{it['severity']}[/] [bold]{where}[/] {it['words']}")
        if report["sound"]:
            console.print("The flow can be published.")
    if not report["sound"]:
        raise typer.Exit(1)


@app.command("import")
def import_contacts(
    campaign: Campaign,
    file: Annotated[Path, typer.Argument(help="A CSV file with a column of addresses.")],
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Import contacts from a CSV file, and say what became of each row."""
    if not file.is_file():
        fail(f"There is no file {file}.")
    client = connect(url)
    job = client.upload_csv(campaign, file)
    job = _follow(client, job, "Importing rows") if not as_json else client.finished(job["job_id"])
    if as_json:
        print_json(job)
        return
    report = job["report"]
    console.print(
        f"{report['accepted']} accepted, {report['duplicate']} duplicate, "
        f"{report['rejected']} rejected."
    )
    for it in report["problems"][:20]:
        console.print(f"  line {it['line']}: {it['words']}")
    if len(report["problems"]) > 20:
        console.print(f"  all of them: {client.url}/api/v1/jobs/{job['job_id']}/rejected.csv")


@app.command()
def launch(campaign: Campaign, url: Url = None, as_json: AsJson = False) -> None:
    """Launch the campaign to its contacts."""
    client = connect(url)
    answer = client.launch(campaign)
    if as_json:
        print_json(answer)
        return
    job = _follow(client, answer["job"], "Enrolling contacts")
    console.print(f"Launched to {job['report'].get('enrolled', 0)} contacts.")


def _verb(name: str, help_words: str, done: str) -> None:
    def command(campaign: Campaign, url: Url = None, as_json: AsJson = False) -> None:
        answer = connect(url).change(campaign, name)
        if as_json:
            print_json(answer)
        else:
            console.print(done)

    app.command(name, help=help_words)(command)


_verb("publish", "Make the draft the flow that new leads walk.", "Published.")
_verb("pause", "Hold everything; time goes on.", "Paused: nothing leaves from now on.")
_verb("resume", "Let it go on; overdue leads go first.", "Running again.")
_verb("cancel", "End the campaign and all its leads.", "Cancelled: nothing leaves from now on.")


@app.command()
def status(campaign: Campaign, url: Url = None, as_json: AsJson = False) -> None:
    """Where the campaign's leads are, node by node."""
    found = connect(url).campaign(campaign)
    if as_json:
        print_json(found)
        return
    leads = found["counts"]["leads"]
    console.print(f"[bold]{found['name']}[/] {status_words(found['status'])}")
    console.print("  ".join(f"{count} {name}" for name, count in leads.items()) or "no leads yet")
    table = Table("node", *SUMMED, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for node_id, counts in found["counts"]["nodes"].items():
        table.add_row(f"[bold]{node_id}[/]", *(str(counts.get(key, 0)) for key in SUMMED))
    console.print(table)


@app.command()
def leads(
    campaign: Campaign,
    status: Annotated[str | None, typer.Option(help="Only leads in this status.")] = None,
    node: Annotated[str | None, typer.Option(help="Only leads at this node.")] = None,
    email: Annotated[str | None, typer.Option(help="Only addresses that begin so.")] = None,
    after: Annotated[int, typer.Option(help="Begin after the lead with this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 20,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List leads of a campaign, by number."""
    page = connect(url).leads(
        campaign, limit=limit, after_seq=after, status=status, node=node, email=email
    )
    if as_json:
        print_json(page)
        return
    table = Table("no.", "lead", "e-mail", "status", "node", "due", box=None, pad_edge=False)
    for it in page["leads"]:
        reason = f" ({it['reason']})" if it.get("reason") else ""
        table.add_row(
            str(it["seq"]),
            it["lead_id"],
            f"[bold]{it['email']}[/]",
            status_words(it["status"]) + reason,
            it.get("current_node") or "–",
            when(it.get("wait_until")),
        )
    console.print(table if page["leads"] else "No leads match.")


def _follow(client: Client, job: Document, words: str) -> Document:
    """A progress bar until the job has ended."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task(words, total=None)
        for now in client.jobs(job["job_id"]):
            progress.update(bar, completed=now["done"], total=now["total"])
            job = now
    if job["state"] == "failed":
        fail(f"The job failed: {job['report'].get('error', 'no words')}")
    return job


def _read_json(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        fail(f"{file} can't be read: {problem.strerror}.")
    except ValueError as problem:
        fail(f"{file} is not valid JSON: {problem}.")
    if not isinstance(document, dict):
        fail(f"{file} must hold one JSON object.")
    return document
